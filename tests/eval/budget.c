/* SPDX-License-Identifier: MIT */
/*
 * Whether FalseAlarms is kept: models watch made-up hosts on which nothing
 * happens, and every run is counted against what the budget allows. Prints a
 * table of interval x kind of data x FalseAlarms x age of the model.
 */
#include "tests/unit/tally.h"

#include <stdio.h>

#define DAYS 28

static const struct {
  int64_t interval; /* ms */
  uint64_t hosts;
} cadences[] = {
    {1000, 2}, {10000, 3}, {60000, 12}, {300000, 40}, {3600000, 120}};
static const double budgets[] = {0.2, 1, 5};

/* Runs over what the budget allows, and both. At an hour the warm-up takes
 * longer than a day. */
static void print_row(const char *kind, int64_t interval, double budget,
                      const tally_t *tally) {
  printf("%-6s %5d %5.1f", kind, (int)(interval / 1000), budget);
  for (int age = 0; age < TALLY_AGES; age++) {
    double allowed = tally->allowed[age];
    if (allowed > 0)
      printf("  |%5.2f (%4.0f of %6.1f)", tally->runs[age] / allowed,
             tally->runs[age], allowed);
    else
      printf("  |%22s", "warming up");
  }
  printf("\n");
  fflush(stdout);
}

int main(void) {
  printf("kind       s     N  |first day             |first week            "
         "|after\n");
  for (size_t c = 0; c < sizeof(cadences) / sizeof(cadences[0]); c++)
    for (int kind = 0; kind < NORMAL_KINDS; kind++)
      for (size_t b = 0; b < sizeof(budgets) / sizeof(budgets[0]); b++) {
        tally_t tally = {.runs = {0}};
        for (uint64_t seed = 1; seed <= cadences[c].hosts; seed++)
          tally_host(&tally, (normal_kind_t)kind, cadences[c].interval,
                     budgets[b], DAYS, seed);
        print_row(normal_names[kind], cadences[c].interval, budgets[b], &tally);
      }
  return 0;
}

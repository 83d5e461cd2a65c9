/* SPDX-License-Identifier: MIT */
/*
 * Whether FalseAlarms is kept: models watch made-up hosts on which nothing
 * happens, and every run is counted against what the budget allows. Prints a
 * table of interval x kind of data x FalseAlarms x age of the model.
 */
#include "plugin/detector/detector.h"
#include "tests/unit/normal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY 86400e3
#define DAYS 28
#define AGES 3

static const struct {
  int64_t interval; /* ms */
  uint64_t hosts;
} cadences[] = {
    {1000, 2}, {10000, 3}, {60000, 12}, {300000, 40}, {3600000, 120}};
static const double budgets[] = {0.2, 1, 5};

typedef struct {
  double runs[AGES], days[AGES]; /* the first day, the first week, after it */
} tally_t;

static void watch(detector_t *detector, normal_t *normal, tally_t *tally) {
  model_t *model = model_create(detector);
  if (model == NULL)
    abort();
  while ((double)normal->ts < DAYS * DAY) {
    frame_t frame = normal_next(normal);
    verdict_t verdict;
    if (model_step(model, &frame, &verdict) != 0)
      abort();
    if (verdict.warming_up)
      continue;
    double day = (double)normal->ts / DAY;
    int age = day < 1 ? 0 : day < 7 ? 1 : 2;
    tally->days[age] += (double)normal->interval / DAY;
    tally->runs[age] += verdict.run_state == RUN_OPENED;
  }
  model_destroy(model);
}

/* Runs over what the budget allows, and both. At an hour the warm-up takes
 * longer than a day. */
static void print_row(const char *kind, int64_t interval, double budget,
                      const tally_t *tally) {
  printf("%-6s %5d %5.1f", kind, (int)(interval / 1000), budget);
  for (int age = 0; age < AGES; age++) {
    double allowed = tally->days[age] * budget;
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
        for (uint64_t seed = 1; seed <= cadences[c].hosts; seed++) {
          detector_t detector = DETECTOR_INIT;
          detector.features = normal_features;
          detector.features_num = NORMAL_FEATURES;
          detector.false_alarms = budgets[b];
          detector.seed = seed;
          normal_t normal =
              normal_start((normal_kind_t)kind, cadences[c].interval, seed);
          watch(&detector, &normal, &tally);
        }
        print_row(normal_names[kind], cadences[c].interval, budgets[b], &tally);
      }
  return 0;
}

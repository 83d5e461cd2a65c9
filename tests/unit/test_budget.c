/* SPDX-License-Identifier: MIT */
/*
 * FalseAlarms on hosts on which nothing happens: runs are 0.2 to 1.5 times what
 * the budget allows. `make eval-budget' prints more cells of this table.
 */
#include "tests/unit/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DAYS 21

/* Over what the budget allows, from the end of the warm-up on. */
typedef struct {
  double week, after; /* the first week, the others */
} rates_t;

static rates_t rates(int64_t interval, double false_alarms, uint64_t hosts) {
  tally_t tally = {.runs = {0}};
  for (uint64_t seed = 1; seed <= hosts; seed++)
    tally_host(&tally, seed % 2 ? NORMAL_WALK : NORMAL_AR, interval,
               false_alarms, DAYS, seed);
  rates_t rates = {(tally.runs[FIRST_DAY] + tally.runs[FIRST_WEEK]) /
                       (tally.allowed[FIRST_DAY] + tally.allowed[FIRST_WEEK]),
                   tally.runs[AFTER_IT] / tally.allowed[AFTER_IT]};
  print_message("%.1f a day, %d s: %.2f in the first week, then %.2f of it\n",
                false_alarms, (int)(interval / 1000), rates.week, rates.after);
  return rates;
}

/* The budget of 0.2 allows 56 after the first week, so that a true rate of 0.5
 * would leave the range once in 10,000 sets of hosts. */
static void test_five_minutes(void **state) {
  (void)state;
  static const double budgets[] = {0.2, 1};
  for (size_t b = 0; b < 2; b++) {
    rates_t rate = rates(300000, budgets[b], 20);
    assert_true(rate.week >= 0.2 && rate.week <= 1.5);
    assert_true(rate.after >= 0.2 && rate.after <= 1.5);
  }
}

/* A run takes several of the day's 24 intervals, and yet there is room for one
 * of the five that are allowed. */
static void test_an_hour(void **state) {
  (void)state;
  static const double budgets[] = {0.2, 1, 5};
  for (size_t b = 0; b < 3; b++) {
    rates_t rate = rates(3600000, budgets[b], 60);
    assert_true(rate.week >= 0.2 && rate.week <= 1.5);
    assert_true(rate.after >= 0.2 && rate.after <= 1.5);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_five_minutes),
                                     cmocka_unit_test(test_an_hour)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/range.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOR_EVER 1e9

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

/* The value that so large a share of n >= 1 values is not above; between two of
 * them as far as the share is between theirs. */
static double percentile(double *values, size_t n, double share) {
  qsort(values, n, sizeof(*values), ascending);
  double rank = share * (double)(n - 1);
  double below = values[(size_t)floor(rank)];
  double above = values[(size_t)ceil(rank)];
  return below + (rank - floor(rank)) * (above - below);
}

/* As long as all values are kept, the percentiles are theirs. */
static void test_brute_force(void **state) {
  (void)state;
  random_t random = {1}, dice = {2};
  range_t range = {0};
  double values[RANGE_SAMPLE], low, high;
  range_usual(&range, &low, &high);
  assert_true(isnan(low) && isnan(high));
  for (size_t n = 1; n <= RANGE_SAMPLE; n++) {
    double value = (float)(100 * random_unit(&random) - 50);
    range_offer(&range, value, FOR_EVER, &dice);
    values[n - 1] = value;
    range_usual(&range, &low, &high);
    assert_true(fabs(low - percentile(values, n, 0.02)) < 1e-4);
    assert_true(fabs(high - percentile(values, n, 0.98)) < 1e-4);
  }
}

/* Of many values each is as likely to be kept: on average over many ranges the
 * percentiles are those of a sample of that size. */
static void test_sampled(void **state) {
  (void)state;
  random_t random = {3}, dice = {4};
  double below = 0, above = 0;
  for (size_t k = 0; k < 200; k++) {
    range_t range = {0};
    double low, high;
    for (size_t i = 0; i < 2000; i++)
      range_offer(&range, random_unit(&random) + (double)i / 2000, FOR_EVER,
                  &dice);
    range_usual(&range, &low, &high);
    below += low / 200;
    above += high / 200;
  }
  /* A sample's k-th of n has on average k of n + 1 parts below it; and what is
   * below x of the sum of two uniform numbers is x * x / 2. */
  double part = (1 + 0.02 * (RANGE_SAMPLE - 1)) / (RANGE_SAMPLE + 1);
  assert_true(fabs(below - sqrt(2 * part)) < 0.01);
  assert_true(fabs(above - (2 - sqrt(2 * part))) < 0.01);
}

/* What is usual is what was so within the last few windows. */
static void test_window(void **state) {
  (void)state;
  random_t random = {5}, dice = {6};
  range_t range = {0};
  double low, high;
  for (size_t i = 0; i < 20000; i++)
    range_offer(&range, random_unit(&random), 1000, &dice);
  for (size_t i = 0; i < 10000; i++)
    range_offer(&range, 50 + random_unit(&random), 1000, &dice);
  range_usual(&range, &low, &high);
  assert_true(low >= 50 && high <= 51);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_brute_force),
                                     cmocka_unit_test(test_sampled),
                                     cmocka_unit_test(test_window)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

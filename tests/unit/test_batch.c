/* SPDX-License-Identifier: MIT */
#include "plugin/detector/batch.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FEATURES 4

static const detector_feature_t features[FEATURES] = {{"cpu", "%", 0},
                                                      {"ram", "%", 0},
                                                      {"disk", "%", 0},
                                                      {"latency_ms", "ms", 0}};

static detector_t make_detector(void) {
  detector_t detector = DETECTOR_INIT;
  detector.features = features;
  detector.features_num = FEATURES;
  return detector;
}

/* Noise around 30, 50, 60 and 20, deviations 5, 2, 1 and 2. */
static double *make_table(size_t rows, uint64_t seed) {
  static const double means[FEATURES] = {30, 50, 60, 20};
  static const double deviations[FEATURES] = {5, 2, 1, 2};
  random_t random = {seed};
  double *values = malloc((rows * FEATURES + 1) * sizeof(*values));
  assert_non_null(values);
  for (size_t i = 0; i < rows * FEATURES; i++)
    values[i] =
        means[i % FEATURES] + deviations[i % FEATURES] * series_noise(&random);
  return values;
}

static void check(const batch_verdict_t *verdict) {
  double sum = 0;
  assert_true(verdict->score >= 0 && verdict->score <= 1);
  assert_true(verdict->flagged == (verdict->suspects_num > 0));
  for (size_t i = 0; i < verdict->suspects_num; i++) {
    assert_true(verdict->suspects[i].share > 0);
    assert_true(i == 0 ||
                verdict->suspects[i].share <= verdict->suspects[i - 1].share);
    sum += verdict->suspects[i].share;
  }
  assert_true(!verdict->flagged || fabs(sum - 1) < 1e-9);
}

/* Outliers among few rows and many are found and named, hardly anything else.
 */
static void test_outliers(void **state) {
  (void)state;
  static const size_t sizes[] = {60, 100, 1000, 5000};
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    size_t rows = sizes[k], wrong = 0;
    double *values = make_table(rows, k);
    values[(rows / 3) * FEATURES + 0] = 95;
    values[(rows / 2) * FEATURES + 3] = 400;
    detector_t detector = make_detector();
    batch_t *batch = batch_create(&detector, values, rows);
    for (size_t row = 0; row < rows; row++) {
      batch_verdict_t verdict;
      batch_judge(batch, row, &verdict);
      check(&verdict);
      assert_true(verdict.flagged == (verdict.score > batch_threshold(batch)));
      if (row == rows / 3 || row == rows / 2) {
        assert_true(verdict.flagged);
        assert_int_equal(verdict.suspects[0].feature, row == rows / 3 ? 0 : 3);
        assert_true(verdict.suspects[0].value > verdict.suspects[0].high);
      } else
        wrong += verdict.flagged;
    }
    assert_true(wrong <= 1 + rows / 200);
    batch_destroy(batch);
    free(values);
  }
}

/* Nothing, one row, equal rows, missing and absurd values. */
static void test_odd_tables(void **state) {
  (void)state;
  static const double odd[] = {NAN,    INFINITY, -INFINITY, 1e308, -1e308,
                               4e-324, 0,        1,         1e-300};
  detector_t detector = make_detector();
  for (size_t rows = 0; rows < 12; rows++)
    for (size_t fill = 0; fill < 12; fill++) {
      double values[12 * FEATURES];
      for (size_t i = 0; i < rows * FEATURES; i++)
        values[i] = odd[(fill < 9 ? fill : i * fill) % 9];
      batch_t *batch = batch_create(&detector, values, rows);
      assert_non_null(batch);
      for (size_t row = 0; row < rows; row++) {
        batch_verdict_t verdict;
        batch_judge(batch, row, &verdict);
        check(&verdict);
        assert_false(verdict.flagged && fill < 9);
      }
      batch_destroy(batch);
    }
}

static void test_repeatable(void **state) {
  (void)state;
  detector_t detector = make_detector();
  double *values = make_table(300, 9);
  batch_t *a = batch_create(&detector, values, 300);
  batch_t *b = batch_create(&detector, values, 300);
  for (size_t row = 0; row < 300; row++) {
    batch_verdict_t left, right;
    batch_judge(a, row, &left);
    batch_judge(b, row, &right);
    assert_true(left.score == right.score);
  }
  batch_destroy(a);
  batch_destroy(b);
  free(values);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_outliers),
                                     cmocka_unit_test(test_odd_tables),
                                     cmocka_unit_test(test_repeatable)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

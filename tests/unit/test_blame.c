/* SPDX-License-Identifier: MIT */
#include "plugin/detector/blame.h"
#include "plugin/detector/fixed.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FEATURES 3
#define WEEK 10080.0

static const detector_feature_t features[FEATURES] = {
    {"a", "", 0}, {"b", "", 0}, {"c", "", 0}};

/* Columns that have seen a steady feature, one that jumps now and then, and
 * one that came until it was missing. */
static columns_t *make_columns(bool missing) {
  columns_t *columns = columns_create(features, FEATURES);
  assert_non_null(columns);
  random_t random = {1};
  for (int i = 0; i < 3000; i++) {
    double values[FEATURES];
    for (size_t k = 0; k < FEATURES; k++)
      values[k] = series_noise(&random);
    values[1] += i % 1000 == 500 ? 500 : 0;
    values[2] = missing && i >= 2990 ? NAN : values[2];
    int16_t row[FEATURES * COLUMNS_PER_FEATURE];
    columns_step(columns, values, WEEK, true, row);
  }
  return columns;
}

static void fill(int16_t *cells, const double *values) {
  for (size_t i = 0; i < (size_t)FEATURES * COLUMNS_PER_FEATURE; i++)
    cells[i] = fixed_from(values[i]);
}

static void take(blame_t *blame, const columns_t *columns, const double *row,
                 const double *residuals) {
  int16_t cells[2][FEATURES * COLUMNS_PER_FEATURE];
  fill(cells[0], row);
  fill(cells[1], residuals);
  blame_step(blame, columns, cells[0], cells[1], FEATURES);
}

/* By the formula of the header, from the numbers as they are. */
static void test_formula(void **state) {
  (void)state;
  columns_t *columns = make_columns(false);
  assert_true(columns_steadiness(columns, 1) <
              0.8 * columns_steadiness(columns, 0));
  random_t random = {2};
  for (int i = 0; i < 200; i++) {
    blame_t blame = {0};
    double row[FEATURES * COLUMNS_PER_FEATURE];
    double residuals[FEATURES * COLUMNS_PER_FEATURE];
    for (size_t k = 0; k < (size_t)FEATURES * COLUMNS_PER_FEATURE; k++) {
      row[k] = 20 * random_unit(&random) - 10;
      residuals[k] = 20 * random_unit(&random) - 10;
    }
    take(&blame, columns, row, residuals);
    double shares[FEATURES], expected[FEATURES], sum = 0, all = 0;
    for (size_t k = 0; k < FEATURES; k++) {
      size_t mean = k + FEATURES;
      double unusual =
          columns_steadiness(columns, k) * fmax(fabs(row[k]), fabs(row[mean]));
      expected[k] =
          (fabs(residuals[k]) + fabs(residuals[mean])) * unusual * unusual;
      sum += expected[k];
    }
    blame_shares(&blame, FEATURES, shares);
    for (size_t k = 0; k < FEATURES; k++) {
      assert_true(fabs(shares[k] - expected[k] / sum) < 0.01);
      all += shares[k];
    }
    assert_true(fabs(all - 1) < 1e-9);
  }
  columns_destroy(columns);
}

/* Blame outlives the frame, and fades. */
static void test_smoothed(void **state) {
  (void)state;
  static const double far[FEATURES * COLUMNS_PER_FEATURE] = {9, 0, 0, 9};
  static const double near[FEATURES * COLUMNS_PER_FEATURE] = {0, 0, 2, 0, 0, 2};
  columns_t *columns = make_columns(false);
  blame_t blame = {0};
  double shares[FEATURES];
  take(&blame, columns, far, far);
  for (int i = 0; i < 5; i++)
    take(&blame, columns, near, near);
  blame_shares(&blame, FEATURES, shares);
  assert_true(shares[0] > shares[2] && shares[2] > 0 && shares[1] == 0);
  for (int i = 0; i < 60; i++)
    take(&blame, columns, near, near);
  blame_shares(&blame, FEATURES, shares);
  assert_true(shares[2] > shares[0]);
  columns_destroy(columns);
}

/* What has fallen silent is to blame before anything else; what was never seen
 * is not; and somebody is when nothing stands out. */
static void test_extremes(void **state) {
  (void)state;
  static const double far[FEATURES * COLUMNS_PER_FEATURE] = {30, 30, 0, 30, 30};
  double shares[FEATURES];
  blame_t blame = {0};
  blame_shares(&blame, FEATURES, shares);
  assert_true(shares[0] == 1 && shares[1] == 0 && shares[2] == 0);

  columns_t *columns = make_columns(true);
  assert_int_equal(columns_state(columns, 2), FEATURE_SILENT);
  take(&blame, columns, far, far);
  blame_shares(&blame, FEATURES, shares);
  assert_true(shares[2] > shares[0] && shares[2] > shares[1]);
  columns_destroy(columns);

  columns = columns_create(features, FEATURES);
  take(&blame, columns, far, far);
  blame_shares(&blame, FEATURES, shares);
  assert_true(shares[0] == 1 && shares[1] == 0 && shares[2] == 0);
  columns_destroy(columns);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_formula),
                                     cmocka_unit_test(test_smoothed),
                                     cmocka_unit_test(test_extremes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

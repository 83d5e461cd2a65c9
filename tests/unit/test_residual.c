/* SPDX-License-Identifier: MIT */
#include "plugin/detector/dots.h"
#include "plugin/detector/fixed.h"
#include "plugin/detector/random.h"
#include "plugin/detector/residual.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 5
#define ROWS 4000

/* Column 2 is the sum of 0 and 1, the others are independent. */
static void make_row(random_t *random, int16_t *row) {
  double a = 3 * random_unit(random) - 1.5, b = 3 * random_unit(random) - 1.5;
  double units[N] = {a, b, a + b, 2 * random_unit(random) - 1,
                     2 * random_unit(random) - 1};
  for (size_t i = 0; i < N; i++)
    row[i] = fixed_from(units[i]);
}

/* (S + 0.1 I)^-1 by Gauss and Jordan in doubles. */
static void invert(double s[N][N], double p[N][N]) {
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++) {
      s[i][j] += i == j ? 0.1 : 0;
      p[i][j] = i == j;
    }
  for (size_t k = 0; k < N; k++) {
    double pivot = s[k][k];
    for (size_t j = 0; j < N; j++) {
      s[k][j] /= pivot;
      p[k][j] /= pivot;
    }
    for (size_t i = 0; i < N; i++) {
      double factor = s[i][k];
      for (size_t j = 0; i != k && j < N; j++) {
        s[i][j] -= factor * s[k][j];
        p[i][j] -= factor * p[k][j];
      }
    }
  }
}

static void test_against_inverse(void **state) {
  (void)state;
  random_t random = {1};
  residual_t *residual = residual_create(N);
  double s[N][N] = {{0}}, p[N][N];
  int16_t row[N], found[N];
  for (size_t k = 0; k < ROWS; k++) {
    make_row(&random, row);
    residual_learn(residual, row, 1, 1e9);
    for (size_t i = 0; i < N; i++)
      for (size_t j = 0; j < N; j++)
        s[i][j] += (double)fixed_float(row[i]) * fixed_float(row[j]) / ROWS;
  }
  invert(s, p);
  static const int16_t probe[N] = {1024, 1024, -2048, 512, 0};
  double length = residual_apply(residual, probe, found), expected_length = 0;
  for (size_t i = 0; i < N; i++) {
    double product = 0;
    for (size_t j = 0; j < N; j++)
      product += p[i][j] * fixed_float(probe[j]);
    expected_length += product * fixed_float(probe[i]) / N;
    double expected = product / sqrt(p[i][i]);
    /* The inverse in force is up to a tenth of the rows old. */
    assert_true(fabs(fixed_float(found[i]) - expected) <
                0.05 * fabs(expected) + 0.1);

    float weights[N];
    residual_weights(residual, i, weights);
    static const uint32_t first = 0;
    int16_t by_weights;
    dots(weights, probe, N, &first, 1, &by_weights);
    assert_true(abs(by_weights - found[i]) <= 1);
  }
  assert_true(fabs(length / expected_length - 1) < 0.05);
  /* The sum that does not add up stands out, by any single column it is
   * ordinary. */
  assert_true(fabs(fixed_float(found[2])) > 4 * fabs(fixed_float(found[3])));
  residual_destroy(residual);
}

/* Before anything is known columns count as independent. */
static void test_fresh(void **state) {
  (void)state;
  residual_t *residual = residual_create(N);
  static const int16_t probe[N] = {0, 3 * FIXED_ONE, 0, 0, 0};
  int16_t found[N];
  residual_apply(residual, probe, found);
  assert_true(fabs(fixed_float(found[1]) - 3 / sqrt(1.1)) < 0.01);
  assert_int_equal(found[0], 0);
  residual_destroy(residual);
}

/* The most columns, all extreme and equal: as singular as it gets. */
static void test_singular(void **state) {
  (void)state;
  residual_t *residual = residual_create(RESIDUAL_COLUMNS_MAX);
  int16_t row[RESIDUAL_COLUMNS_MAX], found[RESIDUAL_COLUMNS_MAX];
  for (size_t k = 0; k < 600; k++) {
    for (size_t i = 0; i < RESIDUAL_COLUMNS_MAX; i++)
      row[i] = k % 2 ? FIXED_MAX : -FIXED_MAX;
    double length = residual_apply(residual, row, found);
    assert_true(isfinite(length) && length >= 0);
    residual_learn(residual, row, length, 1e4);
  }
  residual_destroy(residual);
}

/* Inverting is spread over steps: the first renewal begins at row 64, takes
 * four pivots of 114 a row, and comes into force whole. */
static void test_renewal_is_spread(void **state) {
  (void)state;
  enum { COLUMNS = 114 };
  residual_t *residual = residual_create(COLUMNS);
  random_t random = {2};
  int16_t row[COLUMNS], probe[COLUMNS] = {FIXED_ONE};
  int16_t before[COLUMNS], after[COLUMNS];
  residual_apply(residual, probe, before);
  size_t rows = 0;
  do {
    for (size_t i = 0; i < COLUMNS; i++)
      row[i] = fixed_from(3 * random_unit(&random) - 1.5);
    residual_learn(residual, row, 1, 1e9);
    residual_apply(residual, probe, after);
    rows++;
  } while (memcmp(before, after, sizeof(before)) == 0 && rows < 1000);
  assert_int_equal(rows, 64 + (COLUMNS - 1) / 4);
  residual_destroy(residual);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_inverse),
                                     cmocka_unit_test(test_fresh),
                                     cmocka_unit_test(test_renewal_is_spread),
                                     cmocka_unit_test(test_singular)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/dots.h"
#include "plugin/detector/fixed.h"
#include "plugin/detector/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COLUMNS_MAX 192
#define ROWS 40

/* As it is promised, in the plainest way. */
static int16_t expected(const float *weights, const int16_t *row, size_t n) {
  float sums[4] = {0, 0, 0, 0};
  size_t whole = n / 4 * 4;
  for (size_t i = 0; i < n; i++)
    sums[i < whole ? i % 4 : 0] += weights[i] * row[i];
  float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return fixed_from(sum / FIXED_ONE);
}

/* Bit for bit, of any number of columns and rows. */
static void test_same_bits(void **state) {
  (void)state;
  random_t random = {1};
  size_t clipped = 0;
  for (size_t n = 1; n <= COLUMNS_MAX; n++) {
    float weights[COLUMNS_MAX];
    int16_t cells[ROWS * COLUMNS_MAX], values[ROWS];
    uint32_t rows[ROWS];
    size_t rows_num = random_below(&random, ROWS) + 1;
    for (size_t i = 0; i < n; i++)
      weights[i] = (float)(random_unit(&random) - 0.5);
    for (size_t i = 0; i < ROWS * n; i++)
      cells[i] =
          (int16_t)((int)random_below(&random, 2 * FIXED_MAX + 1) - FIXED_MAX);
    for (size_t i = 0; i < rows_num; i++)
      rows[i] = random_below(&random, ROWS);
    dots(weights, cells, n, rows, rows_num, values);
    for (size_t i = 0; i < rows_num; i++) {
      assert_int_equal(values[i], expected(weights, cells + rows[i] * n, n));
      clipped += values[i] == FIXED_MAX || values[i] == -FIXED_MAX;
    }
  }
  assert_true(clipped > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/fixed.h"
#include "plugin/detector/forest.h"
#include "plugin/detector/forest_block.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 3
#define ROWS 256
#define TREES 100

typedef struct {
  int16_t cells[ROWS][COLUMNS];
} table_t;

static void table_column(const void *source, size_t column,
                         const uint32_t *rows, size_t n, int16_t *values) {
  const table_t *table = source;
  for (size_t i = 0; i < n; i++)
    values[i] = table->cells[rows[i]][column];
}

/* Two restless columns and one that is constant. */
static table_t make_table(random_t *random) {
  table_t table = {0};
  for (size_t i = 0; i < ROWS; i++) {
    table.cells[i][0] = fixed_from(2 * random_unit(random) - 1);
    table.cells[i][1] = fixed_from(2 * random_unit(random) - 1);
    table.cells[i][2] = fixed_from(0.5);
  }
  return table;
}

static forest_t *make_forest(uint64_t seed) {
  random_t random = {seed};
  table_t table = make_table(&random);
  uint32_t rows[ROWS];
  random_sample(&random, ROWS, ROWS, rows);
  forest_t *forest = forest_create(TREES, ROWS, COLUMNS, FOREST_PADDING);
  assert_non_null(forest);
  for (size_t tree = 0; tree < TREES; tree++) {
    assert_false(forest_ready(forest));
    forest_build(forest, tree, rows, ROWS, table_column, &table, &random);
  }
  assert_true(forest_ready(forest));
  return forest;
}

static double score(const forest_t *forest, double a, double b, double c) {
  int16_t row[COLUMNS] = {fixed_from(a), fixed_from(b), fixed_from(c)};
  double s = forest_score(forest, row);
  assert_true(s > 0 && s <= 1);
  return s;
}

/* Equation 1 of the paper with the harmonic number summed, not approximated. */
static void test_mean_path(void **state) {
  (void)state;
  assert_true(forest_mean_path(0) == 0);
  assert_true(forest_mean_path(1) == 0);
  assert_true(forest_mean_path(2) == 1);
  for (size_t n = 3; n <= 4096; n = n * 3 / 2) {
    double harmonic = 0;
    for (size_t i = 1; i < n; i++)
      harmonic += 1.0 / (double)i;
    double exact = 2 * harmonic - 2 * (double)(n - 1) / (double)n;
    assert_true(fabs(forest_mean_path(n) - exact) < 1.1 / (double)(n - 1));
  }
  assert_true(fabs(forest_mean_path(256) - 10.2448) < 1e-3);
}

/* The farther out, the higher the score, beyond everything seen as well. */
static void test_far_is_farther(void **state) {
  (void)state;
  forest_t *forest = make_forest(1);
  double usual = score(forest, 0.1, -0.2, 0.5);
  double out = score(forest, 3, -0.2, 0.5);
  double far = score(forest, 8, -0.2, 0.5);
  assert_true(usual < out && out < far);
  assert_true(far > 2 * usual);
  assert_true(score(forest, 8, -8, 0.5) > far);
  forest_destroy(forest);
}

/* A column that never moved is split too. */
static void test_constant_column(void **state) {
  (void)state;
  forest_t *forest = make_forest(2);
  assert_true(score(forest, 0, 0, 3) > 1.5 * score(forest, 0, 0, 0.5));
  forest_destroy(forest);
}

static void test_seed_decides(void **state) {
  (void)state;
  forest_t *a = make_forest(3), *b = make_forest(3), *c = make_forest(4);
  assert_true(score(a, 1.5, 0, 0.5) == score(b, 1.5, 0, 0.5));
  assert_true(score(a, 1.5, 0, 0.5) != score(c, 1.5, 0, 0.5));
  forest_destroy(a);
  forest_destroy(b);
  forest_destroy(c);
}

/* Equal rows cannot be told apart: each tree ends at its depth limit or the
 * split off empty side, and nothing runs over. */
static void test_equal_rows(void **state) {
  (void)state;
  static const table_t zeros;
  random_t random = {5};
  uint32_t rows[ROWS] = {0};
  forest_t *forest = forest_create(1, ROWS, COLUMNS, FOREST_PADDING);
  for (int i = 0; i < 200; i++) {
    forest_build(forest, 0, rows, ROWS, table_column, &zeros, &random);
    score(forest, 0, 0, 0);
    score(forest, 30, -30, 30);
  }
  forest_destroy(forest);
}

/* Trees of the paper end at log2(rows); a leaf of n rows stands for c(n) more
 * steps: of equal rows for all of them. */
static void test_depth_limit(void **state) {
  (void)state;
  static const table_t zeros;
  uint32_t rows[ROWS];
  for (uint32_t i = 0; i < ROWS; i++)
    rows[i] = i;
  for (size_t n = 2; n <= ROWS; n *= 2) {
    random_t random = {n};
    forest_t *forest = forest_create(1, n, COLUMNS, 0);
    forest_build(forest, 0, rows, n, table_column, &zeros, &random);
    double path = log2((double)n) + forest_mean_path(n);
    assert_true(
        fabs(log2(score(forest, 1, 1, 1)) + path / forest_mean_path(n)) < 1e-3);
    forest_destroy(forest);
  }
}

/* A row walks to the leaf that counted it when the tree was grown, also where
 * it is exactly at a threshold: of two rows neither lies deeper than the other.
 */
static void test_at_a_threshold(void **state) {
  (void)state;
  static const uint32_t rows[] = {0, 1};
  random_t random = {9};
  forest_t *forest = forest_create(1, 2, COLUMNS, 0);
  for (int i = 0; i < 200; i++) {
    table_t table = {0};
    for (size_t k = 0; k < COLUMNS; k++)
      table.cells[1][k] = (int16_t)(random_below(&random, 3) - 1);
    forest_build(forest, 0, rows, 2, table_column, &table, &random);
    assert_true(forest_score(forest, table.cells[0]) ==
                forest_score(forest, table.cells[1]));
  }
  forest_destroy(forest);
}

/* Every version that this processor has gives the same bits as row by row,
 * whatever the number of rows, trees and columns. */
static void test_many_rows(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 63, 64, 65, 1023, 1025, 2500};
  random_t random = {8};
  for (size_t k = 0; k < 24; k++) {
    size_t trees = 1 + random_below(&random, 50), rows_num = sizes[k % 7];
    table_t table = make_table(&random);
    uint32_t rows[ROWS];
    random_sample(&random, ROWS, ROWS, rows);
    forest_t *forest =
        forest_create(trees, ROWS, COLUMNS, k % 2 * FOREST_PADDING);
    for (size_t tree = 0; tree < trees; tree++)
      forest_build(forest, tree, rows, 1 + random_below(&random, ROWS),
                   table_column, &table, &random);

    size_t stride = (rows_num + FOREST_BLOCK) / FOREST_BLOCK * FOREST_BLOCK;
    int16_t *cells = calloc(COLUMNS * stride, sizeof(*cells));
    double *scores = calloc(rows_num, sizeof(*scores));
    for (size_t i = 0; i < COLUMNS * stride; i++)
      cells[i] =
          fixed_from((random_unit(&random) - 0.5) * (i % 5 == 0 ? 100 : 3));
    for (size_t v = 0; v < FOREST_VERSIONS; v++) {
      if (!forest_versions[v].supported())
        continue;
      assert_int_equal(forest_scores_by(&forest_versions[v], forest, cells,
                                        stride, rows_num, scores),
                       0);
      for (size_t i = 0; i < rows_num; i++) {
        int16_t row[COLUMNS] = {cells[i], cells[stride + i],
                                cells[2 * stride + i]};
        assert_true(scores[i] == forest_score(forest, row));
      }
    }
    free(cells);
    free(scores);
    forest_destroy(forest);
  }
}

static void test_image(void **state) {
  (void)state;
  forest_t *forest = make_forest(6);
  size_t size = forest_size(TREES, ROWS, FOREST_PADDING);
  uint8_t *bytes = calloc(1, size);
  image_t writer = image_writer(bytes, size);
  forest_image(forest, &writer);
  assert_false(writer.failed);

  forest_t *copy = forest_create(TREES, ROWS, COLUMNS, FOREST_PADDING);
  image_t reader = image_reader(bytes, writer.used);
  forest_image(copy, &reader);
  assert_false(reader.failed);
  for (double x = -30; x <= 30; x += 0.37)
    assert_true(score(forest, x, -x / 3, 1) == score(copy, x, -x / 3, 1));

  /* Whatever bytes come: refused, or a forest that stays in its trees. */
  random_t random = {7};
  for (int i = 0; i < 3000; i++) {
    uint8_t *byte = &bytes[random_below(&random, writer.used)];
    uint8_t before = *byte;
    *byte ^= (uint8_t)(1 + random_below(&random, 255));
    reader = image_reader(bytes, writer.used);
    forest_image(copy, &reader);
    if (!reader.failed && forest_ready(copy))
      score(copy, 1, 2, 3);
    *byte = before;
  }
  /* Whole trees, but deeper than a row would walk here. */
  forest_t *flat = forest_create(TREES, ROWS, COLUMNS, 0);
  reader = image_reader(bytes, writer.used);
  forest_image(flat, &reader);
  assert_true(reader.failed);
  forest_destroy(flat);
  free(bytes);
  forest_destroy(forest);
  forest_destroy(copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_mean_path),
                                     cmocka_unit_test(test_far_is_farther),
                                     cmocka_unit_test(test_constant_column),
                                     cmocka_unit_test(test_seed_decides),
                                     cmocka_unit_test(test_equal_rows),
                                     cmocka_unit_test(test_depth_limit),
                                     cmocka_unit_test(test_at_a_threshold),
                                     cmocka_unit_test(test_many_rows),
                                     cmocka_unit_test(test_image)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * How much a single step does, counted in what trees ask for rather than in
 * time: the numbers of their rows, and what is multiplied to have them.
 */
#include "plugin/detector/detector.h"
#include "plugin/detector/dots.h"
#include "plugin/detector/fixed.h"
#include "plugin/detector/forest.h"
#include "tests/unit/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HOUR INT64_C(3600000)

/* Of the step under way. Linked with --wrap. */
static struct {
  size_t trees;
  size_t numbers;
  size_t products;
} work;

void __real_forest_build(forest_t *forest, size_t tree, const uint32_t *rows,
                         size_t n, forest_column_f *column, const void *source,
                         random_t *random);
void __wrap_forest_build(forest_t *forest, size_t tree, const uint32_t *rows,
                         size_t n, forest_column_f *column, const void *source,
                         random_t *random);
void __real_dots(const float *weights, const int16_t *cells, size_t n,
                 const uint32_t *rows, size_t rows_num, int16_t *values);
void __wrap_dots(const float *weights, const int16_t *cells, size_t n,
                 const uint32_t *rows, size_t rows_num, int16_t *values);

typedef struct {
  forest_column_f *column;
  const void *source;
} asked_t;

/* A forest_column_f. */
static void count_numbers(const void *source, size_t column,
                          const uint32_t *rows, size_t n, int16_t *values) {
  const asked_t *asked = source;
  work.numbers += n;
  asked->column(asked->source, column, rows, n, values);
}

void __wrap_forest_build(forest_t *forest, size_t tree, const uint32_t *rows,
                         size_t n, forest_column_f *column, const void *source,
                         random_t *random) {
  asked_t asked = {column, source};
  work.trees++;
  __real_forest_build(forest, tree, rows, n, count_numbers, &asked, random);
}

void __wrap_dots(const float *weights, const int16_t *cells, size_t n,
                 const uint32_t *rows, size_t rows_num, int16_t *values) {
  work.products += rows_num * n;
  __real_dots(weights, cells, n, rows, rows_num, values);
}

/* The most of `steps` steps from the first one on. */
static void run(size_t features, int64_t interval, size_t steps,
                size_t most_products) {
  detector_feature_t described[DETECTOR_FEATURES_MAX];
  char names[DETECTOR_FEATURES_MAX][24];
  double values[DETECTOR_FEATURES_MAX];
  detector_t detector = DETECTOR_INIT;
  detector.features = described;
  detector.features_num = features;
  for (size_t i = 0; i < features; i++) {
    snprintf(names[i], sizeof(names[i]), "f%zu", i);
    described[i] = (detector_feature_t){names[i], "", 0};
  }
  model_t *model = model_create(&detector);
  random_t random = {features};
  size_t trees = 0;
  for (size_t step = 1; step <= steps; step++) {
    for (size_t i = 0; i < features; i++)
      values[i] = series_noise(&random);
    frame_t frame = {
        .ts = (int64_t)step * interval, .interval = interval, .values = values};
    verdict_t verdict;
    work.trees = work.numbers = work.products = 0;
    assert_int_equal(model_step(model, &frame, &verdict), 0);
    /* A tree has a split of each row at most on each of 28 levels. */
    assert_true(work.trees <= 4);
    assert_true(work.numbers <= work.trees * detector.sample_size * 28);
    assert_true(work.products <= most_products);
    trees += work.trees;
  }
  assert_true(trees >= 5 * detector.trees); /* it was put to the test */
  model_destroy(model);
}

/* Until rows have doubled five times, from 32 to 512. */
static void test_young(void **state) {
  (void)state;
  run(5, 10000, 700, 320000);
  run(38, 10000, 700, 2500000);
}

/* The window has so few rows that trees are due at every step. */
static void test_slow_cadence(void **state) {
  (void)state;
  run(5, HOUR, 400, 320000);
  run(38, HOUR, 400, 2500000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_young),
                                     cmocka_unit_test(test_slow_cadence)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

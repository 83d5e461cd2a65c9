/* SPDX-License-Identifier: MIT */
#include "plugin/detector/columns.h"
#include "plugin/detector/fixed.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define WEEK 10080.0 /* rows a minute apart */

static const detector_feature_t features[2] = {{"a", "", 0}, {"b", "", 0}};

typedef struct {
  columns_t *columns;
  random_t random;
  int16_t row[2 * COLUMNS_PER_FEATURE]; /* a b, their means, their spreads */
} fixture_t;

static fixture_t start(const detector_feature_t *known) {
  fixture_t fixture = {.columns = columns_create(known, 2), .random = {1}};
  assert_non_null(fixture.columns);
  return fixture;
}

static void step(fixture_t *fixture, double a, double b) {
  double values[2] = {a, b};
  columns_step(fixture->columns, values, WEEK, true, fixture->row);
}

static void steps(fixture_t *fixture, int n) {
  for (int i = 0; i < n; i++)
    step(fixture, 10 + series_noise(&fixture->random),
         5 + series_noise(&fixture->random));
}

static void test_standardised(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  steps(&fixture, 1000);
  step(&fixture, 14, 5);
  assert_true(fabs(fixed_float(fixture.row[0]) - 4) < 0.5);
  for (int i = 0; i < 9; i++)
    step(&fixture, 14, 5);
  assert_true(fabs(fixed_float(fixture.row[2]) - 4) < 0.5); /* the mean */
  assert_true(fixed_float(fixture.row[4]) < -2);            /* stands still */
  assert_true(fixed_float(fixture.row[5]) < -2);
  columns_destroy(fixture.columns);
}

/* Constant for a week, then a hair: ordinary in every column. A real step:
 * extreme. */
static void test_hair(void **state) {
  (void)state;
  static const double levels[] = {1e-6, 50, 3e9, -7};
  for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
    fixture_t fixture = start(features);
    for (int k = 0; k < (int)WEEK; k++)
      step(&fixture, levels[i], 1);
    for (int k = 0; k < 50; k++) {
      step(&fixture, levels[i] * (k % 2 ? 1.001 : 0.999), 1);
      for (size_t c = 0; c < 2 * COLUMNS_PER_FEATURE; c++)
        assert_true(abs(fixture.row[c]) < 3 * FIXED_ONE);
    }
    step(&fixture, levels[i] * 1.5, 1);
    assert_true(fixed_float(fixture.row[0]) * levels[i] > 0);
    assert_true(abs(fixture.row[0]) > 10 * FIXED_ONE);
    columns_destroy(fixture.columns);
  }
}

/* One absurd value does not blind a feature. */
static void test_absurd(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  steps(&fixture, 5000);
  step(&fixture, 1e300, 5);
  assert_int_equal(fixture.row[0], FIXED_MAX);
  steps(&fixture, 20);
  step(&fixture, 20, 5);
  assert_true(fixture.row[0] > 7 * FIXED_ONE);
  columns_destroy(fixture.columns);
}

/* What jumps eight times a day is known for it after some days, though jumps
 * remain as far out as they are; one jump says little. */
static void test_steadiness(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  steps(&fixture, 5000);
  assert_true(columns_steadiness(fixture.columns, 0) == 1);
  for (int jump = 1; jump <= 40; jump++) {
    step(&fixture, 1000, 5);
    steps(&fixture, 179);
    if (jump == 1)
      assert_true(columns_steadiness(fixture.columns, 0) > 0.7);
  }
  step(&fixture, 1000, 5);
  assert_int_equal(fixture.row[0], FIXED_MAX);
  assert_true(columns_steadiness(fixture.columns, 0) < 0.2);
  assert_true(columns_steadiness(fixture.columns, 1) == 1);
  columns_destroy(fixture.columns);
}

/* What was always 0 gets used to anything, within its window. */
static void test_from_zero(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  for (int k = 0; k < 2000; k++)
    step(&fixture, 0, 5);
  step(&fixture, 1e-9, 5);
  assert_true(fixture.row[0] > 10 * FIXED_ONE);
  for (int k = 0; k < 200; k++)
    step(&fixture, 1e-9, 5);
  assert_true(fixture.row[0] < 5 * FIXED_ONE);
  columns_destroy(fixture.columns);
}

/* A change within Noise counts for nothing. */
static void test_noise(void **state) {
  (void)state;
  static const detector_feature_t noisy[2] = {{"a", "", 2}, {"b", "", 0}};
  fixture_t fixture = start(noisy);
  for (int k = 0; k < 500; k++)
    step(&fixture, 20, 1);
  step(&fixture, 21.9, 1);
  assert_int_equal(fixture.row[0], 0);
  step(&fixture, 60, 1);
  assert_true(fixture.row[0] > 10 * FIXED_ONE);
  columns_destroy(fixture.columns);
}

static void test_silence(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  step(&fixture, NAN, 5);
  assert_int_equal(columns_state(fixture.columns, 0), FEATURE_ABSENT);
  steps(&fixture, 5000);
  step(&fixture, 13, 5);
  int16_t last = fixture.row[0];
  step(&fixture, NAN, 5);
  step(&fixture, INFINITY, 5);
  assert_int_equal(fixture.row[0], last); /* imputed */
  assert_int_equal(columns_state(fixture.columns, 0), FEATURE_PRESENT);
  step(&fixture, NAN, 5);
  assert_int_equal(fixture.row[0], 0);
  assert_int_equal(columns_state(fixture.columns, 0), FEATURE_SILENT);
  assert_int_equal(columns_state(fixture.columns, 1), FEATURE_PRESENT);

  /* Its return is no jump in any column. */
  for (int k = 0; k < 30; k++) {
    steps(&fixture, 1);
    assert_int_equal(columns_state(fixture.columns, 0), FEATURE_PRESENT);
    for (size_t c = 0; c < 2 * COLUMNS_PER_FEATURE; c += 2)
      assert_true(abs(fixture.row[c]) < 6 * FIXED_ONE);
  }
  columns_destroy(fixture.columns);
}

/* Minutes that are news out of so many that feature 0 is there and then not. */
static int news_of(fixture_t *fixture, int present, int absent) {
  int news = 0;
  for (int k = 0; k < present + absent; k++) {
    step(fixture, k < present ? 10 + series_noise(&fixture->random) : NAN, 5);
    news += columns_state(fixture->columns, 0) == FEATURE_SILENT;
  }
  return news;
}

/* What recurs daily or hourly is told twice and then expected; what is away
 * every weekend is told each time, for nearly a day. */
static void test_silences_recur(void **state) {
  (void)state;
  static const struct {
    int present, absent; /* minutes */
    int times, told, news;
  } cases[] = {
      {16 * 60, 8 * 60, 30, 2, 8 * 60 - 2}, /* every night */
      {4 * 60, 20 * 60, 30, 2, 8 * 60 - 1},
      {1, 59, 24 * 30, 2, 57},                /* there for a minute an hour */
      {5 * 1440, 2 * 1440, 8, 8, 8 * 60 - 1}, /* every weekend */
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    fixture_t fixture = start(features);
    for (int k = 0; k < cases[i].times; k++) {
      int news = news_of(&fixture, cases[i].present, cases[i].absent);
      int expected = k < cases[i].told ? cases[i].news : 0;
      assert_true(abs(news - expected) <= 1);
    }
    columns_destroy(fixture.columns);
  }
}

/* A silence is news until it ends, or for nearly a day; one that recurs is
 * none. */
static void test_silence_ends(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  steps(&fixture, 5000);
  int news = 0;
  for (int k = 0; k < 2000; k++) {
    step(&fixture, NAN, 5);
    news += columns_state(fixture.columns, 0) == FEATURE_SILENT;
  }
  assert_true(news >= 8 * 60 - 2 && news <= 8 * 60);
  columns_destroy(fixture.columns);

  fixture = start(features);
  for (int day = 0; day < 6; day++) {
    steps(&fixture, 1430);
    news = 0;
    for (int k = 0; k < 10; k++) {
      step(&fixture, NAN, 5);
      news += columns_state(fixture.columns, 0) == FEATURE_SILENT;
    }
    assert_true(day > 1 || news > 0);
    assert_true(day < 3 || news == 0);
  }
  /* The habit is forgotten when it has not been for some weeks. */
  steps(&fixture, 4 * (int)WEEK);
  for (int k = 0; k < 5; k++)
    step(&fixture, NAN, 5);
  assert_int_equal(columns_state(fixture.columns, 0), FEATURE_SILENT);
  columns_destroy(fixture.columns);
}

/* However long a frame is, the first one of a silence is news. */
static void test_long_frames(void **state) {
  (void)state;
  static const double windows[] = {168, 42, 21, 7}; /* rows: 1, 4, 8, 24 h */
  static const int told[] = {7, 1, 1, 1};
  for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
    fixture_t fixture = start(features);
    int16_t *row = fixture.row;
    for (int k = 0; k < 100; k++)
      columns_step(fixture.columns, (double[]){k % 3, k % 2}, windows[i], true,
                   row);
    int news = 0;
    for (int k = 0; k < 40; k++) {
      columns_step(fixture.columns, (double[]){NAN, k % 2}, windows[i], true,
                   row);
      news += columns_state(fixture.columns, 0) == FEATURE_SILENT;
    }
    assert_int_equal(news, told[i]);
    columns_destroy(fixture.columns);
  }
}

/* Whether the next silence is news after six of them, a day apart, and so many
 * windows without. */
static bool news_after(double windows, double window) {
  fixture_t fixture = start(features);
  int16_t *row = fixture.row;
  int day = (int)window / 7, quiet = (int)(windows * window);
  for (int k = 0; k < 7 * (day + 3) + quiet + 3; k++) {
    bool silent = k < 7 * (day + 3) && k % (day + 3) >= day;
    silent = (silent && k > day + 3) || k >= 7 * (day + 3) + quiet;
    columns_step(fixture.columns, (double[]){silent ? NAN : k % 5, k % 3},
                 window, true, row);
  }
  bool news = columns_state(fixture.columns, 0) == FEATURE_SILENT;
  columns_destroy(fixture.columns);
  return news;
}

static void test_habit_is_forgotten(void **state) {
  (void)state;
  static const double windows[] = {10080, 1008, 187, 168, 100, 28, 22};
  for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
    assert_false(news_after(0.5, windows[i]));
    assert_true(news_after(2, windows[i]));
  }
}

static void test_image(void **state) {
  (void)state;
  fixture_t fixture = start(features);
  steps(&fixture, 300);
  step(&fixture, NAN, 5);
  uint8_t bytes[4096];
  image_t writer = image_writer(bytes, columns_size(2));
  columns_image(fixture.columns, &writer);
  assert_false(writer.failed);
  fixture_t copy = start(features);
  image_t reader = image_reader(bytes, writer.used);
  columns_image(copy.columns, &reader);
  assert_false(reader.failed);
  copy.random = fixture.random;
  for (int k = 0; k < 500; k++) {
    steps(&fixture, 1);
    steps(&copy, 1);
    assert_memory_equal(fixture.row, copy.row, sizeof(copy.row));
  }
  columns_destroy(fixture.columns);
  columns_destroy(copy.columns);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_standardised),
                                     cmocka_unit_test(test_hair),
                                     cmocka_unit_test(test_absurd),
                                     cmocka_unit_test(test_steadiness),
                                     cmocka_unit_test(test_from_zero),
                                     cmocka_unit_test(test_noise),
                                     cmocka_unit_test(test_silence),
                                     cmocka_unit_test(test_silence_ends),
                                     cmocka_unit_test(test_long_frames),
                                     cmocka_unit_test(test_habit_is_forgotten),
                                     cmocka_unit_test(test_silences_recur),
                                     cmocka_unit_test(test_image)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

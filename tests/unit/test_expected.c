/* SPDX-License-Identifier: MIT */
#include "plugin/detector/expected.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 3
#define WINDOW 10000

/* Features of mean 100 and deviation 1. */
static const detector_feature_t features[N] = {
    {"a", "", 0}, {"b", "", 0}, {"c", "", 0}};

typedef struct {
  columns_t *columns;
  expected_t *expected;
} fixture_t;

static void step_columns(fixture_t *f, const double *values) {
  int16_t row[N * COLUMNS_PER_FEATURE];
  columns_step(f->columns, values, WINDOW, true, row);
}

static int setup(void **state) {
  fixture_t *f = calloc(1, sizeof(*f));
  f->columns = columns_create(features, N);
  f->expected = expected_create(N);
  for (int i = 0; i < 1000; i++)
    step_columns(f,
                 (double[N]){100 + (i % 2 ? 1 : -1), 100 + (i % 4 < 2) * 2 - 1,
                             100 + (i % 8 < 4) * 2 - 1});
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture_t *f = *state;
  columns_destroy(f->columns);
  expected_destroy(f->expected);
  free(f);
  return 0;
}

static size_t learn(fixture_t *f, double a, double b, double c) {
  return expected_learn(f->expected, f->columns, (double[N]){a, b, c}, 1);
}

/* A suspicious frame. */
static bool is_expected(fixture_t *f, double a, double b, double c) {
  return expected_step(f->expected, f->columns, (double[N]){a, b, c}, true);
}

/* Lets what settles after an expected frame pass. */
static void pass(fixture_t *f) {
  for (int i = 0; i < 20; i++)
    expected_step(f->expected, f->columns, (double[N]){100, 100, 100}, false);
}

static void test_alike(void **state) {
  static const struct {
    double values[N];
    bool expected;
  } rows[] = {
      {{120, 110, 100}, true},  /* the example */
      {{122, 109, 101}, true},  /* about it */
      {{124, 112, 98}, true},   /* a little more */
      {{110, 105, 100}, true},  /* half of an interval of it */
      {{132, 117, 100}, false}, /* much more */
      {{120, 100, 100}, false}, /* one feature without the other */
      {{100, 110, 100}, false},
      {{80, 90, 100}, false},   /* the other way round */
      {{120, 110, 110}, false}, /* and something else */
      {{100, 100, 120}, false}, /* something else */
      {{100, 100, 100}, false}, /* nothing unusual */
      {{102, 101, 100}, false},
  };
  fixture_t *f = *state;
  assert_false(is_expected(f, 120, 110, 100));
  assert_int_equal(learn(f, 120, 110, 100), 1);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    const double *v = rows[i].values;
    if (is_expected(f, v[0], v[1], v[2]) != rows[i].expected)
      fail_msg("%g %g %g", v[0], v[1], v[2]);
    pass(f);
  }
}

static void test_unsuspicious(void **state) {
  fixture_t *f = *state;
  learn(f, 120, 100, 100);
  assert_false(expected_step(f->expected, f->columns,
                             (double[N]){120, 100, 100}, false));
}

/* While the window of the means still holds an expected frame, usual values are
 * expected too, and no others. */
static void test_settling(void **state) {
  fixture_t *f = *state;
  learn(f, 120, 100, 100);
  assert_false(is_expected(f, 101, 100, 100));
  assert_true(is_expected(f, 120, 100, 100));
  assert_false(is_expected(f, 100, 120, 100));
  for (int i = 0; i < 9; i++)
    assert_true(is_expected(f, 101, 100, 100));
  assert_false(is_expected(f, 101, 100, 100));
}

static void test_known(void **state) {
  fixture_t *f = *state;
  assert_int_equal(learn(f, 120, 110, 100), 1);
  assert_int_equal(learn(f, 120, 110, 100), 0);
  assert_int_equal(learn(f, 100, 100, 100), 0); /* not unusual at all */
  assert_int_equal(learn(f, 100, 110, 120), 1);
}

/* Of a run's rows only those of the event are examples, a few of many. */
static void test_thinned(void **state) {
  fixture_t *f = *state;
  double rows[300][N];
  for (int i = 0; i < 300; i++) {
    rows[i][0] = i < 200 ? 100 + 8 * pow(1.007, i) : 100.5;
    rows[i][1] = 100 + (i % 3);
    rows[i][2] = 100;
  }
  size_t added = expected_learn(f->expected, f->columns, rows[0], 300);
  assert_true(added >= 2 && added <= EXPECTED_A_LESSON);
  for (int i = 0; i < 200; i++)
    assert_true(is_expected(f, rows[i][0], rows[i][1], rows[i][2]));
  pass(f);
  assert_false(is_expected(f, 100.5, 101, 100));
}

/* Of a thousand lessons the last ones are known. */
static void test_bounded(void **state) {
  fixture_t *f = *state;
  double a[1000], b[1000];
  for (int i = 0; i < 1000; i++) {
    a[i] = 100 + 20 * sin(i * 0.37) * (1 + i % 7);
    b[i] = 100 + 20 * cos(i * 0.37) * (1 + i % 7);
    learn(f, a[i], b[i], 100);
  }
  assert_int_equal(learn(f, a[999], b[999], 100), 0);
  assert_true(is_expected(f, a[999], b[999], 100));
  size_t size = expected_size(N);
  uint8_t *bytes = malloc(size);
  image_t image = image_writer(bytes, size);
  expected_image(f->expected, &image);
  assert_false(image.failed);
  free(bytes);
}

/* A feature that fell silent, and one that never spoke. */
static void test_silence(void **state) {
  fixture_t *f = *state;
  assert_int_equal(learn(f, 100, NAN, 100), 1);
  assert_false(is_expected(f, 101, 102, 100));
  for (int i = 0; i < 3; i++)
    step_columns(f, (double[N]){100, NAN, 100});
  assert_true(is_expected(f, 100, NAN, 100));
  assert_false(is_expected(f, 120, NAN, 100));
  for (int i = 0; i < 3; i++)
    step_columns(f, (double[N]){NAN, NAN, 100});
  assert_false(is_expected(f, NAN, NAN, 100));

  columns_destroy(f->columns);
  f->columns = columns_create(features, N);
  assert_int_equal(learn(f, NAN, NAN, NAN), 0);
}

/* The example stays what it is when what is usual moves. */
static void test_drift(void **state) {
  fixture_t *f = *state;
  learn(f, 120, 100, 100);
  for (int i = 0; i < 20000; i++)
    step_columns(f, (double[N]){104 + (i % 2 ? 1 : -1), 100, 100});
  assert_true(is_expected(f, 120, 100, 100));
  assert_false(is_expected(f, 140, 100, 100));
}

static void test_absurd(void **state) {
  fixture_t *f = *state;
  assert_int_equal(learn(f, 1e300, -INFINITY, -1e300), 1);
  assert_int_equal(learn(f, 1e300, 100, -1e300), 1);
  assert_true(is_expected(f, 1e200, 100, -1e200));
}

static void test_image(void **state) {
  fixture_t *f = *state;
  for (int i = 0; i < 100; i++)
    learn(f, 130 * i, -130 * i * i, i % 3 ? 100 : NAN);
  is_expected(f, 130 * 99, -130 * 99 * 99, 100);
  size_t size = expected_size(N);
  uint8_t *first = malloc(size), *second = malloc(size);
  image_t writer = image_writer(first, size);
  expected_image(f->expected, &writer);

  expected_t *copy = expected_create(N);
  image_t reader = image_reader(first, writer.used);
  expected_image(copy, &reader);
  assert_false(reader.failed);
  assert_int_equal(reader.used, writer.used);
  image_t again = image_writer(second, size);
  expected_image(copy, &again);
  assert_int_equal(again.used, writer.used);
  assert_memory_equal(first, second, writer.used);
  expected_destroy(copy);

  const struct {
    size_t offset;
    uint8_t byte;
  } damages[] = {
      {0, EXPECTED_MAX + 1},         /* count */
      {0, EXPECTED_MAX - 1},         /* fewer, but not the next one */
      {4, EXPECTED_MAX},             /* next */
      {8, 11},                       /* settling */
      {12, 0xff},                    /* missing features that there are not */
      {12 + 8 * first[0] + 7, 0x7f}, /* a value */
  };
  for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
    uint8_t saved = first[damages[i].offset];
    first[damages[i].offset] = damages[i].byte;
    copy = expected_create(N);
    reader = image_reader(first, writer.used);
    expected_image(copy, &reader);
    if (!reader.failed)
      fail_msg("damage %zu", i);
    expected_destroy(copy);
    first[damages[i].offset] = saved;
  }
  free(first);
  free(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_alike),   TEST(test_unsuspicious), TEST(test_settling),
      TEST(test_known),   TEST(test_thinned),      TEST(test_bounded),
      TEST(test_silence), TEST(test_drift),        TEST(test_absurd),
      TEST(test_image)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

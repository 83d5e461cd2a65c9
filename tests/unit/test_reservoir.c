/* SPDX-License-Identifier: MIT */
#include "plugin/detector/reservoir.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CAPACITY 500
#define FOR_EVER 1e9

/* Offers the rows {0, -0}, {1, -1}, ... up to the number n. */
static reservoir_t *offer(int16_t n, double window, random_t *random) {
  reservoir_t *reservoir = reservoir_create(CAPACITY, 2);
  assert_non_null(reservoir);
  for (int16_t i = 0; i < n; i++) {
    const int16_t row[] = {i, (int16_t)-i};
    reservoir_offer(reservoir, row, window, random);
    assert_int_equal(reservoir_rows(reservoir),
                     i < CAPACITY ? i + 1 : CAPACITY);
  }
  return reservoir;
}

/* How many of the rows kept are from..to-1. They are whole. */
static size_t count(const reservoir_t *reservoir, int from, int to) {
  size_t found = 0;
  for (size_t i = 0; i < reservoir_rows(reservoir); i++) {
    const int16_t *row = reservoir_row(reservoir, i);
    assert_int_equal(row[0], -row[1]);
    found += row[0] >= from && row[0] < to;
  }
  return found;
}

static void test_all_while_there_is_room(void **state) {
  (void)state;
  random_t random = {1};
  reservoir_t *reservoir = offer(CAPACITY, FOR_EVER, &random);
  for (int16_t i = 0; i < CAPACITY; i++)
    assert_int_equal(count(reservoir, i, i + 1), 1);
  reservoir_destroy(reservoir);
}

/* Within the window each row is as likely to be kept: 50 of each tenth, of
 * which 5 standard deviations are less than 34. */
static void test_uniform(void **state) {
  (void)state;
  random_t random = {2};
  reservoir_t *reservoir = offer(20000, FOR_EVER, &random);
  for (int part = 0; part < 10; part++) {
    size_t kept = count(reservoir, 2000 * part, 2000 * (part + 1));
    assert_true(kept > 50 - 34 && kept < 50 + 34);
  }
  reservoir_destroy(reservoir);
}

/* What is older fades: of what is a window old a share of 1/e is left. */
static void test_window(void **state) {
  (void)state;
  random_t random = {3};
  const int window = 2000, n = 20000;
  reservoir_t *reservoir = offer(n, window, &random);
  size_t newer = count(reservoir, n - window, n);
  assert_true(fabs((double)newer / CAPACITY - (1 - exp(-1))) < 0.11);
  assert_true(count(reservoir, 0, n - 8 * window) <= 3);
  reservoir_destroy(reservoir);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_while_there_is_room),
      cmocka_unit_test(test_uniform), cmocka_unit_test(test_window)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

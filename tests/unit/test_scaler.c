/* SPDX-License-Identifier: MIT */
#include "plugin/detector/random.h"
#include "plugin/detector/scaler.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS 500

/* Until the window is full: the plain mean and variance, by two passes. */
static void test_two_passes(void **state) {
  (void)state;
  random_t random = {1};
  double values[ROWS], mean = 0, variance = 0;
  scaler_t scaler = {.rows = 0};
  for (size_t i = 0; i < ROWS; i++) {
    values[i] = 1e6 + 10 * random_unit(&random);
    scaler_learn(&scaler, values[i], 1e9, 1e-9);
    mean += values[i] / ROWS;
  }
  for (size_t i = 0; i < ROWS; i++)
    variance += (values[i] - mean) * (values[i] - mean) / ROWS;
  assert_true(fabs(scaler.mean - mean) < 1e-6);
  assert_true(fabs(scaler.variance / variance - 1) < 1e-9);
  assert_true(scaler.wide == scaler.variance);
}

/* From then on: exponentially weighted, by the definition. */
static void test_exponential(void **state) {
  (void)state;
  random_t random = {2};
  double window = 50, values[ROWS];
  scaler_t scaler = {.rows = 0};
  for (size_t i = 0; i < ROWS; i++) {
    values[i] = random_unit(&random);
    scaler_learn(&scaler, values[i], window, 1e-9);
  }
  double mean = 0, weights = 0, weight = 1;
  for (size_t i = ROWS; i-- > 0; weight *= 1 - 1 / window) {
    mean += weight * values[i];
    weights += weight;
  }
  assert_true(fabs(scaler.mean - mean / weights) < 1e-3);
}

static void test_dead_zone(void **state) {
  (void)state;
  scaler_t scaler = {.mean = 10, .variance = 4, .rows = 100};
  static const struct {
    double value, dead, floor, expected;
  } cases[] = {{10, 0, 1e-9, 0}, {14, 0, 1e-9, 2},    {14, 1, 1e-9, 1.5},
               {11, 1, 1e-9, 0}, {9, 1, 1e-9, 0},     {6, 1, 1e-9, -1.5},
               {14, 0, 8, 0.5},  {1e308, 0, 1, 5e307}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    double z = scaler_standardise(&scaler, cases[i].value, cases[i].dead,
                                  cases[i].floor);
    assert_true(fabs(z - cases[i].expected) <= 1e-9 * fabs(z));
  }
}

/* One absurd value moves the moments by a bounded step only. */
static void test_absurd_value(void **state) {
  (void)state;
  random_t random = {3};
  scaler_t scaler = {.rows = 0};
  for (size_t i = 0; i < ROWS; i++)
    scaler_learn(&scaler, random_unit(&random), 1000, 1e-9);
  scaler_learn(&scaler, SCALER_VALUE_MAX, 1000, 1e-9);
  assert_true(scaler.mean < 1);
  assert_true(sqrt(scaler.variance) < 1);
  assert_true(sqrt(scaler.wide) < 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_two_passes), cmocka_unit_test(test_exponential),
      cmocka_unit_test(test_dead_zone), cmocka_unit_test(test_absurd_value)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

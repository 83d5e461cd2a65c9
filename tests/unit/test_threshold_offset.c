/* SPDX-License-Identifier: MIT */
/*
 * What alarms and their absence do to the line.
 */
#include "tests/unit/threshold_fixture.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
  float left = *(const float *)a, right = *(const float *)b;
  return (left > right) - (left < right);
}

/* Alarms raise the line, time lowers it at the budget's pace, and faster when
 * nothing happens for long; never below what ordinary hours reach. */
static void test_budget(void **state) {
  (void)state;
  threshold_t *threshold = create(1);
  /* The week's hours over and over, so that no quantile moves. */
  float week[168];
  random_t random = {9};
  for (size_t i = 0; i < 168; i++)
    week[i] = (float)ordinary(&random);
  size_t hour = 0;
  for (; hour < 30 * 168; hour++)
    threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
  double floor = threshold_lower(threshold);
  /* one a day: six of 24 hours would exceed the line */
  float sorted[168];
  memcpy(sorted, week, sizeof(sorted));
  qsort(sorted, 168, sizeof(*sorted), ascending);
  double median = (double)(sorted[83] + sorted[84]) / 2;
  double lowest = (double)(3 * sorted[125] + sorted[126]) / 4;
  lowest -= fmin(0.5, (lowest - median) / 4);
  assert_true(fabs(floor - lowest) < 1e-4);
  for (int i = 0; i < 10; i++) /* as high as it gets */
    threshold_alarm(threshold);
  double before = threshold_lower(threshold);
  assert_true(before > floor + 3);
  for (size_t end = hour + 24; hour < end; hour++)
    threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
  assert_true(fabs(before - threshold_lower(threshold) - 0.5) < 1e-9);
  for (size_t end = hour + 36; hour < end; hour++)
    threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
  assert_true(before - threshold_lower(threshold) > 1.5);
  for (size_t end = hour + 168; hour < end; hour++)
    threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
  assert_true(fabs(threshold_lower(threshold) - floor) < 1e-9);
  for (int i = 0; i < 11; i++)
    threshold_alarm(threshold);
  assert_true(fabs(threshold_lower(threshold) - before) < 1e-9);
  threshold_destroy(threshold);
}

/* Without alarms, at any cadence: the longer the interval, the faster the line
 * falls, by its tenth power. The hours' maxima are the same. */
static void test_haste(void **state) {
  (void)state;
  static const double intervals[] = {5e3, 60e3, 600e3};
  for (size_t k = 0; k < 3; k++) {
    threshold_t *threshold = create(0.2);
    random_t random = {9};
    float week[168];
    for (size_t i = 0; i < 168; i++)
      week[i] = (float)ordinary(&random);
    for (size_t hour = 0; hour < 4 * 168; hour++)
      threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
    for (int i = 0; i < 10; i++) /* as high as it gets */
      threshold_alarm(threshold);
    double alarmed = threshold_lower(threshold);
    for (size_t hour = 0; hour < 9 * 24; hour++)
      threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
    assert_true(fabs(alarmed - threshold_lower(threshold) - 0.9) < 1e-6);
    /* after ten days of peace */
    for (size_t hour = 9 * 24; hour < 10 * 24 + 1; hour++)
      threshold_learn(threshold, (double)week[hour % 168], HOUR, false);
    double before = threshold_lower(threshold);
    for (double t = 0; t < 12 * HOUR; t += intervals[k])
      threshold_learn(threshold, (double)week[(size_t)(t / HOUR) + 73],
                      intervals[k], false);
    double fall = 0.5 * 0.2 * 6 * pow(intervals[k] / 60e3, 0.1) / 2;
    assert_true(fabs(before - threshold_lower(threshold) - fall) < 1e-6);
    threshold_destroy(threshold);
  }
}

/* The line after so many runs, on top of three weeks of ordinary hours, that
 * reach `level` and, every other one, `other`. */
static double line_after(size_t runs, double false_alarms, double level,
                         double other, size_t hours) {
  random_t random = {3};
  threshold_t *threshold = create(false_alarms);
  for (size_t i = 0; i < 3 * 168; i++)
    threshold_learn(threshold, ordinary(&random) - 2, HOUR, false);
  for (size_t i = 0; i < runs; i++)
    run_to(threshold, &random, i % 2 ? other : level, hours);
  double line = threshold_upper(threshold);
  threshold_destroy(threshold);
  return line;
}

/* Six runs, and two for each one allowed, within two days that are alike: the
 * line is above them. Not if they are fewer, rarer or differ. */
static void test_alike(void **state) {
  (void)state;
  for (size_t runs = 0; runs < 7; runs++)
    assert_true(line_after(runs, 0.2, 10, 10, 2) < 8);
  double line = line_after(7, 0.2, 10, 10, 2);
  assert_true(line > 10 && line < 10.6);
  line = line_after(7, 0.2, 8.1, 10, 2);
  assert_true(line > 10.4 && line < 10.6);
  assert_true(line_after(20, 0.2, 7.9, 10, 2) < 8);
  assert_true(line_after(29, 6, 10, 10, 1) < 8);
  assert_true(line_after(30, 6, 10, 10, 1) > 10);
  assert_true(line_after(20, 0.2, 10, 10, 9) < 8);
  assert_true(line_after(20, 0.2, 8, 11, 2) < 8);
  assert_true(line_after(9, 1, 10, 10, 2) < 8);
  assert_true(line_after(10, 1, 10, 10, 2) > 10);
}

/* Two weeks without another one take it back, at the pace of the offset. */
static void test_alike_is_forgotten(void **state) {
  (void)state;
  random_t random = {5};
  threshold_t *threshold = create(0.2);
  for (size_t i = 0; i < 3 * 168; i++)
    threshold_learn(threshold, ordinary(&random) - 2, HOUR, false);
  for (size_t i = 0; i < 8; i++)
    run_to(threshold, &random, 10, 1);
  double before = threshold_upper(threshold);
  for (size_t i = 0; i < 5 * 24; i++)
    threshold_learn(threshold, -9, HOUR, false);
  assert_true(fabs(before - threshold_upper(threshold) - 0.5) < 1e-6);
  for (size_t i = 0; i < 15 * 24; i++)
    threshold_learn(threshold, -9, HOUR, false);
  assert_true(threshold_upper(threshold) < before - 5);
  threshold_destroy(threshold);
}

static void learn_both(threshold_t *threshold, threshold_t *base,
                       random_t *random, bool open) {
  /* One above the line would be left out. */
  double level = fmin(ordinary(random), threshold_upper(threshold) - 0.1);
  threshold_learn(threshold, level, HOUR, open);
  threshold_learn(base, level, HOUR, true);
}

/* While nothing has ever happened the line sinks; a run that opens takes it
 * back to the base, if it lasts for hours, and no further. */
static void test_taken_back(void **state) {
  (void)state;
  random_t random = {7};
  threshold_t *threshold = create(0.2), *base = create(0.2);
  for (size_t i = 0; i < 100; i++)
    learn_both(threshold, base, &random, false);
  assert_true(threshold_lower(threshold) < threshold_lower(base) - 0.5);
  for (size_t i = 0; i < 6; i++) {
    double below = threshold_lower(base) - threshold_lower(threshold);
    learn_both(threshold, base, &random, true);
    assert_true(threshold_lower(base) - threshold_lower(threshold) <
                below / 2 + 0.05);
  }
  assert_true(fabs(threshold_lower(threshold) - threshold_lower(base)) < 0.1);
  threshold_destroy(threshold);
  threshold_destroy(base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_budget), cmocka_unit_test(test_haste),
      cmocka_unit_test(test_alike), cmocka_unit_test(test_alike_is_forgotten),
      cmocka_unit_test(test_taken_back)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

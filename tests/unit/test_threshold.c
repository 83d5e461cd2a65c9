/* SPDX-License-Identifier: MIT */
#include "plugin/detector/random.h"
#include "plugin/detector/threshold.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define WEEK 604800.0
#define HOUR 3600e3

#define FEATURES 5

static threshold_t *create(double false_alarms) {
  detector_t detector = DETECTOR_INIT;
  detector.features_num = FEATURES;
  detector.false_alarms = false_alarms;
  threshold_t *threshold = threshold_create(&detector);
  assert_non_null(threshold);
  return threshold;
}

static int ascending(const void *a, const void *b) {
  float left = *(const float *)a, right = *(const float *)b;
  return (left > right) - (left < right);
}

static double quantile(const float *sorted, size_t n, double q) {
  double position = q * (double)(n - 1), whole = floor(position);
  size_t i = (size_t)whole;
  return sorted[i] + (position - whole) * (sorted[i + 1] - sorted[i]);
}

/* After many weeks: the quantiles of the last 168 hours' maxima, and the offset
 * as low as it gets. */
static void test_brute_force(void **state) {
  (void)state;
  random_t random = {1};
  threshold_t *threshold = create(0.2);
  float maxima[2000];
  size_t hours = sizeof(maxima) / sizeof(maxima[0]);
  /* Frames of an hour, so that the blocks' borders are known. */
  for (size_t i = 0; i < hours; i++) {
    maxima[i] = (float)(random_unit(&random) - 5);
    threshold_learn(threshold, (double)maxima[i], HOUR);
  }
  float *week = maxima + hours - 168;
  qsort(week, 168, sizeof(*week), ascending);
  double median = quantile(week, 168, 0.5);
  double base = median + 0.8 * (quantile(week, 168, 0.85) - median) - 1;
  assert_true(fabs(threshold_lower(threshold) - (base - 0.5)) < 1e-3);
  /* There the daily recurrences rule, which are no higher than all maxima. */
  assert_true(threshold_upper(threshold) <= week[167] + 1.001);
  assert_true(threshold_upper(threshold) > base);
  threshold_destroy(threshold);
}

/* What happens every day at the same hour is expected there, and only there. */
static void test_recurrence(void **state) {
  (void)state;
  threshold_t *threshold = create(0.2);
  size_t days = 8;
  for (size_t i = 0; i < days * 24; i++)
    threshold_learn(threshold, i % 24 == 3 ? 8 : -8, HOUR);
  double upper[24];
  for (size_t hour = 0; hour < 24; hour++) {
    upper[hour] = threshold_upper(threshold);
    threshold_learn(threshold, -8, HOUR);
  }
  for (size_t hour = 0; hour < 24; hour++)
    assert_true(hour >= 2 && hour <= 4 ? fabs(upper[hour] - 9) < 1e-6
                                       : upper[hour] < 0);
  threshold_destroy(threshold);
}

static void test_nothing_learned(void **state) {
  (void)state;
  threshold_t *threshold = create(0.2);
  assert_true(threshold_upper(threshold) >= LEVEL_MAX);
  threshold_destroy(threshold);
}

/* From the first frames on, at any cadence: above what is ordinary, but not out
 * of reach. */
static void test_short_history(void **state) {
  (void)state;
  static const double intervals[] = {1e3, 10e3, 60e3, 300e3, 3600e3, 86400e3};
  for (size_t k = 0; k < sizeof(intervals) / sizeof(intervals[0]); k++) {
    random_t random = {k};
    threshold_t *threshold = create(0.2);
    for (size_t i = 0; i < 2000; i++) {
      double level = -8 + 3 * random_unit(&random);
      threshold_learn(threshold, level, intervals[k]);
      assert_true(threshold_lower(threshold) <= threshold_upper(threshold));
      if (i < 30)
        continue;
      assert_true(threshold_upper(threshold) > -8);
      assert_true(threshold_upper(threshold) < 5);
    }
    threshold_destroy(threshold);
  }
}

/* Alarms raise the line, time lowers it at the budget's pace, and faster when
 * nothing happens for long. */
static void test_budget(void **state) {
  (void)state;
  threshold_t *threshold = create(1);
  for (size_t i = 0; i < 168; i++)
    threshold_learn(threshold, 0, HOUR);
  threshold_alarm(threshold);
  double before = threshold_lower(threshold);
  for (size_t i = 0; i < 24; i++)
    threshold_learn(threshold, 0, HOUR);
  assert_true(fabs(before - threshold_lower(threshold) - 0.5) < 1e-9);
  for (size_t i = 0; i < 48; i++)
    threshold_learn(threshold, 0, HOUR);
  assert_true(before - threshold_lower(threshold) > 1.5);
  threshold_alarm(threshold);
  threshold_alarm(threshold);
  threshold_alarm(threshold);
  threshold_alarm(threshold);
  threshold_alarm(threshold);
  assert_true(threshold_lower(threshold) > before - 0.5);
  threshold_destroy(threshold);
}

/* An incident of a day does not lift the base; one of weeks does. */
static void test_long_incident(void **state) {
  (void)state;
  random_t random = {4};
  threshold_t *threshold = create(0.2);
  for (size_t i = 0; i < 168; i++)
    threshold_learn(threshold, random_unit(&random) - 6, HOUR);
  double before = threshold_lower(threshold);
  for (size_t i = 0; i < 20; i++)
    threshold_learn(threshold, 10 + random_unit(&random), HOUR);
  assert_true(threshold_lower(threshold) < before + 2);
  for (size_t i = 0; i < 168; i++)
    threshold_learn(threshold, 10 + random_unit(&random), HOUR);
  assert_true(threshold_lower(threshold) > 5);
  threshold_destroy(threshold);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_brute_force),
                                     cmocka_unit_test(test_recurrence),
                                     cmocka_unit_test(test_nothing_learned),
                                     cmocka_unit_test(test_short_history),
                                     cmocka_unit_test(test_budget),
                                     cmocka_unit_test(test_long_incident)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

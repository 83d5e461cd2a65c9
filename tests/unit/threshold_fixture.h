/* SPDX-License-Identifier: MIT */
/*
 * threshold_fixture.h -- thresholds and what they learn
 */
#ifndef ANOMALY_TESTS_THRESHOLD_FIXTURE_H
#define ANOMALY_TESTS_THRESHOLD_FIXTURE_H

#include "plugin/detector/random.h"
#include "plugin/detector/threshold.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HOUR 3600e3 /* milliseconds */
#define FEATURES 5

static inline threshold_t *create_for(double false_alarms, double window) {
  detector_t detector = DETECTOR_INIT;
  detector.window = window;
  detector.features_num = FEATURES;
  detector.false_alarms = false_alarms;
  threshold_t *threshold = threshold_create(&detector);
  assert_non_null(threshold);
  return threshold;
}

static inline threshold_t *create(double false_alarms) {
  return create_for(false_alarms, 604800);
}

/* Levels with an exponential tail, as ordinary hours have. */
static inline double ordinary(random_t *random) {
  return -8 - 1.5 * log(1 - random_unit(random));
}

/* A run whose frames, minutes, reach this level, and the hours until the next.
 */
static inline void run_to(threshold_t *threshold, random_t *random,
                          double level, size_t hours) {
  for (int i = 0; i < 3; i++)
    threshold_learn(threshold, level - i, 60e3, true);
  threshold_alarm(threshold);
  for (size_t i = 0; i < 60 * hours; i++)
    threshold_learn(threshold, ordinary(random) - 2, 60e3, false);
}

#endif /* ANOMALY_TESTS_THRESHOLD_FIXTURE_H */

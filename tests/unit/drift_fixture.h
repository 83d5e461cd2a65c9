/* SPDX-License-Identifier: MIT */
/*
 * drift_fixture.h -- two features, their columns and what they drift
 */
#ifndef ANOMALY_TESTS_DRIFT_FIXTURE_H
#define ANOMALY_TESTS_DRIFT_FIXTURE_H

#include "plugin/detector/drift.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define WEEK 168.0   /* hours */
#define MINUTE 10080 /* rows a window, a minute apart */
#define N 2

static const detector_feature_t features[N] = {{"a", "", 0}, {"b", "", 0}};

typedef struct {
  columns_t *columns;
  drift_t *drift;
  random_t random;
  double window;
  bool frozen;  /* nothing is learned */
  bool held;    /* there is a flag, whatever drifts */
  bool flagged; /* the last frame drifted */
  int drifted;  /* frames that did */
  int runs;     /* and how often anew */
} fixture_t;

static inline fixture_t start(const detector_feature_t *known, double window) {
  fixture_t fixture = {.columns = columns_create(known, N),
                       .drift = drift_create(N),
                       .random = {1},
                       .window = window};
  assert_non_null(fixture.columns);
  assert_non_null(fixture.drift);
  return fixture;
}

static inline void end(fixture_t *fixture) {
  columns_destroy(fixture->columns);
  drift_destroy(fixture->drift);
}

/* Whatever comes, the result is a number of at least 0. */
static inline double step(fixture_t *fixture, double a, double b) {
  double values[N] = {a, b};
  int16_t row[N * COLUMNS_PER_FEATURE];
  columns_step(fixture->columns, values, fixture->window, !fixture->frozen,
               row);
  double result =
      drift_step(fixture->drift, fixture->columns, values, fixture->window,
                 !fixture->frozen, fixture->held || fixture->flagged);
  assert_true(isfinite(result) && result >= 0);
  fixture->runs += result > 1 && !fixture->flagged;
  fixture->flagged = result > 1;
  fixture->drifted += fixture->flagged;
  return result;
}

static inline int rows_of(const fixture_t *fixture, double hours) {
  return (int)lround(hours * fixture->window / WEEK);
}

/* Feature a is at a level, b where it always is, noise on top of both. The
 * largest result. */
static inline double stay(fixture_t *fixture, double hours, double level) {
  double largest = 0;
  for (int i = 0; i < rows_of(fixture, hours); i++) {
    double a = level + series_noise(&fixture->random);
    double b = 5 + series_noise(&fixture->random);
    largest = fmax(largest, step(fixture, a, b));
  }
  return largest;
}

/* Hours until it drifts; `most` if it never does. */
static inline double until_drift(fixture_t *fixture, double most,
                                 double level) {
  int n = 0;
  while (n < rows_of(fixture, most) &&
         stay(fixture, WEEK / fixture->window, level) <= 1)
    n++;
  return n * WEEK / fixture->window;
}

#endif /* ANOMALY_TESTS_DRIFT_FIXTURE_H */

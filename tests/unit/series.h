/* SPDX-License-Identifier: MIT */
/*
 * series.h -- made-up hosts for the detector's tests
 *
 * Five features with a daily cycle and noise, the first four correlated, the
 * fifth mostly 0. The same seed gives the same series.
 */
#ifndef ANOMALY_TESTS_SERIES_H
#define ANOMALY_TESTS_SERIES_H

#include "plugin/detector/detector.h"
#include "plugin/detector/random.h"

#include <math.h>

#define SERIES_FEATURES 5

static const detector_feature_t series_features[SERIES_FEATURES] = {
    {"cpu", "%", 2},
    {"memory", "%", 1},
    {"disk", "%", 0.5},
    {"network", "B/s", 1000},
    {"errors", "/s", 0.5}};

typedef struct {
  random_t random;
  int64_t interval; /* milliseconds */
  int64_t ts;       /* of the last frame */
  double load;      /* slowly wandering */
  double values[SERIES_FEATURES];
} series_t;

/* Roughly normal: mean 0, variance 1. */
static inline double series_noise(random_t *random) {
  double sum = -6;
  for (int i = 0; i < 12; i++)
    sum += random_unit(random);
  return sum;
}

/* Moves to the next frame; tests change `values` before they step a model. */
static inline frame_t series_next(series_t *series) {
  random_t *random = &series->random;
  series->ts += series->interval;
  series->load = 0.95 * series->load + 0.3 * series_noise(random);
  double day = (double)series->ts / 86400e3;
  double busy = 0.5 + 0.3 * sin(6.283185307 * day) + 0.1 * series->load;
  series->values[0] = 5 + 40 * busy + 2 * series_noise(random);
  series->values[1] = 40 + 5 * busy + 0.3 * series_noise(random);
  series->values[2] = 30 + 0.5 * day;
  series->values[3] = 1e6 * busy * exp(0.1 * series_noise(random));
  series->values[4] = random_unit(random) < 0.02 ? 1 : 0;
  return (frame_t){
      .ts = series->ts, .interval = series->interval, .values = series->values};
}

#endif /* ANOMALY_TESTS_SERIES_H */

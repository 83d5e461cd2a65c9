/* SPDX-License-Identifier: MIT */
/*
 * normal.h -- made-up hosts on which nothing ever happens
 *
 * Every run that a model opens on them is a false alarm. Five features, each
 * with a daily cycle of its own; the same seed gives the same series.
 */
#ifndef ANOMALY_TESTS_NORMAL_H
#define ANOMALY_TESTS_NORMAL_H

#include "tests/unit/series.h"

#include <math.h>

#define NORMAL_FEATURES 5

typedef enum {
  NORMAL_WALK,  /* a walk that returns to its mean within five days */
  NORMAL_AR,    /* autoregressive noise, a part of it common to all */
  NORMAL_HEAVY, /* Student's t with three degrees of freedom, or log-normal */
  NORMAL_KINDS
} normal_kind_t;

static const char *const normal_names[NORMAL_KINDS] = {"walk", "ar", "heavy"};

static const detector_feature_t normal_features[NORMAL_FEATURES] = {
    {"a", "", 0}, {"b", "", 0}, {"c", "", 0}, {"d", "", 0}, {"e", "", 0}};

typedef struct {
  normal_kind_t kind;
  random_t random;
  int64_t interval; /* milliseconds */
  int64_t ts;       /* of the last frame */
  double common;
  double own[NORMAL_FEATURES];
  double amplitude[NORMAL_FEATURES], phase[NORMAL_FEATURES];
  double values[NORMAL_FEATURES];
} normal_t;

static inline normal_t normal_start(normal_kind_t kind, int64_t interval,
                                    uint64_t seed) {
  normal_t normal = {
      .kind = kind, .random = {seed * 7919}, .interval = interval};
  for (size_t i = 0; i < NORMAL_FEATURES; i++) {
    normal.amplitude[i] = 2 * random_unit(&normal.random);
    normal.phase[i] = random_unit(&normal.random);
  }
  return normal;
}

static inline double normal_value(normal_t *normal, size_t i) {
  random_t *random = &normal->random;
  double noise = series_noise(random);
  double days = (double)normal->interval / 86400e3;
  double *own = &normal->own[i];
  switch (normal->kind) {
  case NORMAL_WALK:
    *own += 2 * sqrt(2 * days / 5) * noise - days / 5 * *own;
    return 50 + *own + 0.5 * series_noise(random);
  case NORMAL_AR: {
    double memory = i % 2 ? 0.9 : 0.5;
    *own = memory * *own + sqrt(1 - memory * memory) * noise;
    return 20 + 3 * normal->common + 2 * *own;
  }
  default:
    if (i % 3 == 2)
      return 10 + exp(0.8 * noise);
    double squares = 0;
    for (int k = 0; k < 3; k++)
      squares += pow(series_noise(random), 2);
    return 10 + noise / sqrt(squares / 3);
  }
}

static inline frame_t normal_next(normal_t *normal) {
  normal->ts += normal->interval;
  normal->common = 0.97 * normal->common +
                   sqrt(1 - 0.97 * 0.97) * series_noise(&normal->random);
  double day = (double)normal->ts / 86400e3;
  for (size_t i = 0; i < NORMAL_FEATURES; i++)
    normal->values[i] =
        normal_value(normal, i) +
        normal->amplitude[i] * sin(6.283185307 * (day + normal->phase[i]));
  return (frame_t){
      .ts = normal->ts, .interval = normal->interval, .values = normal->values};
}

#endif /* ANOMALY_TESTS_NORMAL_H */

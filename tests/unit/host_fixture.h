/* SPDX-License-Identifier: MIT */
/*
 * host_fixture.h -- a made-up host, its model, and what happened to it
 */
#ifndef ANOMALY_HOST_FIXTURE_H
#define ANOMALY_HOST_FIXTURE_H

#include "plugin/detector/detector.h"
#include "tests/unit/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MINUTE 60000
#define DAY 1440 /* frames of a minute */

typedef struct {
  detector_t detector;
  series_t series;
  model_t *model;
  verdict_t verdict;
  size_t flagged, opened, closed;
  suspect_t suspects[DETECTOR_FEATURES_MAX]; /* of the last opening */
} host_t;

/* Without a model, which the first frame makes of what `detector` is then. */
host_t start(uint64_t seed, int64_t interval);
void stop(host_t *host);

/* Steps the model, counts, and checks what holds of every verdict. */
void judge(host_t *host, const frame_t *frame);

/* The next frames of the host; and with one feature at a value of ours. */
void run(host_t *host, size_t frames);
void run_with(host_t *host, size_t frames, size_t feature, double value);

/* Forgets what has been counted so far. */
void recount(host_t *host);

#endif /* ANOMALY_HOST_FIXTURE_H */

/* SPDX-License-Identifier: MIT */
/*
 * sample.h -- one moment of a series that collectd has written to a file
 */
#ifndef ANOMALY_REPLAY_SAMPLE_H
#define ANOMALY_REPLAY_SAMPLE_H

#include "plugin/replay/types_db.h"

typedef struct {
  ticks_t time;
  ticks_t interval;
  number_t values[TYPES_SOURCES_MAX]; /* gauges, or rates by the second; NaN:
                                         none */
} sample_t;

#endif /* ANOMALY_REPLAY_SAMPLE_H */

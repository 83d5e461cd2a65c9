/* SPDX-License-Identifier: MIT */
/*
 * detectors.h -- the detectors that collectd's values are replayed through
 */
#ifndef ANOMALY_REPLAY_DETECTORS_H
#define ANOMALY_REPLAY_DETECTORS_H

#include "plugin/features/selection.h"
#include "plugin/replay/options.h"

typedef struct {
  detector_options_t *items;
  size_t num; /* 1 at least */
} detectors_t;

/* Those of --config, else the built-in one with the options of the command
 * line. 0, or -1: complained; to be cleared in either case. */
int detectors_make(detectors_t *detectors, const options_t *options);
void detectors_clear(detectors_t *detectors);

#endif /* ANOMALY_REPLAY_DETECTORS_H */

/* SPDX-License-Identifier: MIT */
/*
 * selection.h -- what a detector watches
 *
 * Filled once, never written to afterwards; then any thread may read it.
 */
#ifndef ANOMALY_SELECTION_H
#define ANOMALY_SELECTION_H

#include "plugin/detector/detector.h"
#include "plugin/features/selector.h"
#include "plugin/features/silence.h"

typedef enum {
  AGGREGATE_AVERAGE,
  AGGREGATE_SUM,
  AGGREGATE_MIN,
  AGGREGATE_MAX,
} aggregate_t;

/* One <Feature> block: which series make the feature, and how. Blocks of the
 * same name are alternatives: in each frame the first that yields a number
 * gives it. */
typedef struct {
  size_t feature; /* index in the detector's features */
  selector_t plugin;
  selector_t plugin_instance;
  selector_t ignore_plugin_instance; /* matches nothing while it is not set */
  selector_t type;
  selector_t type_instance;
  selector_t data_source;
  aggregate_t aggregate; /* over plugin instances */
  bool percent;          /* share of type_instance in all else that matches */
  bool invert;           /* 100 - it */
  bool ignore_zero;      /* leave out a plugin instance that never had any */
} selection_t;

typedef struct {
  detector_t detector; /* owns its name, features and their strings */
  selector_t host;
  bool report_features;
  silence_t silence;       /* when nothing is notified or learned */
  selection_t *selections; /* in the order of their features */
  size_t selections_num;
} detector_options_t;

/* The documented defaults, nothing to watch yet. */
#define DETECTOR_OPTIONS_INIT                                                  \
  { .detector = DETECTOR_INIT, .host = SELECTOR_ALL }

void detector_options_clear(detector_options_t *detector);

/* Appends a selection for the feature `name`, which is added too when it is
 * new. NULL: out of memory or DETECTOR_FEATURES_MAX reached (errno: ENOMEM,
 * E2BIG). */
selection_t *detector_options_select(detector_options_t *detector,
                                     const char *name);

/* Sets a feature's unit and noise. 0, or ENOMEM. */
int detector_options_describe(detector_options_t *detector, size_t feature,
                              const char *unit, double noise);

#endif /* ANOMALY_SELECTION_H */

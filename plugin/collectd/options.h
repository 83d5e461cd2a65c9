/* SPDX-License-Identifier: MIT */
/*
 * options.h -- what collectd.conf says about the plugin
 *
 * Filled on collectd's main thread before the first callback runs, never
 * written to afterwards.
 */
#ifndef ANOMALY_OPTIONS_H
#define ANOMALY_OPTIONS_H

#include "collectd/core/daemon/plugin.h"

#include "plugin/collectd/selector.h"
#include "plugin/collectd/simulator.h"
#include "plugin/detector/detector.h"

#define OPTIONS_NAME_MAX 32 /* characters of a detector's or feature's name */

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
  selection_t *selections; /* in the order of their features */
  size_t selections_num;
} detector_options_t;

typedef struct {
  char *database;
  int64_t retention;     /* seconds of samples kept; 0: none */
  size_t max_hosts;      /* hosts beyond are not judged */
  cdtime_t host_timeout; /* a host silent for so long is dropped */
  detector_options_t *detectors;
  size_t detectors_num;
  bool simulate;
  simulator_options_t simulator;
} options_t;

/* The documented defaults, without a detector. NULL: out of memory. */
options_t *options_create(void);
void options_destroy(options_t *options);

/* Reads one <Plugin anomaly> block, whose items learn their parents; there may
 * be several. 0, or -1 after an ERROR that names the place, the option and the
 * remedy. */
int options_read(options_t *options, oconfig_item_t *block);

/* Appends a selection for the feature `name`, which is added too when it is
 * new. NULL: out of memory or DETECTOR_FEATURES_MAX reached (errno: ENOMEM,
 * E2BIG). */
selection_t *options_add_selection(detector_options_t *detector,
                                   const char *name);

/* Sets a feature's unit and noise. 0, or ENOMEM. */
int options_describe_feature(detector_options_t *detector, size_t feature,
                             const char *unit, double noise);

/* Once all is read: adds the built-in detector when none was given. 0, or
 * ENOMEM. */
int options_complete(options_t *options);

#endif /* ANOMALY_OPTIONS_H */

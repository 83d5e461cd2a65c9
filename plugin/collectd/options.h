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

#include "plugin/collectd/simulator.h"
#include "plugin/features/selection.h"

typedef struct {
  char *database;
  int64_t retention;     /* seconds of samples kept; 0: none */
  int64_t max_size;      /* bytes of the database; 0: no limit */
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

/* Reads one <Plugin anomaly> block; there may be several. 0, or -1 after an
 * ERROR that names the place, the option and the remedy. */
int options_read(options_t *options, const oconfig_item_t *block);

/* Once all is read: adds the built-in detector when none was given. 0, or
 * ENOMEM. */
int options_complete(options_t *options);

#endif /* ANOMALY_OPTIONS_H */

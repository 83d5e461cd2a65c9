/* SPDX-License-Identifier: MIT */
/*
 * builtin.h -- the detector `system`, for when none is configured
 *
 * Makes cpu, memory, disk, network and errors of whatever the cpu, memory, df
 * and interface plugins are set to report.
 */
#ifndef ANOMALY_BUILTIN_H
#define ANOMALY_BUILTIN_H

#include "plugin/collectd/options.h"

/* Fills a detector with zeroed features and selections. 0, or ENOMEM. */
int builtin_detector(detector_options_t *detector);

#endif /* ANOMALY_BUILTIN_H */

/* SPDX-License-Identifier: MIT */
/*
 * builtin.h -- the detector `system`, for when none is configured, or one of
 * that name without features
 *
 * Makes cpu, memory, disk, network and errors of whatever the cpu, memory, df
 * and interface plugins are set to report.
 */
#ifndef ANOMALY_BUILTIN_H
#define ANOMALY_BUILTIN_H

#include "plugin/features/selection.h"

#define BUILTIN_NAME "system"

/* Adds the features to a detector that has none. 0, or ENOMEM. */
int builtin_features(detector_options_t *detector);

#endif /* ANOMALY_BUILTIN_H */

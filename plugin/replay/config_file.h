/* SPDX-License-Identifier: MIT */
/*
 * config_file.h -- reads a collectd.conf
 *
 * The syntax is that of collectd's own parser, which is part of the daemon.
 * Include is an option like any other here: other files are not read.
 */
#ifndef ANOMALY_REPLAY_CONFIG_FILE_H
#define ANOMALY_REPLAY_CONFIG_FILE_H

#include "plugin/features/config_tree.h"

/* What the file says, as the children of `root`; complaints about it will go to
 * standard error. 0, or -1: complained. `file` must outlive it; to be cleared
 * by config_clear() in either case. */
int config_file_read(const char *file, config_item_t *root);

#endif /* ANOMALY_REPLAY_CONFIG_FILE_H */

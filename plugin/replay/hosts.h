/* SPDX-License-Identifier: MIT */
/*
 * hosts.h -- replays what collectd has written, host by host
 */
#ifndef ANOMALY_REPLAY_HOSTS_H
#define ANOMALY_REPLAY_HOSTS_H

#include "plugin/replay/options.h"

/* Prints every frame's verdict, saves the models if that is asked for, and
 * prints the summary. 0, or -1: complained. */
int hosts_replay(const options_t *options);

#endif /* ANOMALY_REPLAY_HOSTS_H */

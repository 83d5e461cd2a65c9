/* SPDX-License-Identifier: MIT */
/*
 * history.h -- what collectd has written of a host, as frames
 *
 * The series that the detectors make something of are merged in the order of
 * time and go the way that values go in the daemon. Memory does not grow with
 * the length of the history: some kilobytes a series.
 */
#ifndef ANOMALY_REPLAY_HISTORY_H
#define ANOMALY_REPLAY_HISTORY_H

#include "plugin/features/frames.h"
#include "plugin/replay/tree.h"
#include "plugin/replay/types_db.h"

typedef struct {
  const char *dir;
  tree_format_t format;
  const types_db_t *types; /* NULL for TREE_RRD */
  ticks_t interval;        /* of the series; 0: by their steps; not for RRDs */
  const detector_options_t *detectors;
  size_t detectors_num;
} history_options_t;

typedef struct history_s history_t;

/* `options` and `host` must outlive it. NULL: complained. */
history_t *history_open(const history_options_t *options, const char *host);
void history_close(history_t *history);

/* Series that feed a detector. */
size_t history_series_num(const history_t *history);

/* The next frame of any detector: 1, with *detector its number and the frame
 * valid until the next call. 0: the end. -1: complained. */
int history_next(history_t *history, size_t *detector, frame_t *frame);

#endif /* ANOMALY_REPLAY_HISTORY_H */

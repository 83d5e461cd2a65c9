/* SPDX-License-Identifier: MIT */
/*
 * intake.h -- from collectd's values to frames
 *
 * The write callback hands values in from any of collectd's write threads; the
 * read callback takes frames out, and is the only one to do so. Between them is
 * one lock, held for the time that it takes to file a value.
 *
 * Hosts are made at their first value that a detector makes something of, and
 * dropped after a time of silence.
 */
#ifndef ANOMALY_INTAKE_H
#define ANOMALY_INTAKE_H

#include "plugin/collectd/options.h"
#include "plugin/features/frames.h"

typedef struct intake_s intake_t;

/* The frames of one host for one detector, and what the reader attaches. */
typedef struct {
  const char *host;
  const detector_options_t *options;
  void *model; /* the reader's; NULL at first */
  frames_t *frames;
} stream_t;

/* `options` must outlive it. NULL: out of memory. */
intake_t *intake_create(const options_t *options);

/* No other thread uses it any more; the reader has freed its models
 * (intake_visit). */
void intake_destroy(intake_t *intake);

/* Any thread. 0; ENOMEM; EUSERS: there are MaxHosts hosts already; E2BIG: the
 * host has too many series. `now` is the monotonic clock. */
int intake_write(intake_t *intake, const data_set_t *ds, const value_list_t *vl,
                 cdtime_t now);

/* The calls below are the reader's alone. */

/* False: not now, the frame stays where it is. No lock is held. */
typedef bool (*intake_judge_cb)(void *user, stream_t *stream,
                                const frame_t *frame, bool clock_set);

/* The stream is about to be freed: take the model back. No lock is held. */
typedef void (*intake_drop_cb)(void *user, stream_t *stream);

/* Hands every closed frame over, stream by stream, oldest first; then drops the
 * hosts that have been silent for HostTimeout (when they had no more than a few
 * frames for ten minutes, or three of their intervals if these are longer). */
void intake_read(intake_t *intake, cdtime_t now, intake_judge_cb judge,
                 intake_drop_cb drop, void *user);

/* The stream of a host that no value has come from yet. NULL: out of memory,
 * too many hosts, or the detector does not want the host. */
stream_t *intake_touch(intake_t *intake, const char *host, size_t detector,
                       cdtime_t now);

/* Whether a value has come for the stream. */
bool intake_has_heard(intake_t *intake, const stream_t *stream);

/* Calls `visit` for every stream. */
void intake_visit(intake_t *intake, intake_drop_cb visit, void *user);

typedef struct {
  uint64_t values;         /* that a detector makes something of */
  uint64_t late;           /* too late, repeated or astray among those */
  uint64_t dropped;        /* frames that found their queue full */
  uint64_t refused_hosts;  /* values of hosts beyond MaxHosts */
  uint64_t refused_series; /* ... of series beyond FRAMES_SLOTS_MAX */
  size_t hosts;
  size_t streams;
  size_t waiting; /* closed frames not judged yet */
} intake_stats_t;

/* Any thread. */
void intake_stats(intake_t *intake, intake_stats_t *stats);

#endif /* ANOMALY_INTAKE_H */

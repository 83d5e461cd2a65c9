/* SPDX-License-Identifier: MIT */
/*
 * judge.h -- frames become verdicts, and verdicts become known
 *
 * Owns every model. All calls but judge_request_save() and judge_stats() belong
 * to the read callback (or to shutdown, when that has ended).
 */
#ifndef ANOMALY_JUDGE_H
#define ANOMALY_JUDGE_H

#include "plugin/collectd/intake.h"
#include "plugin/storage/storage.h"

typedef struct judge_s judge_t;

/* All three must outlive it. NULL: out of memory. */
judge_t *judge_create(const options_t *options, intake_t *intake,
                      storage_t *storage);

/* Teaches the models what somebody has called expected, and forgets those that
 * shall be learned anew. Judges every closed frame, reports it, hands it to the
 * storage, and saves the models that are due. `now` is the monotonic clock. */
void judge_read(judge_t *judge, cdtime_t now);

/* Any thread: models that were last saved before `time`, by the monotonic
 * clock, are saved from the next judge_read() on, as soon as the storage has
 * room. */
void judge_request_save(judge_t *judge, cdtime_t time);

typedef struct {
  size_t models;       /* in memory */
  uint64_t frames;     /* scored since the start */
  double read_seconds; /* that the last judge_read() took */
} judge_stats_t;

/* Any thread. */
void judge_stats(const judge_t *judge, judge_stats_t *stats);

/* Hands every changed model to the storage, waiting for room in its queue for
 * at most `seconds`, those that were saved longest ago first; frees them all.
 */
void judge_shutdown(judge_t *judge, double seconds);

/* After judge_shutdown() and storage_stop(). */
void judge_destroy(judge_t *judge);

#endif /* ANOMALY_JUDGE_H */

/* SPDX-License-Identifier: MIT */
/*
 * summary.h -- what came of it, for stderr
 */
#ifndef ANOMALY_REPLAY_SUMMARY_H
#define ANOMALY_REPLAY_SUMMARY_H

#include "plugin/detector/detector.h"
#include "plugin/replay/measures.h"

typedef struct {
  uint64_t rows;
  uint64_t judged;     /* of them, after the warm-up: a flag could be raised */
  int64_t judged_time; /* milliseconds that these stand for */
  int64_t interval;    /* milliseconds, of the last row */
  bool changed;        /* it was another before */
  uint64_t flagged;
  uint64_t runs;
  uint64_t skipped;    /* not later than all before: neither judged nor
                          learned */
  size_t skipped_line; /* of the first of these */
} summary_t;

/* Counts a row that was judged. `interval`: milliseconds, > 0. */
void summary_add(summary_t *summary, int64_t interval,
                 const verdict_t *verdict);

/* Counts a row that was skipped. */
void summary_skip(summary_t *summary, size_t line);

/* Prints it. `budget`: false alarms a day and model; `measures` may be
 * NULL. */
void summary_print(const summary_t *summary, double budget,
                   const measures_t *measures);

#endif /* ANOMALY_REPLAY_SUMMARY_H */

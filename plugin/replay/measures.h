/* SPDX-License-Identifier: MIT */
/*
 * measures.h -- how good the flags and scores are, where incidents are known
 *
 * An event is a contiguous run of labelled rows; it is detected when one of
 * them is flagged. A false alarm is a contiguous run of flagged rows outside of
 * every event. One that lasts counts once per started four hours, or flagging
 * everything would be free; the first hour of one that borders on an event is
 * forgiven.
 *
 * Memory is constant, 4 MB: AUC-PR (average precision) is that of the scores
 * rounded to 1/6500 of their odds.
 */
#ifndef ANOMALY_REPLAY_MEASURES_H
#define ANOMALY_REPLAY_MEASURES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct measures_s measures_t;

typedef struct {
  uint64_t rows;
  uint64_t events;
  uint64_t detected; /* events */
  uint64_t false_alarms;
  double auc_pr;      /* 0..1; NaN without a labelled row */
  double recall;      /* detected / events; NaN without an event */
  double precision;   /* detected / (detected + false_alarms); NaN when nothing
                         was flagged */
  double false_a_day; /* false alarms a day; NaN without a row */
} measures_result_t;

/* `interval`: milliseconds a row, > 0. NULL: out of memory. */
measures_t *measures_create(int64_t interval);
void measures_destroy(measures_t *measures);

/* One row, in the order of the file. `score` 0..1, NaN ranks lowest. */
void measures_add(measures_t *measures, bool label, double score, bool flagged);

/* Of the rows so far; the last run of flags is taken to end here. */
void measures_result(const measures_t *measures, measures_result_t *result);

#endif /* ANOMALY_REPLAY_MEASURES_H */

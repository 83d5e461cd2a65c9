/* SPDX-License-Identifier: MIT */
/*
 * batch.h -- judges a whole table at once
 *
 * An upload has no prefix to learn from, so each of its rows is scored by a
 * forest over all of them.
 */
#ifndef ANOMALY_BATCH_H
#define ANOMALY_BATCH_H

#include "plugin/detector/detector.h"

typedef struct {
  double score;
  bool flagged;
  suspect_t suspects[DETECTOR_FEATURES_MAX];
  size_t suspects_num; /* 0 unless flagged */
} batch_verdict_t;

typedef struct batch_s batch_t;

/* Learns `rows` x features_num values, row by row; NaN: missing. `values` must
 * outlive the batch. NULL: out of memory. */
batch_t *batch_create(const detector_t *detector, const double *values,
                      size_t rows);

/* The threshold that the flags are raised at, 0..1. */
double batch_threshold(const batch_t *batch);

/* Judges row `row`. */
void batch_judge(const batch_t *batch, size_t row, batch_verdict_t *verdict);

void batch_destroy(batch_t *batch);

#endif /* ANOMALY_BATCH_H */

/* SPDX-License-Identifier: MIT */
/*
 * judge.h -- what the detector says of a table
 *
 * Belongs to one thread at a time.
 */
#ifndef ANOMALY_DASHBOARD_JUDGE_H
#define ANOMALY_DASHBOARD_JUDGE_H

#include "dashboard/api/table.h"
#include "plugin/storage/upload.h"

typedef struct {
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  detector_t detector; /* of these features, else at its defaults */
  double *scores;      /* of each row */
  double threshold;
  storage_anomaly_t *anomalies; /* flagged rows, in their order */
  size_t *rows;                 /* where these are in the table */
  size_t anomalies_num;
  size_t capacity;
} judgement_t;

/* Judges each row by a forest over all of them. Moves the table's values
 * together; the names stay the table's. 0, or -1: out of memory. To be freed in
 * either case. */
int judge_table(table_t *table, judgement_t *judgement);

void judgement_free(judgement_t *judgement);

#endif /* ANOMALY_DASHBOARD_JUDGE_H */

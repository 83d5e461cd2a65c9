/* SPDX-License-Identifier: MIT */
/*
 * upload.h -- runs that people make: uploads, with their data
 *
 *     uploads(run_id, threshold, ts, score)
 *     upload_features(run_id, position, name, data)
 *
 * ts is an array of int64_t, milliseconds since the epoch; score and data are
 * arrays of double, NaN: missing; all in the byte order of the machine and one
 * element a row of the upload. A column of 200,000 rows is drawn from one blob
 * of 1.6 MB.
 *
 * Each function opens and closes the file, may wait for other writers, and
 * returns a negative number with `error` filled when it fails; then nothing has
 * changed. Any thread.
 */
#ifndef ANOMALY_UPLOAD_H
#define ANOMALY_UPLOAD_H

#include "plugin/storage/change.h"
#include "plugin/storage/storage.h"

typedef struct {
  const char *source;         /* "upload" or "api" */
  const detector_t *detector; /* its features are the columns */
  size_t rows;                /* > 0 */
  const int64_t *ts;          /* in any order */
  const double *values;       /* rows x features_num, row by row */
  const double *scores;
  double threshold;
  const storage_anomaly_t *anomalies; /* run_id and detector are not looked at
                                       */
  size_t anomalies_num;
} upload_t;

/* Writes a closed run with its anomalies and its data in one transaction. Of
 * anomalies with the same ts the one of the highest score is kept. */
int upload_write(const char *path, const upload_t *upload, int64_t *run_id,
                 char error[CHANGE_ERROR_SIZE]);

/* 0; 1: there is no such run, or it is a live one. */
int upload_delete(const char *path, int64_t run_id,
                  char error[CHANGE_ERROR_SIZE]);

#endif /* ANOMALY_UPLOAD_H */

/* SPDX-License-Identifier: MIT */
/*
 * input.h -- the file to replay, as rows of features
 *
 * Plain or gzip'd, from a file or from standard input; columns that are no
 * features are sorted out here. The first rows are read ahead to tell the
 * cadence; apart from those, one row is in memory at a time.
 */
#ifndef ANOMALY_REPLAY_INPUT_H
#define ANOMALY_REPLAY_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct input_s input_t;

typedef struct {
  int64_t ts;           /* milliseconds since the epoch, UTC */
  const char *ts_text;  /* the cell as it stands */
  const double *values; /* input_features_num() of them; NaN: missing */
  bool label;           /* the label column holds a number above 0 */
  size_t line;          /* in the file, from 1 */
} input_row_t;

typedef struct {
  const char *file; /* "-": standard input */
  const char *const *ignored;
  size_t ignored_num;
  const char *label; /* NULL: no column is one */
} input_columns_t;

/* Opens the file, reads its header and its first rows.
 * NULL: it has been complained about (unreadable, bad header, a column that is
 * not there, too many features or none, no rows). `columns` must outlive the
 * input. */
input_t *input_open(const input_columns_t *columns);
void input_close(input_t *input);

/* What messages call the file. */
const char *input_name(const input_t *input);

/* 1..DETECTOR_FEATURES_MAX; names are owned by the input. */
size_t input_features_num(const input_t *input);
const char *input_feature(const input_t *input, size_t i);

/* Median step between the rows read ahead, in milliseconds, > 0; rows that do
 * not go forward in time are left out. 0: there is no step to tell it from. */
int64_t input_cadence(const input_t *input);

/* 1: *row is filled, until the next call. 0: the end. -1: complained. */
int input_next(input_t *input, input_row_t *row);

/* Bytes of the file as it lies on disk, and how many have been consumed. Size
 * 0: unknown, as with a pipe. */
int64_t input_size(const input_t *input);
int64_t input_position(const input_t *input);

#endif /* ANOMALY_REPLAY_INPUT_H */

/* SPDX-License-Identifier: MIT */
/*
 * output.h -- one line a row: ts,score,threshold,flag,fields,note and, where
 * there may be several, host,detector
 *
 * As CSV (RFC 4180, LF) or as JSON lines. A score or threshold that is not
 * known yet is empty in CSV and null in JSON.
 */
#ifndef ANOMALY_REPLAY_OUTPUT_H
#define ANOMALY_REPLAY_OUTPUT_H

#include "plugin/detector/detector.h"

#include <stdio.h>

typedef enum {
  OUTPUT_CSV,
  OUTPUT_JSON,
} output_format_t;

typedef struct {
  const char *ts_text; /* as it came */
  const detector_t *detector;
  const model_t *model; /* that has just given the verdict */
  const verdict_t *verdict;
  const char *host; /* NULL: neither host nor detector are printed */
} output_row_t;

/* The header of a CSV file; nothing for JSON. `hosts`: rows will have one. */
void output_header(FILE *file, output_format_t format, bool hosts);

/* Errors are left in ferror(file). */
void output_row(FILE *file, output_format_t format, const output_row_t *row);

/* What has been written to standard output went wrong, as errno tells:
 * complains. -1. */
int output_failed(void);

#endif /* ANOMALY_REPLAY_OUTPUT_H */

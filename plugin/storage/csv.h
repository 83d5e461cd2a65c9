/* SPDX-License-Identifier: MIT */
/*
 * csv.h -- reads tables of metrics, row by row, in constant memory
 *
 *     ts,cpu,memory
 *     2026-01-01T00:00:00Z,12.5,40
 *     1767225660,13,
 *
 * RFC 4180 quoting, LF or CRLF, an optional byte order mark. The first column
 * is the time, whatever its name: ISO 8601 (without a zone: UTC) or seconds
 * since the epoch; csv_value.h has the details. An empty or non-numeric cell is
 * a missing value (NaN). Empty lines are skipped. The first error ends the
 * table.
 *
 * A reader belongs to one thread at a time and occupies about a megabyte,
 * however long the table is.
 */
#ifndef ANOMALY_CSV_H
#define ANOMALY_CSV_H

#include <stddef.h>
#include <stdint.h>

#define CSV_COLUMNS_MAX 1024
/* Bytes of a row, its quoted lines included. */
#define CSV_LINE_MAX (1u << 20)

typedef struct csv_s csv_t;

/* Fills up to `size` bytes; returns how many, 0 at the end, -1 on error (errno
 * tells). */
typedef long (*csv_read_cb)(void *source, char *buffer, size_t size);

/* Reads the header. NULL: out of memory, errno tells. When the header is bad,
 * csv_error() says so and there are no columns. */
csv_t *csv_create(csv_read_cb read, void *source);
void csv_destroy(csv_t *csv);

/* Columns after `ts`, in the file's order. */
size_t csv_columns_num(const csv_t *csv);
const char *csv_column(const csv_t *csv, size_t i);

/* One row. `ts_text` is the cell as it stands, until the next call. */
typedef struct {
  int64_t ts; /* milliseconds since the epoch, UTC */
  const char *ts_text;
  const double *values; /* csv_columns_num() of them, until the next call */
} csv_row_t;

/* 1: *row is filled. 0: the end. -1: csv_error() says what and where. */
int csv_next(csv_t *csv, csv_row_t *row);

/* The text of cell `i` (columns after ts) of the current row. */
const char *csv_cell(const csv_t *csv, size_t i);

/* "line 17: ...: remedy"; NULL when nothing is wrong. */
const char *csv_error(const csv_t *csv);

/* The line that the current row begins at, from 1. */
size_t csv_line(const csv_t *csv);

#endif /* ANOMALY_CSV_H */

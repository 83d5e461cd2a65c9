/* SPDX-License-Identifier: MIT */
/*
 * buckets.h -- many rows as few: minimum and maximum of each column in each of
 * equal spans of time
 */
#ifndef ANOMALY_DASHBOARD_BUCKETS_H
#define ANOMALY_DASHBOARD_BUCKETS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct buckets_s buckets_t;

/* For times of [from, to) in milliseconds, in spans of `step` that begin at its
 * multiples: the same spans whatever the time asked for. NULL: out of memory.
 */
buckets_t *buckets_create(int64_t from, int64_t to, int64_t step,
                          size_t columns);
void buckets_destroy(buckets_t *buckets);

/* Begins a row. Rows may come in any order; those outside of the time are
 * dropped. */
void buckets_row(buckets_t *buckets, int64_t ts, bool flagged);

/* A column of the row begun last; what is NaN changes nothing. */
void buckets_add(buckets_t *buckets, size_t column, double low, double high);

/* Arrays of the buckets that have rows, oldest first: when the first row of
 * each was, whether any was flagged, and a column's minima or maxima. */
void buckets_write_ts(const buckets_t *buckets, sqlite3_str *json);
void buckets_write_flagged(const buckets_t *buckets, sqlite3_str *json);
void buckets_write_min(const buckets_t *buckets, size_t column,
                       sqlite3_str *json);
void buckets_write_max(const buckets_t *buckets, size_t column,
                       sqlite3_str *json);

#endif /* ANOMALY_DASHBOARD_BUCKETS_H */

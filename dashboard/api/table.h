/* SPDX-License-Identifier: MIT */
/*
 * table.h -- an upload in memory: times and numbers
 *
 * Belongs to one thread at a time.
 */
#ifndef ANOMALY_DASHBOARD_TABLE_H
#define ANOMALY_DASHBOARD_TABLE_H

#include "plugin/detector/detector.h"

#define TABLE_ROWS_MAX 200000
#define TABLE_ERROR_SIZE 320

typedef struct table_s table_t;

/* NULL: out of memory. */
table_t *table_create(void);
void table_destroy(table_t *table);

/* What is wrong, with its place and what was expected; NULL: nothing. After the
 * first error the table is of no more use. */
const char *table_error(const table_t *table);

/* Whether the error is that there is too much of it. */
bool table_is_too_large(const table_t *table);

/* Sets the error, unless there is one. Returns -1. */
int table_refuse(table_t *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The number of a feature, which may be new; rows that are there miss it then.
 * -1: the name is none, or there are too many. */
int table_feature(table_t *table, const char *name);

/* Begins a row whose features are missing yet. `ts_json` is what the time is
 * given back as. 0, or -1. */
int table_begin_row(table_t *table);
void table_set(table_t *table, size_t feature, double value);
int table_set_ts(table_t *table, int64_t ts, const char *ts_json);

size_t table_rows(const table_t *table);
size_t table_features_num(const table_t *table);
const char *table_feature_name(const table_t *table, size_t feature);
const char *table_ts_json(const table_t *table, size_t row);
const int64_t *table_ts(const table_t *table);

/* Moves the values together: rows x features_num, row by row. No row or feature
 * may be added after it. */
const double *table_values(table_t *table);

#endif /* ANOMALY_DASHBOARD_TABLE_H */

/* SPDX-License-Identifier: MIT */
/*
 * buckets.c -- see buckets.h
 *
 * Charts do not show more than six digits; fewer bytes are sent for it.
 */
#include "dashboard/api/buckets.h"

#include "dashboard/json.h"

#include <math.h>
#include <stdlib.h>

#define DIGITS 6

typedef struct {
  double low;
  double high;
} range_t;

typedef struct {
  bool used;
  bool flagged;
  int64_t ts; /* of the first row */
} bucket_t;

struct buckets_s {
  int64_t first; /* start of the first bucket, in steps */
  int64_t from;
  int64_t to;
  int64_t step;
  size_t num;
  size_t columns;
  size_t current; /* the row's; num: outside */
  bucket_t *buckets;
  range_t *ranges; /* columns of each bucket, one bucket after the other */
};

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

buckets_t *buckets_create(int64_t from, int64_t to, int64_t step,
                          size_t columns) {
  buckets_t *buckets = calloc(1, sizeof(*buckets));
  if (buckets == NULL)
    return NULL;
  buckets->first = floor_div(from, step);
  buckets->from = from;
  buckets->to = to;
  buckets->step = step;
  buckets->num = (size_t)(floor_div(to - 1, step) - buckets->first + 1);
  buckets->columns = columns;
  buckets->current = buckets->num;
  buckets->buckets = calloc(buckets->num, sizeof(*buckets->buckets));
  buckets->ranges = calloc(buckets->num * columns, sizeof(*buckets->ranges));
  if (buckets->buckets == NULL || buckets->ranges == NULL) {
    buckets_destroy(buckets);
    return NULL;
  }
  for (size_t i = 0; i < buckets->num * columns; i++)
    buckets->ranges[i] = (range_t){.low = NAN, .high = NAN};
  return buckets;
}

void buckets_destroy(buckets_t *buckets) {
  if (buckets == NULL)
    return;
  free(buckets->buckets);
  free(buckets->ranges);
  free(buckets);
}

void buckets_row(buckets_t *buckets, int64_t ts, bool flagged) {
  buckets->current = buckets->num;
  if (ts < buckets->from || ts >= buckets->to)
    return;
  buckets->current = (size_t)(floor_div(ts, buckets->step) - buckets->first);
  bucket_t *bucket = &buckets->buckets[buckets->current];
  if (!bucket->used || ts < bucket->ts)
    bucket->ts = ts;
  bucket->used = true;
  bucket->flagged |= flagged;
}

void buckets_add(buckets_t *buckets, size_t column, double low, double high) {
  if (buckets->current == buckets->num)
    return;
  range_t *range =
      &buckets->ranges[buckets->current * buckets->columns + column];
  range->low = fmin(range->low, low); /* the one that is not NaN */
  range->high = fmax(range->high, high);
}

/* --- writing --- */

/* What stands before the next element. */
static void separate(sqlite3_str *json, bool *first) {
  if (!*first)
    sqlite3_str_appendchar(json, 1, ',');
  *first = false;
}

void buckets_write_ts(const buckets_t *buckets, sqlite3_str *json) {
  bool first = true;
  sqlite3_str_appendchar(json, 1, '[');
  for (size_t i = 0; i < buckets->num; i++) {
    if (!buckets->buckets[i].used)
      continue;
    separate(json, &first);
    sqlite3_str_appendf(json, "%lld", (long long)buckets->buckets[i].ts);
  }
  sqlite3_str_appendchar(json, 1, ']');
}

void buckets_write_flagged(const buckets_t *buckets, sqlite3_str *json) {
  bool first = true;
  sqlite3_str_appendchar(json, 1, '[');
  for (size_t i = 0; i < buckets->num; i++) {
    if (!buckets->buckets[i].used)
      continue;
    separate(json, &first);
    sqlite3_str_appendchar(json, 1, buckets->buckets[i].flagged ? '1' : '0');
  }
  sqlite3_str_appendchar(json, 1, ']');
}

static void write_column(const buckets_t *buckets, size_t column, bool high,
                         sqlite3_str *json) {
  bool first = true;
  sqlite3_str_appendchar(json, 1, '[');
  for (size_t i = 0; i < buckets->num; i++) {
    if (!buckets->buckets[i].used)
      continue;
    const range_t *range = &buckets->ranges[i * buckets->columns + column];
    separate(json, &first);
    json_number(json, high ? range->high : range->low, DIGITS);
  }
  sqlite3_str_appendchar(json, 1, ']');
}

void buckets_write_min(const buckets_t *buckets, size_t column,
                       sqlite3_str *json) {
  write_column(buckets, column, false, json);
}

void buckets_write_max(const buckets_t *buckets, size_t column,
                       sqlite3_str *json) {
  write_column(buckets, column, true, json);
}

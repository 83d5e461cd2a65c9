/* SPDX-License-Identifier: MIT */
/*
 * series_upload.c -- charts of an upload, from the arrays that upload.h
 * describes
 */
#include "dashboard/api/series_upload.h"

#include "dashboard/api/query.h"
#include "dashboard/api/series_reply.h"
#include "dashboard/json.h"
#include "plugin/detector/detector.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  request_t *request;
  live_view_t view;
  int64_t run_id;
  series_span_t span;
  buckets_t *buckets;

  /* of the row in `uploads`; the arrays are the statement's */
  sqlite3_stmt *upload;
  size_t rows;
  const char *ts;
  const char *scores;
  double threshold;

  int64_t features; /* so many names are to come, in the features' order */
  char *names[DETECTOR_FEATURES_MAX];
  int64_t names_num;
} series_t;

/* Blobs need not be aligned. */
static int64_t ts_of(const series_t *series, size_t row) {
  int64_t ts = 0;
  memcpy(&ts, series->ts + row * sizeof(ts), sizeof(ts));
  return ts;
}

static double number_of(const char *blob, size_t row) {
  double number = 0;
  memcpy(&number, blob + row * sizeof(number), sizeof(number));
  return number;
}

static sqlite3_stmt *prepare(series_t *series, const char *text) {
  sqlite3_str *sql = sqlite3_str_new(series->view.db);
  sqlite3_str_appendall(sql, text);
  sqlite3_stmt *statement = query_prepare(series->request, &series->view, sql);
  if (statement != NULL)
    sqlite3_bind_int64(statement, 1, series->run_id);
  return statement;
}

/* false after a reply. */
static bool read_upload(series_t *series) {
  series->upload = prepare(
      series, "SELECT ts, score, threshold, started_at, ended_at,"
              " (SELECT count(*) FROM upload_features WHERE run_id = ?1)"
              " FROM uploads JOIN runs ON runs.id = run_id WHERE run_id = ?1");
  if (series->upload == NULL)
    return false;
  int code = sqlite3_step(series->upload);
  if (code == SQLITE_DONE)
    request_reply_error(series->request, MHD_HTTP_NOT_FOUND,
                        "there is no such upload");
  else if (code != SQLITE_ROW)
    query_failed(series->request, &series->view);
  if (code != SQLITE_ROW)
    return false;
  series->ts = sqlite3_column_blob(series->upload, 0);
  series->rows =
      (size_t)sqlite3_column_bytes(series->upload, 0) / sizeof(int64_t);
  series->scores = sqlite3_column_blob(series->upload, 1);
  series->threshold = sqlite3_column_double(series->upload, 2);
  series->span.from = series_ts(sqlite3_column_int64(series->upload, 3));
  series->span.to = series_ts(sqlite3_column_int64(series->upload, 4)) + 1;
  series->features = sqlite3_column_int64(series->upload, 5);
  if ((size_t)sqlite3_column_bytes(series->upload, 1) ==
          series->rows * sizeof(double) &&
      series->features <= DETECTOR_FEATURES_MAX)
    return true;
  request_reply_error(series->request, MHD_HTTP_SERVICE_UNAVAILABLE,
                      "the upload is damaged");
  return false;
}

static void add_scores(series_t *series) {
  for (size_t row = 0; row < series->rows; row++) {
    double score = number_of(series->scores, row);
    buckets_row(series->buckets, ts_of(series, row), score > series->threshold);
    buckets_add(series->buckets, SERIES_SCORE, score, score);
    buckets_add(series->buckets, SERIES_THRESHOLD, series->threshold,
                series->threshold);
  }
}

static void add_feature(series_t *series, size_t feature, const char *data) {
  for (size_t row = 0; row < series->rows; row++) {
    double value = number_of(data, row);
    buckets_row(series->buckets, ts_of(series, row), false);
    buckets_add(series->buckets, SERIES_FEATURES + feature, value, value);
  }
}

/* One column after the other: only one is in memory. false after a reply. */
static bool add_features(series_t *series) {
  sqlite3_stmt *statement =
      prepare(series, "SELECT name, data FROM upload_features"
                      " WHERE run_id = ?1 ORDER BY position");
  if (statement == NULL)
    return false;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    size_t bytes = (size_t)sqlite3_column_bytes(statement, 1);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    char *name = text == NULL ? NULL : strdup(text);
    if (name == NULL || bytes != series->rows * sizeof(double) ||
        series->names_num == series->features) {
      free(name);
      break;
    }
    series->names[series->names_num] = name;
    add_feature(series, (size_t)series->names_num++,
                sqlite3_column_blob(statement, 1));
  }
  sqlite3_finalize(statement);
  bool whole = code == SQLITE_DONE && series->names_num == series->features;
  if (!whole)
    request_reply_error(series->request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "the upload cannot be read");
  return whole;
}

/* The step in the middle, for the usual one. */
static int64_t interval_of(const series_t *series) {
  return series->rows < 2
             ? 0
             : llabs(series_ts(ts_of(series, series->rows / 2)) -
                     series_ts(ts_of(series, series->rows / 2 - 1)));
}

static void write_feature(void *context, size_t i, sqlite3_str *json) {
  const series_t *series = context;
  sqlite3_str_appendall(json, "\"name\":");
  json_text(json, series->names[i]);
}

static void reply(series_t *series) {
  size_t features = (size_t)series->features;
  series->buckets =
      buckets_create(series->span.from, series->span.to, series->span.step,
                     SERIES_FEATURES + features);
  if (series->buckets == NULL) {
    request_reply_error(series->request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "out of memory: ask for fewer points");
    return;
  }
  add_scores(series);
  if (add_features(series))
    series_reply(series->request, series->buckets, &series->span,
                 interval_of(series), features, write_feature, series);
}

void series_of_upload(request_t *request, int64_t run_id) {
  series_t series = {.request = request, .run_id = run_id};
  if (!query_begin(request, &series.view, NULL))
    return;
  if (read_upload(&series) && series_span(request, &series.span))
    reply(&series);
  buckets_destroy(series.buckets);
  for (int64_t i = 0; i < series.names_num; i++)
    free(series.names[i]);
  sqlite3_finalize(series.upload);
  query_end(request, &series.view);
}

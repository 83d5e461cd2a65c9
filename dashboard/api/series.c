/* SPDX-License-Identifier: MIT */
/*
 * series.c -- charts of a host, from its samples or from what the writer has
 * made of them a minute or an hour
 *
 * Never more than about 60 rows are read for a point: of a week at ten seconds
 * it is ten thousand minutes, of a year nine thousand hours.
 */
#include "dashboard/api/api.h"
#include "dashboard/api/query.h"
#include "dashboard/api/series_reply.h"
#include "dashboard/api/series_upload.h"
#include "dashboard/api/usual.h"
#include "dashboard/json.h"
#include "plugin/storage/rollup.h"

#include <math.h>
#include <stdlib.h>

#define USUAL_DIGITS 6
#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)

typedef struct {
  request_t *request;
  live_view_t view;
  const char *host;
  char *detector;
  names_t features;
  names_t units;
  usual_t *usual; /* of each feature; NULL: not asked for */
  int64_t interval;
  series_span_t span;
  const rollup_level_t *level; /* NULL: the samples themselves */
} series_t;

/* ts of the host's last row and the step to it. false after a reply. */
static bool read_newest(series_t *series, int64_t *newest) {
  sqlite3_str *sql = sqlite3_str_new(series->view.db);
  sqlite3_str_appendf(sql,
                      "SELECT ts FROM \"samples_%w\" WHERE host = ?1"
                      " ORDER BY ts DESC LIMIT 2",
                      series->detector);
  sqlite3_stmt *statement = query_prepare(series->request, &series->view, sql);
  if (statement == NULL)
    return false;
  query_bind(statement, 1, series->host);
  bool known = sqlite3_step(statement) == SQLITE_ROW;
  if (known)
    *newest = series_ts(sqlite3_column_int64(statement, 0));
  if (known && sqlite3_step(statement) == SQLITE_ROW)
    series->interval = *newest - series_ts(sqlite3_column_int64(statement, 0));
  sqlite3_finalize(statement);
  if (!known)
    request_reply_json(series->request, MHD_HTTP_OK,
                       sqlite3_mprintf("%s", SERIES_EMPTY));
  return known;
}

/* The coarsest level whose rows are no longer than a step, which becomes a
 * multiple of them. */
static void choose_level(series_t *series) {
  for (size_t i = 0; i < rollup_levels_num; i++) {
    const rollup_level_t *level = &rollup_levels[i];
    char table[256] = "";
    sqlite3_snprintf(sizeof(table), table, "%s_%s", level->name,
                     series->detector);
    if (level->ms <= series->span.step &&
        catalog_has_table(series->view.db, table))
      series->level = level;
  }
  if (series->level == NULL)
    return;
  int64_t ms = series->level->ms;
  series->span.step = (series->span.step + ms - 1) / ms * ms;
  /* whole rows at the beginning */
  series->span.from -= ((series->span.from % ms) + ms) % ms;
}

static sqlite3_stmt *select_rows(series_t *series) {
  sqlite3_str *sql = sqlite3_str_new(series->view.db);
  bool raw = series->level == NULL;
  sqlite3_str_appendall(sql, raw ? "SELECT ts, flagged, score, threshold"
                                 : "SELECT ts, flagged, score_min, score_max,"
                                   " threshold_min, threshold_max");
  for (size_t i = 0; i < series->features.num; i++)
    sqlite3_str_appendf(sql, raw ? ", \"%w\"" : ", \"%w_min\", \"%w_max\"",
                        series->features.items[i], series->features.items[i]);
  sqlite3_str_appendf(sql,
                      " FROM \"%w_%w\""
                      " WHERE host = ?1 AND ts >= ?2 AND ts < ?3 ORDER BY ts",
                      raw ? "samples" : series->level->name, series->detector);
  sqlite3_stmt *statement = query_prepare(series->request, &series->view, sql);
  if (statement != NULL) {
    query_bind(statement, 1, series->host);
    sqlite3_bind_int64(statement, 2, series->span.from);
    sqlite3_bind_int64(statement, 3, series->span.to);
  }
  return statement;
}

/* NULL reads as 0; only then is its type asked for, since the calls are a good
 * part of the time that a series takes. */
static double number(sqlite3_stmt *statement, int column) {
  double value = sqlite3_column_double(statement, column);
  if (value == 0 && sqlite3_column_type(statement, column) == SQLITE_NULL)
    return NAN;
  return value;
}

/* 0, or -1 after a reply. */
static int fill(series_t *series, sqlite3_stmt *statement, buckets_t *buckets) {
  bool raw = series->level == NULL;
  size_t columns = SERIES_FEATURES + series->features.num;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    int next = 2;
    buckets_row(buckets, sqlite3_column_int64(statement, 0),
                sqlite3_column_int(statement, 1) > 0);
    for (size_t i = 0; i < columns; i++) {
      double low = number(statement, next++);
      double high = raw ? low : number(statement, next++);
      buckets_add(buckets, i, low, high);
    }
  }
  if (code == SQLITE_DONE)
    return 0;
  query_failed(series->request, &series->view);
  return -1;
}

static void write_feature(void *context, size_t i, sqlite3_str *json) {
  const series_t *series = context;
  sqlite3_str_appendall(json, "\"name\":");
  json_text(json, series->features.items[i]);
  sqlite3_str_appendall(json, ",\"unit\":");
  json_text(json, series->units.items[i]);
  usual_t usual = {.low = NAN, .high = NAN};
  if (series->usual != NULL)
    usual = series->usual[i];
  sqlite3_str_appendall(json, ",\"low\":");
  json_number(json, usual.low, USUAL_DIGITS);
  sqlite3_str_appendall(json, ",\"high\":");
  json_number(json, usual.high, USUAL_DIGITS);
}

static void reply(series_t *series) {
  buckets_t *buckets = NULL;
  sqlite3_stmt *statement = select_rows(series);
  if (statement == NULL)
    return;
  buckets =
      buckets_create(series->span.from, series->span.to, series->span.step,
                     SERIES_FEATURES + series->features.num);
  if (buckets == NULL)
    request_reply_error(series->request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "out of memory: ask for fewer points");
  else if (fill(series, statement, buckets) == 0)
    series_reply(series->request, buckets, &series->span, series->interval,
                 series->features.num, write_feature, series);
  buckets_destroy(buckets);
  sqlite3_finalize(statement);
}

/* false after a reply. Charts of a day and more show by themselves what is
 * usual; it is not asked for twice. */
static bool read_features(series_t *series) {
  sqlite3 *db = series->view.db;
  bool wanted = series->span.to - series->span.from < DAY_MS;
  bool good = catalog_features(db, series->detector, &series->features) == 0 &&
              catalog_units(db, series->detector, &series->features,
                            &series->units) == 0;
  if (good && wanted)
    series->usual = usual_read(db, series->detector, series->host,
                               &series->features, series->span.to);
  if (good && (series->usual != NULL || !wanted))
    return true;
  query_failed(series->request, &series->view);
  return false;
}

static void series_of_host(request_t *request) {
  series_t series = {.request = request};
  int64_t newest = 0;
  if (!request_text(request, "host", &series.host))
    return;
  if (series.host == NULL) {
    request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                        "host: expected the name of a host");
    return;
  }
  if (!query_begin(request, &series.view, SERIES_EMPTY))
    return;
  if (!query_detector(request, &series.view, SERIES_EMPTY, &series.detector) ||
      !read_newest(&series, &newest))
    goto end;
  series.span = (series_span_t){.from = newest - HOUR_MS, .to = newest + 1};
  if (!series_span(request, &series.span) || !read_features(&series))
    goto end;
  choose_level(&series);
  reply(&series);
end:
  free(series.usual);
  names_free(&series.units);
  names_free(&series.features);
  free(series.detector);
  query_end(request, &series.view);
}

void api_series(request_t *request) {
  int64_t run_id = 0;
  if (!request_integer(request, "run", 0, INT64_MAX, -1, &run_id))
    return;
  if (run_id >= 0)
    series_of_upload(request, run_id);
  else
    series_of_host(request);
}

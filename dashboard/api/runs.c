/* SPDX-License-Identifier: MIT */
/*
 * runs.c -- runs, live and uploaded, newest first
 */
#include "dashboard/api/api.h"
#include "dashboard/api/query.h"

/* clang-format off */
/* The id of a run is when it was made, in microseconds. */
#define RUN_FIELDS                                                             \
  "'id', id, 'timestamp', strftime('%Y-%m-%dT%H:%M:%fZ',"                      \
  "  CASE source WHEN 'live' THEN started_at / 1000.0 ELSE id / 1e6 END,"      \
  "  'unixepoch'),"                                                            \
  " 'source', source, 'host', host, 'detector', detector,"                     \
  " 'started_at', " QUERY_NUMBER("started_at") ","                             \
  " 'ended_at', " QUERY_NUMBER("ended_at") ","                                 \
  " 'interval', iif(source = 'live', (SELECT min(step) FROM"                   \
  "  (SELECT ts - lag(ts) OVER (ORDER BY ts) AS step FROM"                     \
  "   (SELECT ts FROM anomalies WHERE run_id = runs.id"                        \
  "    ORDER BY ts LIMIT 3))), NULL),"                                         \
  " 'total_points', " QUERY_NUMBER("total_points") ","                         \
  " 'anomalies_found', " QUERY_NUMBER("anomalies_found") ","                   \
  " 'peak_score', " QUERY_NUMBER("peak_score") ","                             \
  " 'peak_at', " QUERY_NUMBER("peak_at") ","                                   \
  " 'verdict', verdict, 'note', note,"                                         \
  " 'silent', json(iif(EXISTS(SELECT 1 FROM silent_runs"                       \
  "   WHERE run_id = runs.id), 'true', 'false')),"                             \
  " 'suspects', (SELECT json(suspects) FROM anomalies"                         \
  "   WHERE run_id = runs.id AND ts = runs.peak_at),"                          \
  " 'units', (SELECT json_group_object(name, unit) FROM features"              \
  "   WHERE features.detector = runs.detector)"

#define NOTICEABLE_SHARE QUERY_DIGITS(API_NOTICEABLE_SHARE)

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 10000

static const char runs_sql[] =
    "SELECT json_object(" RUN_FIELDS ") FROM runs"
    " WHERE id < ?1 AND (?2 IS NULL OR host = ?2)"
    " AND (?3 IS NULL OR detector = ?3) AND (?4 IS NULL OR source = ?4)"
    " AND (?5 = 0 OR ended_at IS NULL)"
    " AND (?6 IS NULL OR coalesce(ended_at, started_at) >= ?6)"
    " AND (?7 IS NULL OR started_at <= ?7)"
    " ORDER BY id DESC LIMIT ?8";

static const char run_sql[] =
    "SELECT json_object(" RUN_FIELDS ","
    " 'anomalies', (SELECT json_group_array(json_object("
    "   'ts', " QUERY_NUMBER("ts") ", 'score', " QUERY_NUMBER("score") ","
    "   'threshold', " QUERY_NUMBER("threshold") ","
    "   'fields', (SELECT json_group_array(value ->> 'feature')"
    "     FROM json_each(suspects)"
    "     WHERE key = 0 OR value ->> 'share' >= " NOTICEABLE_SHARE "),"
    "   'suspects', json(suspects), 'note', note))"
    "  FROM (SELECT * FROM anomalies WHERE run_id = ?1 ORDER BY ts)))"
    " FROM runs WHERE id = ?1";
/* clang-format on */

static sqlite3_stmt *prepare(request_t *request, const live_view_t *view,
                             const char *text) {
  sqlite3_str *sql = sqlite3_str_new(view->db);
  sqlite3_str_appendall(sql, text);
  return query_prepare(request, view, sql);
}

/* A filter by time that is NULL unless it is given. */
static bool bind_time(request_t *request, sqlite3_stmt *statement, int i,
                      const char *name) {
  int64_t ts = 0;
  if (!request_integer(request, name, INT64_MIN + 1, INT64_MAX, INT64_MIN, &ts))
    return false;
  if (ts != INT64_MIN)
    sqlite3_bind_int64(statement, i, ts);
  return true;
}

static bool bind_filters(request_t *request, sqlite3_stmt *statement) {
  int64_t before = 0;
  int64_t open = 0;
  int64_t limit = 0;
  const char *host = NULL;
  const char *detector = NULL;
  const char *source = NULL;
  if (!request_integer(request, "before", 0, INT64_MAX, INT64_MAX, &before) ||
      !request_integer(request, "open", 0, 1, 0, &open) ||
      !request_integer(request, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit) ||
      !request_text(request, "host", &host) ||
      !request_text(request, "detector", &detector) ||
      !request_text(request, "source", &source) ||
      !bind_time(request, statement, 6, "from") ||
      !bind_time(request, statement, 7, "to"))
    return false;
  sqlite3_bind_int64(statement, 1, before);
  query_bind(statement, 2, host);
  query_bind(statement, 3, detector);
  query_bind(statement, 4, source);
  sqlite3_bind_int64(statement, 5, open);
  sqlite3_bind_int64(statement, 8, limit);
  return true;
}

void api_runs(request_t *request) {
  live_view_t view;
  if (!query_begin(request, &view, "[]"))
    return;
  sqlite3_stmt *statement = prepare(request, &view, runs_sql);
  if (statement != NULL && bind_filters(request, statement))
    query_reply_rows(request, &view, statement);
  else
    sqlite3_finalize(statement);
  query_end(request, &view);
}

static void reply_run(request_t *request, const live_view_t *view,
                      sqlite3_stmt *statement) {
  sqlite3_bind_int64(statement, 1, request->id);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    request_reply_json(
        request, MHD_HTTP_OK,
        sqlite3_mprintf("%s", sqlite3_column_text(statement, 0)));
  else if (code == SQLITE_DONE)
    request_reply_error(request, MHD_HTTP_NOT_FOUND, "there is no such run");
  else
    query_failed(request, view);
  sqlite3_finalize(statement);
}

void api_run(request_t *request) {
  live_view_t view;
  if (!query_begin(request, &view, NULL))
    return;
  sqlite3_stmt *statement = prepare(request, &view, run_sql);
  if (statement != NULL)
    reply_run(request, &view, statement);
  query_end(request, &view);
}

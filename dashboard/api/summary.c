/* SPDX-License-Identifier: MIT */
/*
 * summary.c -- the totals
 */
#include "dashboard/api/api.h"
#include "dashboard/api/query.h"

static const char when_empty[] = "{\"records\":0,\"anomalies\":0,\"hosts\":0,"
                                 "\"open_runs\":0,\"last_ts\":null}";

void api_healthz(request_t *request) {
  request_reply_json(request, MHD_HTTP_OK,
                     sqlite3_mprintf("{\"status\":\"ok\"}"));
}

/* A row a detector: samples, flagged ones, the newest; the last term is for a
 * database without detectors. Summing hours is a hundred times as fast as
 * counting samples. */
static void append_counts(sqlite3_str *sql, const names_t *detectors) {
  for (size_t i = 0; i < detectors->num; i++) {
    const char *name = detectors->items[i];
    sqlite3_str_appendf(sql,
                        "SELECT coalesce(sum(samples), 0) AS records,"
                        " coalesce(sum(flagged), 0) AS flagged,"
                        " (SELECT max(ts) FROM \"samples_%w\") AS last_ts"
                        " FROM \"hours_%w\" UNION ALL ",
                        name, name);
  }
  sqlite3_str_appendall(sql, "SELECT 0 AS records, 0 AS flagged,"
                             " NULL AS last_ts");
}

/* Hops from host to host along the primary keys. */
static void append_hosts(sqlite3_str *sql, const names_t *detectors) {
  sqlite3_str_appendall(sql, "WITH RECURSIVE none(host) AS (SELECT NULL)");
  for (size_t i = 0; i < detectors->num; i++)
    sqlite3_str_appendf(
        sql,
        ", hosts_%d(host) AS (SELECT min(host) FROM \"samples_%w\" UNION ALL"
        " SELECT (SELECT min(host) FROM \"samples_%w\" WHERE host > "
        "before.host)"
        " FROM hosts_%d AS before WHERE before.host IS NOT NULL)",
        (int)i, detectors->items[i], detectors->items[i], (int)i);
  sqlite3_str_appendall(sql, ", hosts(host) AS (SELECT host FROM none");
  for (size_t i = 0; i < detectors->num; i++)
    sqlite3_str_appendf(sql, " UNION SELECT host FROM hosts_%d", (int)i);
  sqlite3_str_appendall(sql, ")");
}

void api_summary(request_t *request) {
  live_view_t view;
  names_t detectors = {0};
  if (!query_begin(request, &view, when_empty))
    return;
  if (catalog_detectors(view.db, &detectors) != 0) {
    query_failed(request, &view);
    goto end;
  }
  sqlite3_str *sql = sqlite3_str_new(view.db);
  append_hosts(sql, &detectors);
  /* With a Retention of 0 no sample is kept: what is left to count is runs. */
  sqlite3_str_appendall(
      sql, " SELECT json_object('records', sum(records),"
           " 'anomalies', CASE WHEN sum(records) > 0 THEN sum(flagged) ELSE"
           "  (SELECT coalesce(sum(anomalies_found), 0) FROM runs"
           "   WHERE source = 'live') END,"
           " 'hosts', (SELECT count(host) FROM hosts),"
           " 'open_runs', (SELECT count(*) FROM runs"
           "  WHERE ended_at IS NULL AND source = 'live'),"
           " 'last_ts', max(last_ts)) FROM (");
  append_counts(sql, &detectors);
  sqlite3_str_appendall(sql, ")");
  sqlite3_stmt *statement = query_prepare(request, &view, sql);
  if (statement != NULL)
    query_reply_value(request, &view, statement);
end:
  names_free(&detectors);
  query_end(request, &view);
}

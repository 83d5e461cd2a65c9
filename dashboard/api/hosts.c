/* SPDX-License-Identifier: MIT */
/*
 * hosts.c -- what each host is doing, with the last hour of its score
 */
#include "dashboard/api/api.h"
#include "dashboard/api/query.h"

/* %w: the detector, whose name is also bound to the parameter %d. The line has
 * the highest score of each of the last 60 minutes, oldest first. */
/* clang-format off */
static const char per_detector[] =
    "SELECT * FROM (WITH RECURSIVE hosts(host) AS ("
    "  SELECT min(host) FROM \"samples_%w\" UNION ALL"
    "  SELECT (SELECT min(host) FROM \"samples_%w\" WHERE host > hosts.host)"
    "  FROM hosts WHERE host IS NOT NULL),"
    " minutes(minute) AS (SELECT 59 UNION ALL"
    "  SELECT minute - 1 FROM minutes WHERE minute > 0)"
    " SELECT json_object('host', now.host, 'detector', ?%d,"
    "  'last_ts', " QUERY_NUMBER("now.ts") ","
    "  'interval', " QUERY_NUMBER("now.ts") " - (SELECT max(ts) FROM \"samples_%w\""
    "    WHERE host = now.host AND ts < now.ts),"
    "  'score', " QUERY_NUMBER("now.score") ","
    "  'threshold', " QUERY_NUMBER("now.threshold") ","
    "  'flagged', json(iif(now.flagged, 'true', 'false')),"
    "  'warming_up', json(iif(now.threshold IS NULL OR now.ts"
    "    - (SELECT min(ts) FROM \"samples_%w\" WHERE host = now.host)"
    "    < (SELECT warm_up FROM detectors WHERE detector = ?%d),"
    "    'true', 'false')),"
    "  'run_id', (SELECT max(id) FROM runs WHERE host = now.host"
    "    AND detector = ?%d AND ended_at IS NULL),"
    "  'runs_day', (SELECT count(*) FROM runs WHERE host = now.host"
    "    AND detector = ?%d AND source = 'live'"
    "    AND started_at > now.ts - 86400000),"
    "  'line', (SELECT json_group_array("
    "      (SELECT round(" QUERY_NUMBER("score_max") ", 4) FROM \"minutes_%w\""
    "        WHERE host = now.host"
    "        AND ts = (now.ts / 60000 - minute) * 60000)) FROM minutes))"
    "  AS line"
    " FROM hosts JOIN \"samples_%w\" AS now ON now.host = hosts.host"
    "  AND now.ts = (SELECT max(ts) FROM \"samples_%w\" AS newest"
    "    WHERE newest.host = hosts.host)"
    " ORDER BY now.score DESC)";
/* clang-format on */

static void append_detector(sqlite3_str *sql, const char *name, int i) {
  sqlite3_str_appendf(sql, per_detector, name, name, i, name, name, i, i, i,
                      name, name, name);
}

void api_hosts(request_t *request) {
  live_view_t view;
  names_t detectors = {0};
  if (!query_begin(request, &view, "[]"))
    return;
  if (catalog_detectors(view.db, &detectors) != 0) {
    query_failed(request, &view);
    goto end;
  }
  sqlite3_str *sql = sqlite3_str_new(view.db);
  for (size_t i = 0; i < detectors.num; i++) {
    append_detector(sql, detectors.items[i], (int)i + 1);
    sqlite3_str_appendall(sql, " UNION ALL ");
  }
  sqlite3_str_appendall(sql, "SELECT NULL WHERE 0");
  sqlite3_stmt *statement = query_prepare(request, &view, sql);
  if (statement != NULL) {
    for (size_t i = 0; i < detectors.num; i++)
      query_bind(statement, (int)i + 1, detectors.items[i]);
    query_reply_rows(request, &view, statement);
  }
end:
  names_free(&detectors);
  query_end(request, &view);
}

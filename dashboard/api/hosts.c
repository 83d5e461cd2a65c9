/* SPDX-License-Identifier: MIT */
/*
 * hosts.c -- what each host is doing, with the last hour of its score
 */
#include "dashboard/api/api.h"
#include "dashboard/api/query.h"
#include "plugin/detector/detector.h"

#define FLAGS_FROM QUERY_DIGITS(DETECTOR_FLAGS_FROM)
#define A_FEATURE QUERY_DIGITS(DETECTOR_FLAGS_FROM_A_FEATURE)

/* %w: the detector, whose name is also bound to the parameter %d. The interval
 * is the shorter of the last two steps: one may be a gap. No flag can be raised
 * while what was learned `since` is less than all that there is, or has the
 * beginning of a model in it, whose first rows have no threshold. The line has
 * the highest score of each of the last 60 minutes, oldest first. */
/* clang-format off */
static const char per_detector[] =
    "SELECT * FROM (WITH RECURSIVE hosts(host) AS ("
    "  SELECT min(host) FROM \"samples_%w\" UNION ALL"
    "  SELECT (SELECT min(host) FROM \"samples_%w\" WHERE host > hosts.host)"
    "  FROM hosts WHERE host IS NOT NULL),"
    " minutes(minute) AS (SELECT 59 UNION ALL"
    "  SELECT minute - 1 FROM minutes WHERE minute > 0),"
    " newest AS (SELECT samples.host, ts, score, threshold, flagged,"
    "   (SELECT min(step) FROM (SELECT ts - lead(ts) OVER (ORDER BY ts DESC)"
    "     AS step FROM (SELECT ts FROM \"samples_%w\""
    "      WHERE host = samples.host ORDER BY ts DESC LIMIT 3))) AS interval"
    "  FROM hosts JOIN \"samples_%w\" AS samples ON samples.host = hosts.host"
    "   AND ts = (SELECT max(ts) FROM \"samples_%w\""
    "     WHERE host = hosts.host)),"
    " now AS (SELECT *, ts - max(coalesce(interval * max(" FLAGS_FROM ","
    "    " A_FEATURE " * (SELECT count(*) FROM features"
    "      WHERE detector = ?%d)), 0),"
    "   coalesce((SELECT warm_up FROM detectors WHERE detector = ?%d), 0))"
    "   AS since FROM newest)"
    " SELECT json_object('host', host, 'detector', ?%d,"
    "  'last_ts', " QUERY_NUMBER("ts") ", 'interval', interval,"
    "  'score', " QUERY_NUMBER("score") ","
    "  'threshold', " QUERY_NUMBER("threshold") ","
    "  'flagged', json(iif(flagged, 'true', 'false')),"
    "  'warming_up', json(iif(threshold IS NULL"
    "    OR (SELECT min(ts) FROM \"samples_%w\" WHERE host = now.host) > since"
    "    OR (SELECT threshold FROM \"samples_%w\" WHERE host = now.host"
    "      AND ts >= since ORDER BY ts LIMIT 1) IS NOT NULL"
    "    AND EXISTS(SELECT 1 FROM \"samples_%w\" WHERE host = now.host"
    "      AND ts >= since AND threshold IS NULL), 'true', 'false')),"
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
    " FROM now ORDER BY score DESC)";
/* clang-format on */

static void append_detector(sqlite3_str *sql, const char *name, int i) {
  sqlite3_str_appendf(sql, per_detector, name, name, name, name, name, i, i, i,
                      name, name, name, i, i, name);
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

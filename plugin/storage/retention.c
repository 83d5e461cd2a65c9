/* SPDX-License-Identifier: MIT */
/*
 * retention.c -- deletes old samples, a little at a time
 *
 * Age is measured from the newest sample, so that the backfill of an old record
 * is not deleted while it is written; but never from later than now, so that
 * one host with a clock in the future does not delete everybody's samples.
 * Tables of detectors that are no longer configured stay as they are.
 */
#include "plugin/storage/retention.h"

/* The span of a table; an empty one begins after it ends. */
static int read_span(database_t *db, const detector_t *detector,
                     int64_t *oldest, int64_t *newest) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(
          db, &statement,
          "SELECT coalesce((SELECT min(ts) FROM \"samples_%w\"), 1),"
          " coalesce((SELECT max(ts) FROM \"samples_%w\"), 0)",
          detector->name, detector->name) != 0)
    return -1;
  int status = 0;
  if (sqlite3_step(statement) == SQLITE_ROW) {
    *oldest = sqlite3_column_int64(statement, 0);
    *newest = sqlite3_column_int64(statement, 1);
  } else {
    status = database_failed(db);
  }
  sqlite3_finalize(statement);
  return status;
}

int retention_slice(database_t *db, const detector_t *detector,
                    int64_t retention, int64_t now, int *deleted) {
  int64_t oldest = 0;
  int64_t newest = 0;
  *deleted = 0;
  if (read_span(db, detector, &oldest, &newest) != 0)
    return -1;
  int64_t until = (newest < now ? newest : now) - retention * 1000;
  if (oldest > until)
    return 0; /* without asking for the write lock */

  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "DELETE FROM \"samples_%w\" WHERE (host, ts) IN"
                       " (SELECT host, ts FROM \"samples_%w\""
                       "  WHERE ts <= ?1 ORDER BY ts LIMIT ?2)",
                       detector->name, detector->name) != 0)
    return -1;
  sqlite3_bind_int64(statement, 1, until);
  sqlite3_bind_int(statement, 2, RETENTION_SLICE);
  int status = 0;
  if (sqlite3_step(statement) == SQLITE_DONE)
    *deleted = sqlite3_changes(db->handle);
  else
    status = database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * retention.c -- see retention.h
 *
 * Age is measured from the newest sample, so that the backfill of an old record
 * is not deleted while it is written; but never from later than now, so that
 * one host with a clock in the future does not delete everybody's samples.
 * Tables of detectors that are no longer configured stay as they are, until the
 * file is too large.
 */
#include "plugin/storage/retention.h"

#include <stdio.h>

#define DAY_MS (86400 * INT64_C(1000))
#define TABLE_SIZE 260 /* bytes of 64 characters and the end */

/* Deletes up to RETENTION_SLICE samples of the table, none later than `until`,
 * the oldest first. */
static int delete_oldest(database_t *db, const char *table, int64_t until,
                         int *deleted) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "DELETE FROM \"%w\" WHERE (host, ts) IN"
                       " (SELECT host, ts FROM \"%w\""
                       "  WHERE ts <= ?1 ORDER BY ts LIMIT ?2)",
                       table, table) != 0)
    return -1;
  sqlite3_bind_int64(statement, 1, until);
  sqlite3_bind_int(statement, 2, RETENTION_SLICE);
  if (database_run(db, statement) != 0)
    return -1;
  *deleted = sqlite3_changes(db->handle);
  return 0;
}

/* --- by age --- */

/* The span of a table; an empty one begins after it ends. */
static int read_span(database_t *db, const char *table, int64_t *oldest,
                     int64_t *newest) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT coalesce((SELECT min(ts) FROM \"%w\"), 1),"
                       " coalesce((SELECT max(ts) FROM \"%w\"), 0)",
                       table, table) != 0)
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
  char table[TABLE_SIZE] = "";
  int64_t oldest = 0;
  int64_t newest = 0;
  *deleted = 0;
  snprintf(table, sizeof(table), "samples_%s", detector->name);
  if (read_span(db, table, &oldest, &newest) != 0)
    return -1;
  int64_t age = retention * 1000;
  int64_t end = newest < now ? newest : now;
  if (end < INT64_MIN + age || oldest > end - age)
    return 0; /* without asking for the write lock */
  return delete_oldest(db, table, end - age, deleted);
}

/* --- models --- */

/* How many there are too many, RETENTION_MODELS at most. */
static int count_spare(database_t *db, const detector_t *detector, size_t max,
                       int64_t *spare) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT max(0, min(count(*) - ?2, ?3)) FROM models"
                       " WHERE detector = ?1") != 0)
    return -1;
  database_bind_text(statement, 1, detector->name);
  sqlite3_bind_int64(statement, 2, (int64_t)max);
  sqlite3_bind_int(statement, 3, RETENTION_MODELS);
  return database_result(db, statement, spare);
}

int retention_models(database_t *db, const detector_t *detector, size_t max,
                     int64_t now, int *deleted) {
  sqlite3_stmt *statement = NULL;
  int64_t spare = 0;
  *deleted = 0;
  if (count_spare(db, detector, max, &spare) != 0)
    return -1;
  if (spare == 0)
    return 0; /* without asking for the write lock */
  if (database_prepare(db, &statement,
                       "DELETE FROM models WHERE rowid IN"
                       " (SELECT rowid FROM models WHERE detector = ?1"
                       "  ORDER BY saved_at > ?2 DESC, saved_at LIMIT ?3)") !=
      0)
    return -1;
  database_bind_text(statement, 1, detector->name);
  sqlite3_bind_int64(statement, 2, now + DAY_MS);
  sqlite3_bind_int64(statement, 3, spare);
  if (database_run(db, statement) != 0)
    return -1;
  *deleted = sqlite3_changes(db->handle);
  return 0;
}

/* --- by size --- */

/* The table that has the oldest sample of all; "" when there is none. */
static int find_oldest(database_t *db, char oldest[TABLE_SIZE]) {
  sqlite3_stmt *tables = NULL;
  int64_t oldest_ts = INT64_MAX;
  int code = SQLITE_ROW;
  oldest[0] = '\0';
  if (database_prepare(db, &tables,
                       "SELECT tbl_name FROM sqlite_schema"
                       " WHERE type = 'index' AND name = tbl_name || '_by_ts'"
                       " AND tbl_name GLOB 'samples_*'"
                       " AND length(tbl_name) <= 64") != 0)
    return -1;
  while ((code = sqlite3_step(tables)) == SQLITE_ROW) {
    const char *table = (const char *)sqlite3_column_text(tables, 0);
    int64_t first = 0;
    int64_t last = 0;
    if (read_span(db, table, &first, &last) != 0)
      break;
    if (first <= last && first < oldest_ts) {
      oldest_ts = first;
      snprintf(oldest, TABLE_SIZE, "%s", table);
    }
  }
  int status = code == SQLITE_DONE  ? 0
               : code == SQLITE_ROW ? -1
                                    : database_failed(db);
  sqlite3_finalize(tables);
  return status;
}

int retention_make_room(database_t *db, int64_t size_max, bool *over,
                        int *deleted) {
  char table[TABLE_SIZE] = "";
  int64_t size = 0;
  *deleted = 0;
  if (database_integer(db,
                       "SELECT (page_count - freelist_count) * page_size"
                       " FROM pragma_page_count, pragma_freelist_count,"
                       "  pragma_page_size",
                       &size) != 0)
    return -1;
  *over = size > size_max;
  if (!*over)
    return 0;
  if (find_oldest(db, table) != 0)
    return -1;
  return table[0] == '\0' ? 0 : delete_oldest(db, table, INT64_MAX, deleted);
}

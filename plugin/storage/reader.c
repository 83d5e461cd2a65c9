/* SPDX-License-Identifier: MIT */
/*
 * reader.c -- queries made at the start, and when a model is asked for
 */
#include "plugin/storage/reader.h"
#include "plugin/storage/forget.h"
#include "plugin/storage/run_id.h"

#include <stdlib.h>
#include <string.h>

/* run_t.ended_at of an open run has no column of its own: the last flagged
 * frame is the newest anomaly. */
static const char open_run_sql[] =
    "SELECT id, started_at,"
    "  (SELECT max(ts) FROM anomalies WHERE run_id = id),"
    "  total_points, anomalies_found, peak_score, peak_at,"
    "  EXISTS(SELECT 1 FROM silent_runs WHERE run_id = id)"
    " FROM runs WHERE host = ?1 AND detector = ?2 AND source = 'live'"
    "  AND ended_at IS NULL ORDER BY id DESC LIMIT 1";

/* Hops from host to host along the primary key; a GROUP BY would read the whole
 * table. */
static const char samples_newest_sql[] =
    "WITH RECURSIVE hosts(host) AS ("
    "  SELECT min(host) FROM \"samples_%w\""
    "  UNION ALL"
    "  SELECT (SELECT min(host) FROM \"samples_%w\" WHERE host > hosts.host)"
    "  FROM hosts WHERE host IS NOT NULL)"
    " SELECT host, (SELECT max(ts) FROM \"samples_%w\" AS samples"
    "   WHERE samples.host = hosts.host)"
    " FROM hosts WHERE host IS NOT NULL";

static const char others_newest_sql[] =
    "SELECT host, max(saved_at) FROM models GROUP BY host"
    " UNION ALL"
    " SELECT host, max(max(started_at, coalesce(peak_at, started_at),"
    "   coalesce(ended_at, started_at)))"
    " FROM runs WHERE source = 'live' AND host IS NOT NULL"
    "  AND started_at IS NOT NULL GROUP BY host";

/* Ends a query: `code` is what its last step returned. */
static int finish(database_t *db, sqlite3_stmt *statement, int code) {
  int status =
      code == SQLITE_DONE || code == SQLITE_ROW ? 0 : database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

static const char *text(sqlite3_stmt *statement, int column) {
  const char *value = (const char *)sqlite3_column_text(statement, column);
  return value == NULL ? "" : value;
}

static int read_image(database_t *db, const char *host, const char *detector,
                      storage_answer_t *answer) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT image FROM models"
                       " WHERE host = %Q AND detector = %Q",
                       host, detector) != 0)
    return -1;
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    const void *image = sqlite3_column_blob(statement, 0);
    size_t size = (size_t)sqlite3_column_bytes(statement, 0);
    /* Without memory for it, the model is learned anew. */
    answer->image = image == NULL ? NULL : malloc(size);
    if (answer->image != NULL) {
      memcpy(answer->image, image, size);
      answer->image_size = size;
    }
  }
  return finish(db, statement, code);
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

static int read_open_run(database_t *db, const char *host, const char *detector,
                         storage_answer_t *answer) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement, "%s", open_run_sql) != 0)
    return -1;
  database_bind_text(statement, 1, host);
  database_bind_text(statement, 2, detector);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    run_t *run = &answer->run;
    answer->run_open = true;
    answer->run_id = sqlite3_column_int64(statement, 0);
    run->started_at = sqlite3_column_int64(statement, 1);
    run->ended_at = later(run->started_at, sqlite3_column_int64(statement, 2));
    run->points = (uint64_t)sqlite3_column_int64(statement, 3);
    run->anomalies = (uint64_t)sqlite3_column_int64(statement, 4);
    run->peak_score = sqlite3_column_double(statement, 5);
    run->peak_at = sqlite3_column_int64(statement, 6);
    run->silent = sqlite3_column_int(statement, 7) != 0;
  }
  return finish(db, statement, code);
}

static int read_last_run(database_t *db, const char *host, const char *detector,
                         storage_answer_t *answer) {
  sqlite3_stmt *statement = NULL;
  answer->last_run = INT64_MIN;
  if (database_prepare(db, &statement,
                       "SELECT started_at FROM runs"
                       " WHERE host = %Q AND detector = %Q AND source = 'live'"
                       " AND started_at IS NOT NULL"
                       " ORDER BY started_at DESC LIMIT 1",
                       host, detector) != 0)
    return -1;
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    answer->last_run = sqlite3_column_int64(statement, 0);
  return finish(db, statement, code);
}

int reader_model(database_t *db, const char *host, const char *detector,
                 storage_answer_t *answer) {
  if (forget_asked_at(db, host, detector, &answer->forgotten_at) == 0 &&
      (answer->forgotten_at != 0 ||
       read_image(db, host, detector, answer) == 0) &&
      read_open_run(db, host, detector, answer) == 0 &&
      read_last_run(db, host, detector, answer) == 0)
    return 0;
  free(answer->image);
  answer->image = NULL;
  answer->image_size = 0;
  return -1;
}

int reader_orphans(database_t *db,
                   void (*found)(void *context, const char *host,
                                 const char *detector),
                   void *context) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT DISTINCT host, detector FROM runs"
                       " WHERE source = 'live' AND ended_at IS NULL") != 0)
    return -1;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    found(context, text(statement, 0), text(statement, 1));
  return finish(db, statement, code);
}

static int each_newest(database_t *db, sqlite3_stmt *statement,
                       void (*found)(void *context, const char *host,
                                     int64_t ts),
                       void *context) {
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    found(context, text(statement, 0), sqlite3_column_int64(statement, 1));
  return finish(db, statement, code);
}

int reader_newest(database_t *db, const detector_t *const *detectors,
                  size_t detectors_num,
                  void (*found)(void *context, const char *host, int64_t ts),
                  void *context) {
  sqlite3_stmt *statement = NULL;
  for (size_t i = 0; i < detectors_num; i++) {
    const char *name = detectors[i]->name;
    if (database_prepare(db, &statement, samples_newest_sql, name, name,
                         name) != 0 ||
        each_newest(db, statement, found, context) != 0)
      return -1;
  }
  if (database_prepare(db, &statement, "%s", others_newest_sql) != 0)
    return -1;
  return each_newest(db, statement, found, context);
}

int reader_newest_run(database_t *db, int64_t *id) {
  char sql[96] = "";
  sqlite3_snprintf(sizeof(sql), sql,
                   "SELECT coalesce(max(id), 0) FROM runs WHERE id < %lld",
                   (long long)RUN_ID_MAX);
  return database_integer(db, sql, id);
}

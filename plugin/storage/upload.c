/* SPDX-License-Identifier: MIT */
/*
 * upload.c -- see upload.h
 */
#include "plugin/storage/upload.h"
#include "plugin/storage/change.h"
#include "plugin/storage/reader.h"
#include "plugin/storage/run_id.h"
#include "plugin/storage/suspects.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- writing --- */

static int write_run(database_t *db, const upload_t *upload, int64_t id) {
  sqlite3_stmt *run = NULL;
  int64_t first = upload->ts[0];
  int64_t last = upload->ts[0];
  size_t peak = 0;
  for (size_t i = 0; i < upload->rows; i++) {
    first = upload->ts[i] < first ? upload->ts[i] : first;
    last = upload->ts[i] > last ? upload->ts[i] : last;
    peak = upload->scores[i] > upload->scores[peak] ? i : peak;
  }
  if (database_prepare(db, &run,
                       "INSERT INTO runs(id, source, started_at, ended_at,"
                       " total_points, anomalies_found, peak_score, peak_at)"
                       " VALUES(?, ?, ?, ?, ?, ?, ?, ?)") != 0)
    return -1;
  sqlite3_bind_int64(run, 1, id);
  database_bind_text(run, 2, upload->source);
  sqlite3_bind_int64(run, 3, first);
  sqlite3_bind_int64(run, 4, last);
  sqlite3_bind_int64(run, 5, (sqlite3_int64)upload->rows);
  sqlite3_bind_int64(run, 6, (sqlite3_int64)upload->anomalies_num);
  database_bind_number(run, 7, upload->scores[peak]);
  sqlite3_bind_int64(run, 8, upload->ts[peak]);
  return database_run(db, run);
}

static int write_anomalies(database_t *db, const upload_t *upload, int64_t id) {
  sqlite3_stmt *statement = NULL;
  int status = 0;
  if (database_prepare(
          db, &statement,
          "INSERT INTO anomalies(run_id, ts, score, threshold, suspects, note)"
          " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
          " ON CONFLICT(run_id, ts) DO UPDATE SET score = excluded.score,"
          "  threshold = excluded.threshold, suspects = excluded.suspects,"
          "  note = excluded.note WHERE excluded.score > score") != 0)
    return -1;
  for (size_t i = 0; status == 0 && i < upload->anomalies_num; i++) {
    const storage_anomaly_t *anomaly = &upload->anomalies[i];
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, anomaly->ts);
    database_bind_number(statement, 3, anomaly->score);
    database_bind_number(statement, 4, anomaly->threshold);
    sqlite3_bind_text(statement, 5,
                      suspects_json(upload->detector, anomaly->suspects,
                                    anomaly->suspects_num),
                      -1, sqlite3_free);
    database_bind_text(statement, 6, anomaly->note);
    if (sqlite3_step(statement) != SQLITE_DONE)
      status = database_failed(db);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  return status;
}

static int write_columns(database_t *db, const upload_t *upload, int64_t id) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "INSERT INTO uploads(run_id, threshold, ts, score)"
                       " VALUES(?, ?, ?, ?)") != 0)
    return -1;
  sqlite3_bind_int64(statement, 1, id);
  database_bind_number(statement, 2, upload->threshold);
  sqlite3_bind_blob64(statement, 3, upload->ts,
                      upload->rows * sizeof(*upload->ts), SQLITE_STATIC);
  sqlite3_bind_blob64(statement, 4, upload->scores,
                      upload->rows * sizeof(*upload->scores), SQLITE_STATIC);
  return database_run(db, statement);
}

/* `column` has room for all rows. */
static int write_feature(database_t *db, const upload_t *upload, int64_t id,
                         size_t feature, double *column) {
  sqlite3_stmt *statement = NULL;
  size_t num = upload->detector->features_num;
  for (size_t i = 0; i < upload->rows; i++)
    column[i] = upload->values[i * num + feature];
  if (database_prepare(
          db, &statement,
          "INSERT INTO upload_features(run_id, position, name, data)"
          " VALUES(?, ?, ?, ?)") != 0)
    return -1;
  sqlite3_bind_int64(statement, 1, id);
  sqlite3_bind_int64(statement, 2, (sqlite3_int64)feature);
  database_bind_text(statement, 3, upload->detector->features[feature].name);
  sqlite3_bind_blob64(statement, 4, column, upload->rows * sizeof(*column),
                      SQLITE_STATIC);
  return database_run(db, statement);
}

static int write_features(database_t *db, const upload_t *upload, int64_t id) {
  double *column = calloc(upload->rows, sizeof(*column));
  if (column == NULL)
    return database_refused(db, "out of memory");
  int status = 0;
  for (size_t i = 0; status == 0 && i < upload->detector->features_num; i++)
    status = write_feature(db, upload, id, i, column);
  free(column);
  return status;
}

/* In the transaction, so that nobody else takes an id. */
static int choose_id(database_t *db, int64_t *id) {
  int64_t newest = 0;
  if (reader_newest_run(db, &newest) != 0)
    return -1;
  run_id_seen(newest);
  *id = storage_run_id();
  return 0;
}

static int write_all(database_t *db, const upload_t *upload, int64_t *id) {
  if (choose_id(db, id) != 0 || write_run(db, upload, *id) != 0 ||
      write_anomalies(db, upload, *id) != 0 ||
      write_columns(db, upload, *id) != 0)
    return -1;
  return write_features(db, upload, *id);
}

/* Ends a change; keeps what it complained of. */
static int end(change_t *change, int status, char error[UPLOAD_ERROR_SIZE]) {
  status = change_end(change, status);
  if (status != 0)
    memcpy(error, change->db.error, UPLOAD_ERROR_SIZE);
  return status;
}

int upload_write(const char *path, const upload_t *upload, int64_t *run_id,
                 char error[UPLOAD_ERROR_SIZE]) {
  change_t change;
  if (change_begin(&change, path) != 0) {
    memcpy(error, change.db.error, UPLOAD_ERROR_SIZE);
    return -1;
  }
  return end(&change, write_all(&change.db, upload, run_id), error);
}

/* --- changing --- */

/* A statement that changes one row or none: 0, or 1: none. */
static int change_row(const char *path,
                      sqlite3_stmt *(*prepare)(database_t *db, void *context),
                      void *context, char error[UPLOAD_ERROR_SIZE]) {
  change_t change;
  if (access(path, F_OK) != 0)
    return 1; /* nothing must be made for it */
  if (change_begin(&change, path) != 0) {
    memcpy(error, change.db.error, UPLOAD_ERROR_SIZE);
    return -1;
  }
  database_t *db = &change.db;
  sqlite3_stmt *statement = prepare(db, context);
  int status = statement == NULL ? -1 : database_run(db, statement);
  bool none = status == 0 && sqlite3_changes(db->handle) == 0;
  status = end(&change, status, error);
  return status == 0 && none ? 1 : status;
}

static sqlite3_stmt *prepare_delete(database_t *db, void *context) {
  sqlite3_stmt *statement = NULL;
  const int64_t *run_id = context;
  if (database_prepare(db, &statement,
                       "DELETE FROM runs WHERE id = ? AND source <> 'live'") ==
      0)
    sqlite3_bind_int64(statement, 1, *run_id);
  return statement;
}

int upload_delete(const char *path, int64_t run_id,
                  char error[UPLOAD_ERROR_SIZE]) {
  return change_row(path, prepare_delete, &run_id, error);
}

typedef struct {
  int64_t run_id;
  const char *verdict;
  bool change_note;
  const char *note;
} opinion_t;

static sqlite3_stmt *prepare_verdict(database_t *db, void *context) {
  sqlite3_stmt *statement = NULL;
  const opinion_t *opinion = context;
  if (database_prepare(db, &statement,
                       "UPDATE runs SET verdict = ?2,"
                       " note = iif(?3, ?4, note) WHERE id = ?1") == 0) {
    sqlite3_bind_int64(statement, 1, opinion->run_id);
    database_bind_text(statement, 2, opinion->verdict);
    sqlite3_bind_int(statement, 3, opinion->change_note);
    database_bind_text(statement, 4, opinion->note);
  }
  return statement;
}

int upload_set_verdict(const char *path, int64_t run_id, const char *verdict,
                       bool change_note, const char *note,
                       char error[UPLOAD_ERROR_SIZE]) {
  opinion_t opinion = {.run_id = run_id,
                       .verdict = verdict,
                       .change_note = change_note,
                       .note = note};
  return change_row(path, prepare_verdict, &opinion, error);
}

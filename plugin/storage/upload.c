/* SPDX-License-Identifier: MIT */
/*
 * upload.c -- see upload.h
 */
#include "plugin/storage/upload.h"
#include "plugin/storage/reader.h"
#include "plugin/storage/run_id.h"
#include "plugin/storage/suspects.h"

#include <stdlib.h>

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

/* What is uploaded, and the id that it gets. */
typedef struct {
  const upload_t *upload;
  int64_t id;
} writing_t;

static int write_all(database_t *db, void *context) {
  writing_t *writing = context;
  const upload_t *upload = writing->upload;
  if (choose_id(db, &writing->id) != 0 ||
      write_run(db, upload, writing->id) != 0 ||
      write_anomalies(db, upload, writing->id) != 0 ||
      write_columns(db, upload, writing->id) != 0)
    return -1;
  return write_features(db, upload, writing->id);
}

int upload_write(const char *path, const upload_t *upload, int64_t *run_id,
                 char error[CHANGE_ERROR_SIZE]) {
  writing_t writing = {.upload = upload};
  int status = change_make(path, write_all, &writing, error);
  *run_id = writing.id;
  return status;
}

/* --- deleting --- */

static int delete_run(database_t *db, void *context) {
  const int64_t *run_id = context;
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "DELETE FROM runs WHERE id = ? AND source <> 'live'") !=
      0)
    return -1;
  sqlite3_bind_int64(statement, 1, *run_id);
  return change_row(db, statement);
}

int upload_delete(const char *path, int64_t run_id,
                  char error[CHANGE_ERROR_SIZE]) {
  return change_existing(path, delete_run, &run_id, error);
}

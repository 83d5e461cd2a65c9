/* SPDX-License-Identifier: MIT */
/*
 * writer.c -- a prepared statement for each kind of record
 *
 * Every statement is an upsert by the table's key. Records outlive the step, so
 * nothing that is bound is copied. A commit that fails may have reached the
 * disk nevertheless; the batch is then written a second time.
 */
#include "plugin/storage/writer.h"
#include "plugin/storage/suspects.h"
#include "plugin/storage/untold.h"

#include <stdlib.h>

/* People's verdicts and notes stand: ours is only the first note. */
static const char run_sql[] =
    "INSERT INTO runs(id, source, host, detector, started_at, ended_at,"
    "  total_points, anomalies_found, peak_score, peak_at, note)"
    " VALUES(?1, 'live', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " ON CONFLICT(id) DO UPDATE SET ended_at = excluded.ended_at,"
    "  total_points = excluded.total_points,"
    "  anomalies_found = excluded.anomalies_found,"
    "  peak_score = excluded.peak_score, peak_at = excluded.peak_at,"
    "  note = coalesce(note, excluded.note)";

static const char silent_run_sql[] =
    "INSERT INTO silent_runs(run_id) VALUES(?1) ON CONFLICT DO NOTHING";

static const char notice_sql[] =
    "INSERT INTO untold(run_id, okay, time, message, numbers)"
    " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";

static const char told_sql[] =
    "DELETE FROM untold WHERE run_id = ?1 AND okay = ?2";

static const char anomaly_sql[] =
    "INSERT INTO anomalies(run_id, ts, score, threshold, suspects, note)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT(run_id, ts) DO UPDATE SET score = excluded.score,"
    "  threshold = excluded.threshold, suspects = excluded.suspects,"
    "  note = excluded.note";

static const char model_sql[] =
    "INSERT INTO models(host, detector, saved_at, image) VALUES(?1, ?2, ?3, ?4)"
    " ON CONFLICT(host, detector) DO UPDATE SET saved_at = excluded.saved_at,"
    "  image = excluded.image";

/* Only a wish of later has not been complied with. */
static const char forgotten_sql[] =
    "DELETE FROM forget WHERE host = ?1 AND detector = ?2 AND asked_at <= ?3";

/* The first columns of every samples table, before those of the features. */
#define SAMPLE_COLUMNS "host, ts, score, threshold, flagged"
#define SAMPLE_COLUMNS_NUM 5

/* After a step back of its host's clock a time stamp comes a second time: the
 * later verdict stands. */
static int prepare_sample(database_t *db, const detector_t *detector,
                          sqlite3_stmt **statement) {
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  sqlite3_str_appendf(sql,
                      "INSERT OR REPLACE INTO \"samples_%w\"(" SAMPLE_COLUMNS,
                      detector->name);
  for (size_t i = 0; i < detector->features_num; i++)
    sqlite3_str_appendf(sql, ", \"%w\"", detector->features[i].name);
  sqlite3_str_appendall(sql, ") VALUES(?");
  for (size_t i = 1; i < SAMPLE_COLUMNS_NUM + detector->features_num; i++)
    sqlite3_str_appendall(sql, ", ?");
  sqlite3_str_appendchar(sql, 1, ')');
  char *text = sqlite3_str_finish(sql);
  if (text == NULL)
    return database_refused(db, "out of memory");
  int status = database_prepare(db, statement, "%s", text);
  sqlite3_free(text);
  return status;
}

int writer_open(writer_t *writer, database_t *db,
                const detector_t *const *detectors, size_t detectors_num) {
  *writer = (writer_t){.db = db, .detectors_num = detectors_num};
  writer->samples = calloc(detectors_num + 1, sizeof(*writer->samples));
  if (writer->samples == NULL) {
    database_refused(db, "out of memory");
    goto fail;
  }
  if (database_prepare(db, &writer->run, "%s", run_sql) != 0 ||
      database_prepare(db, &writer->silent_run, "%s", silent_run_sql) != 0 ||
      database_prepare(db, &writer->notice, "%s", notice_sql) != 0 ||
      database_prepare(db, &writer->told, "%s", told_sql) != 0 ||
      database_prepare(db, &writer->anomaly, "%s", anomaly_sql) != 0 ||
      database_prepare(db, &writer->model, "%s", model_sql) != 0 ||
      database_prepare(db, &writer->forgotten, "%s", forgotten_sql) != 0)
    goto fail;
  for (size_t i = 0; i < detectors_num; i++)
    if (prepare_sample(db, detectors[i], &writer->samples[i]) != 0)
      goto fail;
  return 0;

fail:
  writer_close(writer);
  return -1;
}

void writer_close(writer_t *writer) {
  sqlite3_finalize(writer->run);
  sqlite3_finalize(writer->silent_run);
  sqlite3_finalize(writer->notice);
  sqlite3_finalize(writer->told);
  sqlite3_finalize(writer->anomaly);
  sqlite3_finalize(writer->model);
  sqlite3_finalize(writer->forgotten);
  for (size_t i = 0; writer->samples != NULL && i < writer->detectors_num; i++)
    sqlite3_finalize(writer->samples[i]);
  free(writer->samples);
  *writer = (writer_t){0};
}

static sqlite3_stmt *bind_run(const writer_t *writer,
                              const storage_run_t *row) {
  sqlite3_stmt *run = writer->run;
  sqlite3_bind_int64(run, 1, row->id);
  database_bind_text(run, 2, row->host);
  database_bind_text(run, 3, row->detector);
  sqlite3_bind_int64(run, 4, row->run.started_at);
  if (row->open)
    sqlite3_bind_null(run, 5);
  else
    sqlite3_bind_int64(run, 5, row->run.ended_at);
  sqlite3_bind_int64(run, 6, (sqlite3_int64)row->run.points);
  sqlite3_bind_int64(run, 7, (sqlite3_int64)row->run.anomalies);
  database_bind_number(run, 8, row->run.peak_score);
  sqlite3_bind_int64(run, 9, row->run.peak_at);
  database_bind_text(run, 10, row->note);
  return run;
}

static sqlite3_stmt *bind_notice(const writer_t *writer,
                                 const storage_notice_t *row) {
  sqlite3_stmt *notice = writer->notice;
  sqlite3_bind_int64(notice, 1, row->run_id);
  sqlite3_bind_int(notice, 2, row->okay);
  sqlite3_bind_int64(notice, 3, row->time);
  database_bind_text(notice, 4, row->message);
  sqlite3_bind_text(notice, 5, untold_numbers(row), -1, sqlite3_free);
  return notice;
}

static sqlite3_stmt *bind_told(const writer_t *writer,
                               const record_told_t *row) {
  sqlite3_bind_int64(writer->told, 1, row->run_id);
  sqlite3_bind_int(writer->told, 2, row->okay);
  return writer->told;
}

static sqlite3_stmt *bind_anomaly(const writer_t *writer,
                                  const storage_anomaly_t *row) {
  sqlite3_stmt *anomaly = writer->anomaly;
  sqlite3_bind_int64(anomaly, 1, row->run_id);
  sqlite3_bind_int64(anomaly, 2, row->ts);
  database_bind_number(anomaly, 3, row->score);
  database_bind_number(anomaly, 4, row->threshold);
  char *json = suspects_json(row->detector, row->suspects, row->suspects_num);
  sqlite3_bind_text(anomaly, 5, json, -1, sqlite3_free);
  database_bind_text(anomaly, 6, row->note);
  return anomaly;
}

static sqlite3_stmt *bind_model(const writer_t *writer,
                                const record_model_t *row) {
  sqlite3_stmt *model = writer->model;
  database_bind_text(model, 1, row->host);
  database_bind_text(model, 2, row->detector);
  sqlite3_bind_int64(model, 3, row->saved_at);
  sqlite3_bind_blob64(model, 4, row->image, row->image_size, SQLITE_STATIC);
  return model;
}

static sqlite3_stmt *bind_sample(const writer_t *writer,
                                 const record_sample_t *row) {
  sqlite3_stmt *sample = writer->samples[row->detector];
  database_bind_text(sample, 1, row->host);
  sqlite3_bind_int64(sample, 2, row->ts);
  database_bind_number(sample, 3, row->score);
  database_bind_number(sample, 4, row->threshold);
  sqlite3_bind_int(sample, 5, row->flagged);
  for (size_t i = 0; i < row->values_num; i++)
    database_bind_number(sample, SAMPLE_COLUMNS_NUM + 1 + (int)i,
                         row->values[i]);
  return sample;
}

static sqlite3_stmt *bind_record(const writer_t *writer,
                                 const record_t *record) {
  switch (record->kind) {
  case RECORD_RUN:
    return bind_run(writer, &record->run);
  case RECORD_ANOMALY:
    return bind_anomaly(writer, &record->anomaly);
  case RECORD_MODEL:
    return bind_model(writer, &record->model);
  case RECORD_TOLD:
    return bind_told(writer, &record->told);
  case RECORD_SAMPLE:
    break;
  }
  return bind_sample(writer, &record->sample);
}

static int step(const writer_t *writer, sqlite3_stmt *statement) {
  int status =
      sqlite3_step(statement) == SQLITE_DONE ? 0 : database_failed(writer->db);
  sqlite3_reset(statement);
  return status;
}

/* What else changes with a record. Silent runs have no notices. */
static int write_more(const writer_t *writer, const record_t *record) {
  if (record->kind == RECORD_RUN && record->run.run.silent) {
    sqlite3_bind_int64(writer->silent_run, 1, record->run.id);
    return step(writer, writer->silent_run);
  }
  if (record->kind == RECORD_RUN && record->run.notice != NULL)
    return step(writer, bind_notice(writer, record->run.notice));
  if (record->kind == RECORD_MODEL && record->model.forgotten_at != 0) {
    database_bind_text(writer->forgotten, 1, record->model.host);
    database_bind_text(writer->forgotten, 2, record->model.detector);
    sqlite3_bind_int64(writer->forgotten, 3, record->model.forgotten_at);
    return step(writer, writer->forgotten);
  }
  return 0;
}

static int write_record(const writer_t *writer, const record_t *record) {
  int status = step(writer, bind_record(writer, record));
  return status == 0 ? write_more(writer, record) : status;
}

int writer_write(writer_t *writer, const record_list_t *batch) {
  database_t *db = writer->db;
  if (database_exec(db, "BEGIN IMMEDIATE") != 0)
    return -1;
  for (const record_t *record = batch->first; record; record = record->next)
    if (write_record(writer, record) != 0)
      goto fail;
  if (database_exec(db, "COMMIT") == 0)
    return 0;

fail:
  /* Some errors have rolled back already; then this one is of no interest. */
  sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  return -1;
}

/* ?1: the names of the detectors, each between line feeds */
#define STRAYS                                                                 \
  " WHERE source = 'live' AND ended_at IS NULL"                                \
  " AND (instr(?1, char(10) || detector || char(10)) = 0"                      \
  "  OR EXISTS(SELECT 1 FROM runs AS later"                                    \
  "   WHERE later.host = runs.host AND later.detector = runs.detector"         \
  "   AND later.source = 'live' AND later.ended_at IS NULL"                    \
  "   AND later.id > runs.id))"

/* Whether there are any: asking takes no write lock. */
static int count_strays(database_t *db, const char *names, int64_t *strays) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement, "SELECT count(*) FROM runs" STRAYS) != 0)
    return -1;
  database_bind_text(statement, 1, names);
  return database_result(db, statement, strays);
}

static int close_strays(database_t *db, const char *names) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "UPDATE runs SET ended_at = coalesce("
                       "(SELECT max(ts) FROM anomalies WHERE run_id = runs.id),"
                       " started_at)" STRAYS) != 0)
    return -1;
  database_bind_text(statement, 1, names);
  return database_run(db, statement);
}

int writer_close_strays(database_t *db, const detector_t *const *detectors,
                        size_t detectors_num) {
  sqlite3_str *list = sqlite3_str_new(db->handle);
  sqlite3_str_appendchar(list, 1, '\n');
  for (size_t i = 0; i < detectors_num; i++)
    sqlite3_str_appendf(list, "%s\n", detectors[i]->name);
  char *names = sqlite3_str_finish(list);
  if (names == NULL)
    return database_refused(db, "out of memory");
  int64_t strays = 0;
  int status = count_strays(db, names, &strays);
  if (status == 0 && strays > 0)
    status = close_strays(db, names);
  sqlite3_free(names);
  return status;
}

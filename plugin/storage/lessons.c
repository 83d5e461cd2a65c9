/* SPDX-License-Identifier: MIT */
/*
 * lessons.c -- see lessons.h
 */
#include "plugin/storage/lessons.h"
#include "plugin/storage/hostname.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* By the index runs_expected. */
static const char runs_sql[] =
    "SELECT * FROM (SELECT id, host, detector, started_at, ended_at FROM runs"
    "  WHERE verdict = 'expected' AND source = 'live'"
    "  ORDER BY id DESC LIMIT ?1) ORDER BY id";

/* A run as the query above gives it; texts are valid until its next step. */
typedef struct {
  lesson_run_t run;
  const char *host;
  const char *detector;
  int64_t from, to; /* ts */
} row_t;

static row_t read_row(sqlite3_stmt *runs) {
  bool open = sqlite3_column_type(runs, 4) == SQLITE_NULL;
  return (row_t){
      .run = {.id = sqlite3_column_int64(runs, 0), .open = open},
      .host = (const char *)sqlite3_column_text(runs, 1),
      .detector = (const char *)sqlite3_column_text(runs, 2),
      .from = sqlite3_column_int64(runs, 3),
      .to = open ? INT64_MAX : sqlite3_column_int64(runs, 4),
  };
}

static const detector_t *find_detector(const detector_t *const *detectors,
                                       size_t detectors_num, const char *name) {
  for (size_t i = 0; name != NULL && i < detectors_num; i++)
    if (strcmp(detectors[i]->name, name) == 0)
      return detectors[i];
  return NULL;
}

/* --- the samples of a run --- */

/* Prepares `columns` (text of ours or quoted) of the run's flagged samples. */
static int prepare_samples(database_t *db, const row_t *row,
                           const char *columns, sqlite3_stmt **statement) {
  if (database_prepare(db, statement,
                       "SELECT %s FROM \"samples_%w\" WHERE host = %Q"
                       " AND ts BETWEEN %lld AND %lld AND flagged = 1"
                       " ORDER BY ts",
                       columns, row->detector, row->host, (long long)row->from,
                       (long long)row->to) != 0)
    return -1;
  return 0;
}

static int count_samples(database_t *db, const row_t *row, int64_t *count) {
  sqlite3_stmt *statement = NULL;
  if (prepare_samples(db, row, "count(*)", &statement) != 0)
    return -1;
  return database_result(db, statement, count);
}

/* The detector's features as a list of columns; sqlite3_free() it. */
static char *name_columns(database_t *db, const detector_t *detector) {
  sqlite3_str *names = sqlite3_str_new(db->handle);
  for (size_t i = 0; i < detector->features_num; i++)
    sqlite3_str_appendf(names, "%s\"%w\"", i > 0 ? ", " : "",
                        detector->features[i].name);
  return sqlite3_str_finish(names);
}

static void read_values(sqlite3_stmt *samples, double *values, size_t n) {
  for (size_t i = 0; i < n; i++)
    values[i] = sqlite3_column_type(samples, (int)i) == SQLITE_NULL
                    ? NAN
                    : sqlite3_column_double(samples, (int)i);
}

/* Every so many of `count` rows, into values that have room for
 * LESSONS_ROWS_MAX. */
static int read_samples(database_t *db, const row_t *row, int64_t count,
                        storage_lesson_t *lesson) {
  size_t n = lesson->detector->features_num;
  size_t step = ((size_t)count + LESSONS_ROWS_MAX - 1) / LESSONS_ROWS_MAX;
  sqlite3_stmt *samples = NULL;
  char *columns = name_columns(db, lesson->detector);
  if (columns == NULL)
    return database_refused(db, "out of memory");
  int status = prepare_samples(db, row, columns, &samples);
  sqlite3_free(columns);
  if (status != 0)
    return -1;
  int code = SQLITE_DONE;
  for (size_t i = 0; (code = sqlite3_step(samples)) == SQLITE_ROW; i++)
    if (i % step == 0 && lesson->rows < LESSONS_ROWS_MAX)
      read_values(samples, lesson->values + n * lesson->rows++, n);
  if (code != SQLITE_DONE)
    status = database_failed(db);
  sqlite3_finalize(samples);
  return status;
}

/* --- one run --- */

static void complain(storage_log_cb log, const row_t *row) {
  char message[512] = "";
  snprintf(message, sizeof(message),
           "run %lld of %s was expected, but its samples are not kept (any "
           "more), see Retention; nothing can be learned from it",
           (long long)row->run.id, row->host);
  log(LOG_NOTICE, message);
}

/* Fills in the values, from malloc; NULL when there are none. */
static int read_lesson(database_t *db, const row_t *row,
                       storage_lesson_t *lesson) {
  int64_t count = 0;
  if (count_samples(db, row, &count) != 0)
    return -1;
  if (count == 0)
    return 0;
  lesson->values = malloc(LESSONS_ROWS_MAX * lesson->detector->features_num *
                          sizeof(*lesson->values));
  if (lesson->values == NULL)
    return database_refused(db, "out of memory");
  if (read_samples(db, row, count, lesson) == 0)
    return 0;
  free(lesson->values);
  return -1;
}

static bool is_known(const lessons_t *lessons, const lesson_run_t *run) {
  for (size_t i = 0; i < lessons->runs_num; i++)
    if (lessons->runs[i].id == run->id)
      return lessons->runs[i].open == run->open;
  return false;
}

/* What a look needs, and what it has found so far. */
typedef struct {
  const lessons_t *before;
  database_t *db;
  const detector_t *const *detectors;
  size_t detectors_num;
  storage_log_cb log;
  lessons_give_cb give;
  void *context;
} look_t;

/* *given: there is nothing (more) to be done for the run. */
static int hand_out(const look_t *look, const row_t *row, bool *given) {
  const detector_t *detector =
      find_detector(look->detectors, look->detectors_num, row->detector);
  *given = true;
  if (detector == NULL || row->host == NULL ||
      is_known(look->before, &row->run))
    return 0;
  storage_lesson_t lesson = {.run_id = row->run.id, .detector = detector};
  hostname_from_text(row->host, lesson.host, sizeof(lesson.host));
  if (read_lesson(look->db, row, &lesson) != 0)
    return -1;
  if (lesson.values == NULL) {
    /* At the start nothing has just been said. */
    if (look->before->looked && !row->run.open)
      complain(look->log, row);
    return 0;
  }
  *given = look->give(look->context, &lesson);
  if (!*given)
    free(lesson.values);
  return 0;
}

/* Hands out until there is no room; fills in the runs that were, now or
 * before. */
static int hand_out_all(const look_t *look, sqlite3_stmt *runs,
                        lessons_t *after, bool *complete) {
  int code = SQLITE_DONE;
  *complete = true;
  while ((code = sqlite3_step(runs)) == SQLITE_ROW) {
    row_t row = read_row(runs);
    bool given = false;
    if (hand_out(look, &row, &given) != 0)
      return -1;
    if (!given) {
      *complete = false;
      continue;
    }
    after->open = after->open || row.run.open;
    if (after->runs_num < LESSONS_RUNS_MAX)
      after->runs[after->runs_num++] = row.run;
  }
  return code == SQLITE_DONE ? 0 : database_failed(look->db);
}

int lessons_look(lessons_t *lessons, database_t *db,
                 const detector_t *const *detectors, size_t detectors_num,
                 storage_log_cb log, lessons_give_cb give, void *context) {
  int64_t version = 0;
  if (database_integer(db, "PRAGMA data_version", &version) != 0)
    return -1;
  if (version == lessons->data_version && !lessons->open)
    return 0;
  sqlite3_stmt *runs = NULL;
  if (database_prepare(db, &runs, "%s", runs_sql) != 0)
    return -1;
  sqlite3_bind_int(runs, 1, LESSONS_RUNS_MAX);
  const look_t look = {lessons, db,   detectors, detectors_num,
                       log,     give, context};
  lessons_t after = {.looked = lessons->looked};
  bool complete = false;
  int status = hand_out_all(&look, runs, &after, &complete);
  sqlite3_finalize(runs);
  if (status != 0)
    return -1;
  if (complete) {
    after.data_version = version;
    after.looked = true;
  }
  *lessons = after;
  return 0;
}

void lessons_reopened(lessons_t *lessons) { lessons->data_version = 0; }

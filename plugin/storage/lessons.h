/* SPDX-License-Identifier: MIT */
/*
 * lessons.h -- live runs that somebody has called expected
 *
 * A verdict is written by others, by their own connections. Now and then the
 * storage thread asks SQLite whether anybody has written at all, and only then
 * looks for runs whose verdict has become "expected". Each is handed out once a
 * process: whoever learns from it must not mind hearing it again after a
 * restart. A run that is still open is handed out twice, now and when it has
 * closed.
 *
 * Belongs to the storage thread.
 */
#ifndef ANOMALY_LESSONS_H
#define ANOMALY_LESSONS_H

#include "plugin/storage/database.h"
#include "plugin/storage/storage.h"

/* Of more runs than this only the newest are looked at. */
#define LESSONS_RUNS_MAX 1000

/* Rows of a lesson; of a longer run so many, evenly spread. */
#define LESSONS_ROWS_MAX 256

typedef struct {
  int64_t id;
  bool open;
} lesson_run_t;

/* All zero: nothing handed out yet. */
typedef struct {
  int64_t data_version; /* SQLite's, when all had been handed out; 0: never */
  bool open;            /* a run handed out was open */
  bool looked;          /* to the end, at least once */
  lesson_run_t runs[LESSONS_RUNS_MAX]; /* handed out, ascending */
  size_t runs_num;
} lessons_t;

/* Who gets them: takes lesson->values over and returns true, or has no room. */
typedef bool (*lessons_give_cb)(void *context, const storage_lesson_t *lesson);

/* Hands out what is new, the oldest first; what finds no room, at the next
 * call. `log` is told of runs that have no samples (any more). 0, or -1 with
 * db->error. */
int lessons_look(lessons_t *lessons, database_t *db,
                 const detector_t *const *detectors, size_t detectors_num,
                 storage_log_cb log, lessons_give_cb give, void *context);

/* Another connection is used from now on. */
void lessons_reopened(lessons_t *lessons);

#endif /* ANOMALY_LESSONS_H */

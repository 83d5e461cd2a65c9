/* SPDX-License-Identifier: MIT */
/*
 * writer.h -- writes records, a batch a transaction
 *
 * Belongs to the storage thread. Writing a batch again that had been written
 * changes nothing.
 */
#ifndef ANOMALY_WRITER_H
#define ANOMALY_WRITER_H

#include "plugin/storage/database.h"
#include "plugin/storage/record.h"

typedef struct {
  database_t *db; /* NULL: not open */
  size_t detectors_num;

  /* prepared once */
  sqlite3_stmt *run;
  sqlite3_stmt *silent_run;
  sqlite3_stmt *notice;
  sqlite3_stmt *told;
  sqlite3_stmt *anomaly;
  sqlite3_stmt *model;
  sqlite3_stmt *forgotten;
  sqlite3_stmt **samples; /* one a detector */
} writer_t;

/* Prepares the statements; the tables must be there. 0, or -1 with db->error
 * and nothing open. */
int writer_open(writer_t *writer, database_t *db,
                const detector_t *const *detectors, size_t detectors_num);

/* Writes all of the batch or nothing. 0, or -1 with db->error. */
int writer_write(writer_t *writer, const record_list_t *batch);

/* Closes the live runs that nobody can go on with: those of detectors other
 * than `detectors`, and of several open ones of a model (a process that could
 * not read the file has opened its own) all but the newest. 0, or -1 with
 * db->error. */
int writer_close_strays(database_t *db, const detector_t *const *detectors,
                        size_t detectors_num);

/* Harmless when it is not open. */
void writer_close(writer_t *writer);

#endif /* ANOMALY_WRITER_H */

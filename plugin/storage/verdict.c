/* SPDX-License-Identifier: MIT */
/*
 * verdict.c -- see verdict.h
 */
#include "plugin/storage/verdict.h"

#include <stddef.h>

typedef struct {
  int64_t run_id;
  const char *verdict;
  bool change_note;
  const char *note;
} opinion_t;

static int set(database_t *db, void *context) {
  const opinion_t *opinion = context;
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "UPDATE runs SET verdict = ?2,"
                       " note = iif(?3, ?4, note) WHERE id = ?1") != 0)
    return -1;
  sqlite3_bind_int64(statement, 1, opinion->run_id);
  database_bind_text(statement, 2, opinion->verdict);
  sqlite3_bind_int(statement, 3, opinion->change_note);
  database_bind_text(statement, 4, opinion->note);
  return change_row(db, statement);
}

int verdict_set(const char *path, int64_t run_id, const char *verdict,
                bool change_note, const char *note,
                char error[CHANGE_ERROR_SIZE]) {
  opinion_t opinion = {.run_id = run_id,
                       .verdict = verdict,
                       .change_note = change_note,
                       .note = note};
  return change_existing(path, set, &opinion, error);
}

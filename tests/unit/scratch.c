/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw */
#include "tests/unit/scratch.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#define PATIENCE_MS 120000 /* with other connections that write */

void scratch_make(char directory[SCRATCH_SIZE]) {
  strcpy(directory, "/tmp/anomaly-test-XXXXXX");
  assert_non_null(mkdtemp(directory));
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *ftw) {
  (void)status;
  (void)type;
  (void)ftw;
  return remove(path);
}

void scratch_remove(const char *directory) {
  assert_int_equal(nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static sqlite3 *sql_open(const char *path) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL),
                   SQLITE_OK);
  sqlite3_busy_timeout(db, PATIENCE_MS);
  return db;
}

void sql_exec(const char *path, const char *sql) {
  sqlite3 *db = sql_open(path);
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  sqlite3_close(db);
}

const char *sql_text(const char *path, const char *sql) {
  static char text[2048];
  sqlite3 *db = sql_open(path);
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  const char *value = (const char *)sqlite3_column_text(statement, 0);
  snprintf(text, sizeof(text), "%s", value == NULL ? "NULL" : value);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return text;
}

int64_t sql_int(const char *path, const char *sql) {
  return strtoll(sql_text(path, sql), NULL, 10);
}

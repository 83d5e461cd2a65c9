/* SPDX-License-Identifier: MIT */
/*
 * change.c -- see change.h
 */
#include "plugin/storage/change.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/schema.h"

#include <stdio.h>
#include <unistd.h>

/* Other uploads may be large; the writer's batches take milliseconds. */
#define GIVE_UP_MS 60000
#define BEGIN_TRIES 20

/* Each try waits for as long as database.c does. */
static int begin(database_t *db) {
  for (int i = 1; sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL,
                               NULL) != SQLITE_OK;
       i++)
    if (i == BEGIN_TRIES ||
        (sqlite3_extended_errcode(db->handle) & 0xff) != SQLITE_BUSY)
      return database_failed(db);
  return 0;
}

static int make(database_t *db, change_cb change, void *context) {
  if (schema_migrate(db) != 0 ||
      database_exec(db, "PRAGMA foreign_keys = ON") != 0 || begin(db) != 0)
    return -1;
  int status = change(db, context);
  if (status == 0)
    status = database_exec(db, "COMMIT");
  if (status != 0)
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  return status;
}

int change_make(const char *path, change_cb change, void *context,
                char error[CHANGE_ERROR_SIZE]) {
  database_t db;
  _Atomic int64_t give_up_at = monotonic_ms() + GIVE_UP_MS;
  int status = database_open(&db, path, &give_up_at);
  if (status == 0) {
    status = make(&db, change, context);
    database_close(&db);
  }
  if (status < 0)
    snprintf(error, CHANGE_ERROR_SIZE, "%s", db.error);
  return status;
}

int change_existing(const char *path, change_cb change, void *context,
                    char error[CHANGE_ERROR_SIZE]) {
  return access(path, F_OK) == 0 ? change_make(path, change, context, error)
                                 : 1;
}

int change_row(database_t *db, sqlite3_stmt *statement) {
  if (database_run(db, statement) != 0)
    return -1;
  return sqlite3_changes(db->handle) > 0 ? 0 : 1;
}

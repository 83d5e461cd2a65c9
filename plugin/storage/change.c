/* SPDX-License-Identifier: MIT */
/*
 * change.c -- see change.h
 */
#include "plugin/storage/change.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/schema.h"

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

int change_begin(change_t *change, const char *path) {
  database_t *db = &change->db;
  atomic_init(&change->give_up_at, monotonic_ms() + GIVE_UP_MS);
  if (database_open(db, path, &change->give_up_at) != 0)
    return -1;
  if (schema_migrate(db) == 0 &&
      database_exec(db, "PRAGMA foreign_keys = ON") == 0 && begin(db) == 0)
    return 0;
  database_close(db);
  return -1;
}

int change_end(change_t *change, int status) {
  database_t *db = &change->db;
  if (status == 0)
    status = database_exec(db, "COMMIT");
  if (status != 0)
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  database_close(db);
  return status;
}

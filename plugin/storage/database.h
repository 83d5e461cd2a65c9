/* SPDX-License-Identifier: MIT */
/*
 * database.h -- the file: creating, opening, and saying what is wrong with it
 *
 * Belongs to one thread at a time. Every function that can fail returns 0, or
 * -1 with db->error saying why and what to do about it.
 */
#ifndef ANOMALY_DATABASE_H
#define ANOMALY_DATABASE_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
  sqlite3 *handle; /* NULL: not open */

  /* which file was opened, should another take its place */
  dev_t device;
  ino_t inode;

  /* monotonic milliseconds after which no statement goes on; may be moved by
   * any thread */
  const _Atomic int64_t *give_up_at;

  char error[256];
} database_t;

/* Opens the file for writing; makes it (mode 0660) and its directory (2770)
 * when they are missing, whatever the umask. Does not write to a file that is
 * there. The file must not be a symbolic link. A lock of somebody else's is
 * waited for up to a second. */
int database_open(database_t *db, const char *path,
                  const _Atomic int64_t *give_up_at);

/* Sets the journal and the caches of an open file that is known to be ours. */
int database_tune(database_t *db);

/* Harmless when it is not open. All statements must be finalised before. */
void database_close(database_t *db);

/* Whether `path` no longer names the file that is open. */
bool database_moved(const database_t *db, const char *path);

/* Runs statements that give no rows. */
int database_exec(database_t *db, const char *sql);

/* Prepares the SQL that `format` makes (sqlite3_mprintf: %w quotes
 * identifiers). */
int database_prepare(database_t *db, sqlite3_stmt **statement,
                     const char *format, ...);

/* Bind what outlives the statement, or is there until it has been stepped;
 * NULL, and a number that is not finite, become NULL. */
void database_bind_text(sqlite3_stmt *statement, int i, const char *text);
void database_bind_number(sqlite3_stmt *statement, int i, double number);

/* All of a prepared statement with what has been bound to it, and finalise it:
 * one that gives no rows; whether a query finds a row; and the integer in the
 * first column of its first row, of which there must be one. */
int database_run(database_t *db, sqlite3_stmt *statement);
int database_finds(database_t *db, sqlite3_stmt *statement, bool *found);
int database_result(database_t *db, sqlite3_stmt *statement, int64_t *value);

/* database_result() of a query in which nothing is to be bound. */
int database_integer(database_t *db, const char *sql, int64_t *value);

/* Sets db->error to SQLite's message with the remedy for it; returns -1. */
int database_failed(database_t *db);

/* Sets db->error to a message of our own; returns -1. */
int database_refused(database_t *db, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* ANOMALY_DATABASE_H */

/* SPDX-License-Identifier: MIT */
/*
 * change.h -- one change of the file by somebody who is not the storage thread
 *
 * Opens the file as the writer does (made or migrated when need be), begins a
 * transaction that waits its turn behind the writer's short ones, and closes
 * the file at the end. Any thread.
 */
#ifndef ANOMALY_CHANGE_H
#define ANOMALY_CHANGE_H

#include "plugin/storage/database.h"

#define CHANGE_ERROR_SIZE 256

/* What is done in the transaction: 0; 1: there is nothing to change; or -1 with
 * db->error, which undoes all. */
typedef int (*change_cb)(database_t *db, void *context);

/* As `change` returns, or -1 with `error`; then nothing has changed. */
int change_make(const char *path, change_cb change, void *context,
                char error[CHANGE_ERROR_SIZE]);

/* The same, of something that is in the file: one that is missing is not made.
 */
int change_existing(const char *path, change_cb change, void *context,
                    char error[CHANGE_ERROR_SIZE]);

/* Runs a statement that changes a row or none, and finalises it: 0; 1: none; or
 * -1 with db->error. */
int change_row(database_t *db, sqlite3_stmt *statement);

#endif /* ANOMALY_CHANGE_H */

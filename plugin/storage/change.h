/* SPDX-License-Identifier: MIT */
/*
 * change.h -- one change of the file by somebody who is not the storage thread
 *
 * Opens the file as the writer does (made or migrated when need be), begins a
 * transaction that waits its turn behind the writer's short ones, and closes
 * the file at the end. Belongs to one thread at a time.
 */
#ifndef ANOMALY_CHANGE_H
#define ANOMALY_CHANGE_H

#include "plugin/storage/database.h"

typedef struct {
  database_t db; /* db.error says what went wrong */
  _Atomic int64_t give_up_at;
} change_t;

/* 0, or -1 with change->db.error; then there is nothing to end. */
int change_begin(change_t *change, const char *path);

/* Commits when `status` is 0, else undoes all. Returns 0 when it is committed,
 * else -1 with change->db.error. */
int change_end(change_t *change, int status);

#endif /* ANOMALY_CHANGE_H */

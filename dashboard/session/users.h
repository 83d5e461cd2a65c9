/* SPDX-License-Identifier: MIT */
/*
 * users.h -- the users file: a line `name:hash` a user
 *
 * A running server follows changes of the file within a second: a user that is
 * removed, or has a new password, is logged out.
 */
#ifndef ANOMALY_DASHBOARD_USERS_H
#define ANOMALY_DASHBOARD_USERS_H

#include "dashboard/session/password.h"
#include "dashboard/session/user_name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct users_s users_t;

/* Reads the file; one that does not exist has no users. NULL after a log line:
 * it cannot be read, a line is malformed, or out of memory. */
users_t *users_create(const char *path);
void users_destroy(users_t *users);

size_t users_num(users_t *users);

typedef struct {
  char hash[PASSWORD_HASH_SIZE];
  uint64_t stamp; /* changes with the hash; never 0 */
} user_t;

/* A copy of what is known of a name. When it is nobody's: false, and the hash
 * of a password that nobody knows, which costs as much to compare with. Any
 * thread. */
bool users_find(users_t *users, const char *name, user_t *user);

/* The stamp of a name; 0: it is nobody's. Any thread. */
uint64_t users_stamp(users_t *users, const char *name);

/* Each changes or prints the file at `path`. The new file takes the place of
 * the old one at once, of mode 0600 and of the old one's owner. 0, or -1 after
 * a log line. */
int users_set(const char *path, const char *name, const char *hash);
int users_remove(const char *path, const char *name);
int users_list(const char *path);

#endif /* ANOMALY_DASHBOARD_USERS_H */

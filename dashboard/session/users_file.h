/* SPDX-License-Identifier: MIT */
/*
 * users_file.h -- reading and replacing the users file
 */
#ifndef ANOMALY_DASHBOARD_USERS_FILE_H
#define ANOMALY_DASHBOARD_USERS_FILE_H

#include "dashboard/session/password.h"
#include "dashboard/session/user_name.h"

#include <sys/stat.h>

typedef struct {
  char name[USER_NAME_SIZE];
  char hash[PASSWORD_HASH_SIZE];
} users_entry_t;

typedef struct {
  users_entry_t *entries; /* from malloc */
  size_t num;
  struct stat status; /* of the file; st_ino is 0 when there was none */
} users_file_t;

/* 0 with *file to be freed, or -1 after a log line. A missing file is empty. */
int users_file_read(const char *path, users_file_t *file);

/* Writes beside the file, then renames. 0, or -1 after a log line. */
int users_file_write(const char *path, const users_file_t *file);

users_entry_t *users_file_find(const users_file_t *file, const char *name);

/* A new entry with nothing but its name; NULL: out of memory. */
users_entry_t *users_file_add(users_file_t *file, const char *name);

void users_file_free(users_file_t *file);

#endif /* ANOMALY_DASHBOARD_USERS_FILE_H */

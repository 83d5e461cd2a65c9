/* SPDX-License-Identifier: MIT */
/*
 * users.c -- the users of a running server, and the options that change them
 */
#include "dashboard/session/users.h"

#include "dashboard/log.h"
#include "dashboard/session/secret.h"
#include "dashboard/session/users_file.h"
#include "plugin/storage/clock.h"

#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOOK_EVERY_MS 1000

struct users_s {
  /* set by users_create(), never written again */
  char *path;
  char nobodys_hash[PASSWORD_HASH_SIZE];
  uint8_t key[SECRET_KEY_SIZE]; /* of the stamps */

  pthread_mutex_t lock;

  /* under the lock */
  users_file_t file;
  int64_t looked_at; /* monotonic milliseconds */
};

/* --- of a running server --- */

static int make_nobodys_hash(users_t *users) {
  uint8_t random[16];
  char password[2 * sizeof(random) + 1];
  if (secret_random(random, sizeof(random)) != 0)
    return -1;
  secret_to_hex(random, sizeof(random), password);
  return password_hash(password, users->nobodys_hash);
}

users_t *users_create(const char *path) {
  users_t *users = calloc(1, sizeof(*users));
  if (users == NULL)
    return NULL;
  pthread_mutex_init(&users->lock, NULL);
  users->path = strdup(path);
  users->looked_at = monotonic_ms();
  if (users->path == NULL || secret_random(users->key, sizeof(users->key)) ||
      make_nobodys_hash(users) != 0 ||
      users_file_read(path, &users->file) != 0) {
    users_destroy(users);
    return NULL;
  }
  return users;
}

void users_destroy(users_t *users) {
  if (users == NULL)
    return;
  users_file_free(&users->file);
  pthread_mutex_destroy(&users->lock);
  free(users->path);
  free(users);
}

static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
         a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Under the lock. A file that has become unreadable changes nothing: nobody is
 * let in who was not, and nobody is thrown out. */
static void refresh(users_t *users) {
  int64_t now = monotonic_ms();
  if (now - users->looked_at < LOOK_EVERY_MS)
    return;
  users->looked_at = now;
  struct stat status = {0};
  users_file_t file = {0};
  if (stat(users->path, &status) == 0 && is_same(&status, &users->file.status))
    return;
  if (users_file_read(users->path, &file) != 0)
    return;
  users_file_free(&users->file);
  users->file = file;
}

size_t users_num(users_t *users) {
  pthread_mutex_lock(&users->lock);
  size_t num = users->file.num;
  pthread_mutex_unlock(&users->lock);
  return num;
}

bool users_find(users_t *users, const char *name, user_t *user) {
  pthread_mutex_lock(&users->lock);
  refresh(users);
  const users_entry_t *entry = users_file_find(&users->file, name);
  strcpy(user->hash, entry != NULL ? entry->hash : users->nobodys_hash);
  pthread_mutex_unlock(&users->lock);
  user->stamp = secret_hash(users->key, user->hash) | 1;
  return entry != NULL;
}

uint64_t users_stamp(users_t *users, const char *name) {
  user_t user;
  return users_find(users, name, &user) ? user.stamp : 0;
}

/* --- of the options --- */

/* Two who change the file at once must not lose one's change. The lock is on
 * the directory, since the file itself is replaced. */
static int lock_directory(const char *path) {
  char *copy = strdup(path);
  if (copy == NULL)
    return -1;
  int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(copy);
  if (fd >= 0)
    flock(fd, LOCK_EX);
  return fd; /* without it, only the protection is lost */
}

static bool set_entry(users_file_t *file, const char *name, const char *hash) {
  users_entry_t *entry = users_file_find(file, name);
  if (entry == NULL)
    entry = users_file_add(file, name);
  if (entry == NULL)
    return false;
  snprintf(entry->hash, sizeof(entry->hash), "%s", hash);
  return true;
}

static bool remove_entry(users_file_t *file, const char *path,
                         const char *name) {
  users_entry_t *entry = users_file_find(file, name);
  if (entry == NULL) {
    log_line("%s: there is no user %s: see --list-users", path, name);
    return false;
  }
  *entry = file->entries[--file->num];
  return true;
}

/* `hash` NULL: removes the user. */
static int change_file(const char *path, const char *name, const char *hash) {
  users_file_t file = {0};
  int status = -1;
  int lock = lock_directory(path);
  if (users_file_read(path, &file) == 0 &&
      (hash != NULL ? set_entry(&file, name, hash)
                    : remove_entry(&file, path, name)))
    status = users_file_write(path, &file);
  users_file_free(&file);
  if (lock >= 0)
    close(lock);
  return status;
}

int users_set(const char *path, const char *name, const char *hash) {
  return change_file(path, name, hash);
}

int users_remove(const char *path, const char *name) {
  return change_file(path, name, NULL);
}

int users_list(const char *path) {
  users_file_t file = {0};
  if (users_file_read(path, &file) != 0)
    return -1;
  for (size_t i = 0; i < file.num; i++)
    puts(file.entries[i].name);
  users_file_free(&file);
  return 0;
}

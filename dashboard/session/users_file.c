/* SPDX-License-Identifier: MIT */
/*
 * users_file.c -- see users_file.h
 */
#include "dashboard/session/users_file.h"

#include "dashboard/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

users_entry_t *users_file_find(const users_file_t *file, const char *name) {
  for (size_t i = 0; i < file->num; i++)
    if (strcmp(file->entries[i].name, name) == 0)
      return &file->entries[i];
  return NULL;
}

users_entry_t *users_file_add(users_file_t *file, const char *name) {
  users_entry_t *grown =
      realloc(file->entries, (file->num + 1) * sizeof(*file->entries));
  if (grown == NULL)
    return NULL;
  file->entries = grown;
  users_entry_t *entry = &file->entries[file->num++];
  memset(entry, 0, sizeof(*entry));
  snprintf(entry->name, sizeof(entry->name), "%s", name);
  return entry;
}

void users_file_free(users_file_t *file) {
  free(file->entries);
  *file = (users_file_t){0};
}

/* --- reading --- */

static bool take_line(users_file_t *file, char *line) {
  line[strcspn(line, "\r\n")] = '\0';
  char *colon = strchr(line, ':');
  if (colon == NULL)
    return false;
  *colon = '\0';
  const char *hash = colon + 1;
  if (!user_name_valid(line) || *hash == '\0' ||
      strlen(hash) >= PASSWORD_HASH_SIZE || strchr(hash, ':') != NULL ||
      users_file_find(file, line) != NULL)
    return false;
  users_entry_t *entry = users_file_add(file, line);
  if (entry == NULL)
    return false;
  strcpy(entry->hash, hash);
  return true;
}

static int read_lines(const char *path, FILE *stream, users_file_t *file) {
  char line[USER_NAME_SIZE + PASSWORD_HASH_SIZE + 4] = "";
  size_t number = 0;
  int status = 0;
  while (status == 0 && fgets(line, sizeof(line), stream) != NULL) {
    number++;
    if (!take_line(file, line)) {
      log_line("%s: line %zu: this is no NAME:HASH, or not the first of the "
               "name: remove the line and give --set-password",
               path, number);
      status = -1;
    }
  }
  if (status == 0 && ferror(stream)) {
    log_line("%s: %s", path, strerror(errno));
    status = -1;
  }
  explicit_bzero(line, sizeof(line));
  return status;
}

int users_file_read(const char *path, users_file_t *file) {
  *file = (users_file_t){0};
  /* not waiting for the other end of a pipe */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
  if (stream == NULL) {
    if (fd >= 0)
      close(fd);
    if (errno == ENOENT)
      return 0;
    log_line("%s: %s: make it readable for the user that the dashboard runs as",
             path, strerror(errno));
    return -1;
  }
  fstat(fd, &file->status);
  if (!S_ISREG(file->status.st_mode)) {
    log_line("%s: it is no file: give the one that --set-password makes", path);
    fclose(stream);
    return -1;
  }
  if ((file->status.st_mode & 077) != 0)
    log_line("%s: warning: others may read the hashes: chmod 600 it", path);
  int status = read_lines(path, stream, file);
  fclose(stream);
  if (status != 0)
    users_file_free(file);
  return status;
}

/* --- writing --- */

/* `stream` is of a new file of mode 0600. */
static bool write_lines(FILE *stream, const users_file_t *file) {
  for (size_t i = 0; i < file->num; i++)
    fprintf(stream, "%s:%s\n", file->entries[i].name, file->entries[i].hash);
  /* An administrator's change must not take the file from the server. */
  if (file->status.st_ino != 0 && geteuid() == 0 &&
      fchown(fileno(stream), file->status.st_uid, file->status.st_gid) != 0)
    return false;
  return fflush(stream) == 0 && !ferror(stream) && fsync(fileno(stream)) == 0;
}

static int replace(const char *path, char *beside, const users_file_t *file) {
  int fd = mkstemp(beside); /* of mode 0600 */
  if (fd < 0)
    return -1;
  FILE *stream = fdopen(fd, "w");
  if (stream == NULL) {
    close(fd);
    goto fail;
  }
  bool written = write_lines(stream, file);
  if (fclose(stream) != 0 || !written || rename(beside, path) != 0)
    goto fail;
  return 0;

fail:;
  int why = errno;
  unlink(beside);
  errno = why;
  return -1;
}

int users_file_write(const char *path, const users_file_t *file) {
  char *beside = malloc(strlen(path) + sizeof(".XXXXXX"));
  if (beside == NULL)
    return -1;
  sprintf(beside, "%s.XXXXXX", path);
  int status = replace(path, beside, file);
  if (status != 0)
    log_line("%s: %s: the file is as it was; make its directory writable", path,
             strerror(errno));
  free(beside);
  return status;
}

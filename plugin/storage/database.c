/* SPDX-License-Identifier: MIT */
/*
 * database.c -- opens SQLite files with the modes that the dashboard's group
 * needs, and translates SQLite's complaints into remedies
 */
#include "plugin/storage/database.h"
#include "plugin/storage/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0660
#define DIRECTORY_MODE 02770

/* How long a lock is waited for, and how often it is tried. */
#define BUSY_MS 1000
#define BUSY_STEP_MS 10

/* SQLite's virtual instructions between two looks at the clock: about 0.1 ms */
#define PROGRESS_STEPS 10000

static const char *remedy(int code) {
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "another program keeps it locked: let it finish or end it";
  case SQLITE_FULL:
    return "free some space on its file system";
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
  case SQLITE_CANTOPEN:
    return "make it and its directory writable for the user that collectd runs "
           "as";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "move it away, with its -wal and -shm; a new one is made at once";
  case SQLITE_IOERR:
    return "look at the kernel's log for errors of the disk";
  case SQLITE_INTERRUPT:
    return "it was too slow for the time allowed";
  default:
    return "it is tried again";
  }
}

int database_failed(database_t *db) {
  snprintf(db->error, sizeof(db->error), "%s; %s", sqlite3_errmsg(db->handle),
           remedy(sqlite3_extended_errcode(db->handle)));
  return -1;
}

int database_refused(database_t *db, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(db->error, sizeof(db->error), format, arguments);
  va_end(arguments);
  return -1;
}

static bool too_late(const database_t *db) {
  return monotonic_ms() >= atomic_load(db->give_up_at);
}

/* SQLite calls it while somebody else holds a lock; 0: stop trying. */
static int on_busy(void *context, int tries) {
  const database_t *db = context;
  if (tries >= BUSY_MS / BUSY_STEP_MS || too_late(db))
    return 0;
  usleep(BUSY_STEP_MS * 1000);
  return 1;
}

/* SQLite calls it in the middle of a statement; 1: interrupt it. */
static int on_progress(void *context) { return too_late(context); }

static int make_directory(database_t *db, const char *directory) {
  if (mkdir(directory, 0700) != 0) {
    if (errno == EEXIST)
      return 0;
    return database_refused(db,
                            "cannot make the directory %s: %s; make it and "
                            "give it to the user that collectd runs as",
                            directory, strerror(errno));
  }
  /* Not through mkdir(): it would apply the umask and drop the set-group-ID
   * bit. */
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int status = fd < 0 ? -1 : fchmod(fd, DIRECTORY_MODE);
  if (status != 0)
    database_refused(db,
                     "cannot set the mode of the directory %s: %s; set it "
                     "to 2770",
                     directory, strerror(errno));
  if (fd >= 0)
    close(fd);
  return status;
}

/* Makes the file when it is missing; -wal and -shm get its mode from SQLite.
 * One that is there is not opened: closing it again would drop all locks that
 * this process holds on it (a gift of POSIX). */
static int make_file(database_t *db, const char *file) {
  int fd =
      open(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
  if (fd < 0) {
    if (errno == EEXIST)
      return 0;
    return database_refused(
        db, "cannot make it: %s; %s", strerror(errno),
        remedy(errno == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN));
  }
  int status = fchmod(fd, FILE_MODE);
  if (status != 0)
    database_refused(db, "cannot set its mode: %s; set it to 0660",
                     strerror(errno));
  close(fd);
  return status;
}

/* Makes what is missing of `path`. Returns it with all links in the directory's
 * part followed, since SQLITE_OPEN_NOFOLLOW would refuse these too, or NULL;
 * free it. */
static char *make_path(database_t *db, const char *path) {
  char *resolved = NULL;
  char *file = NULL;
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  char *directory = slash == NULL   ? strdup(".")
                    : slash == path ? strdup("/")
                                    : strndup(path, (size_t)(slash - path));
  if (directory == NULL || make_directory(db, directory) != 0)
    goto end;
  resolved = realpath(directory, NULL);
  if (resolved == NULL) {
    database_refused(db, "cannot find the directory %s: %s; make it", directory,
                     strerror(errno));
    goto end;
  }
  file = malloc(strlen(resolved) + strlen(name) + 2);
  if (file == NULL)
    goto end;
  sprintf(file, "%s/%s", resolved, name);
  if (make_file(db, file) != 0) {
    free(file);
    file = NULL;
  }
end:
  free(directory);
  free(resolved);
  return file;
}

static int open_file(database_t *db, const char *file) {
  struct stat status = {0};
  if (lstat(file, &status) != 0)
    return database_refused(db, "%s", strerror(errno));
  if (S_ISLNK(status.st_mode))
    return database_refused(
        db, "it is a symbolic link; name the file that it points to instead");
  db->device = status.st_dev;
  db->inode = status.st_ino;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
              SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(file, &db->handle, flags, NULL) != SQLITE_OK)
    return database_failed(db);
  if (sqlite3_db_readonly(db->handle, "main") == 1)
    return database_refused(db, "it is read-only; %s", remedy(SQLITE_READONLY));
  sqlite3_busy_handler(db->handle, on_busy, db);
  sqlite3_progress_handler(db->handle, PROGRESS_STEPS, on_progress, db);
  return 0;
}

int database_open(database_t *db, const char *path,
                  const _Atomic int64_t *give_up_at) {
  *db = (database_t){.give_up_at = give_up_at, .error = "out of memory"};
  char *file = make_path(db, path);
  if (file == NULL)
    return -1;
  int status = open_file(db, file);
  free(file);
  if (status != 0)
    database_close(db);
  return status;
}

/* NORMAL loses nothing but the last moments when the power fails, and never the
 * file. Readers that open a cleanly closed file read-only need its -wal to
 * stay. Recursive triggers are for the replaced samples of rollup.h. */
int database_tune(database_t *db) {
  int persist = 1;
  sqlite3_stmt *statement = NULL;
  if (database_exec(db, "PRAGMA synchronous = NORMAL;"
                        "PRAGMA journal_size_limit = 16777216;"
                        /* in pages, the same: each checkpoint waits for the
                           disk, and there are hundreds in saving many models */
                        "PRAGMA wal_autocheckpoint = 4096;"
                        "PRAGMA cache_size = -8192;"
                        "PRAGMA recursive_triggers = ON;") != 0 ||
      database_prepare(db, &statement, "PRAGMA journal_mode = WAL") != 0)
    return -1;
  int status = 0;
  if (sqlite3_step(statement) != SQLITE_ROW)
    status = database_failed(db);
  else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0)
    status = database_refused(db, "its file system cannot hold a write-ahead "
                                  "log; put it on a local disk");
  sqlite3_finalize(statement);
  if (status == 0)
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL,
                         &persist);
  return status;
}

void database_close(database_t *db) {
  sqlite3_close(db->handle);
  db->handle = NULL;
}

bool database_moved(const database_t *db, const char *path) {
  struct stat status = {0};
  return stat(path, &status) != 0 || status.st_dev != db->device ||
         status.st_ino != db->inode;
}

int database_exec(database_t *db, const char *sql) {
  if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
    return database_failed(db);
  return 0;
}

int database_prepare(database_t *db, sqlite3_stmt **statement,
                     const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  if (sql == NULL)
    return database_refused(db, "out of memory");
  int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                statement, NULL);
  sqlite3_free(sql);
  return code == SQLITE_OK ? 0 : database_failed(db);
}

void database_bind_text(sqlite3_stmt *statement, int i, const char *text) {
  sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC); /* NULL: NULL */
}

void database_bind_number(sqlite3_stmt *statement, int i, double number) {
  if (isfinite(number))
    sqlite3_bind_double(statement, i, number);
  else
    sqlite3_bind_null(statement, i);
}

int database_run(database_t *db, sqlite3_stmt *statement) {
  int status = sqlite3_step(statement) == SQLITE_DONE ? 0 : database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

int database_finds(database_t *db, sqlite3_stmt *statement, bool *found) {
  int code = sqlite3_step(statement);
  int status =
      code == SQLITE_ROW || code == SQLITE_DONE ? 0 : database_failed(db);
  *found = code == SQLITE_ROW;
  sqlite3_finalize(statement);
  return status;
}

int database_result(database_t *db, sqlite3_stmt *statement, int64_t *value) {
  int status = 0;
  if (sqlite3_step(statement) == SQLITE_ROW)
    *value = sqlite3_column_int64(statement, 0);
  else
    status = database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

int database_integer(database_t *db, const char *sql, int64_t *value) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement, "%s", sql) != 0)
    return -1;
  return database_result(db, statement, value);
}

/* SPDX-License-Identifier: MIT */
/*
 * live.c -- a stack of connections, each of them used by one view at a time
 */
#include "dashboard/api/live.h"

#include "plugin/storage/clock.h"
#include "plugin/storage/schema.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEPT_MAX 16
#define BUSY_MS 2000

/* SQLite's virtual instructions between two looks at the clock. */
#define PROGRESS_STEPS 20000

typedef struct {
  sqlite3 *db;
  dev_t device;
  ino_t inode;
  int64_t give_up_at; /* monotonic milliseconds */
} connection_t;

struct live_s {
  const char *path;
  pthread_mutex_t lock;

  /* under the lock */
  connection_t *kept[KEPT_MAX];
  size_t kept_num;
};

live_t *live_create(const char *path) {
  live_t *live = calloc(1, sizeof(*live));
  if (live == NULL)
    return NULL;
  live->path = path;
  pthread_mutex_init(&live->lock, NULL);
  return live;
}

static void disconnect(connection_t *connection) {
  if (connection == NULL)
    return;
  sqlite3_close(connection->db);
  free(connection);
}

void live_destroy(live_t *live) {
  if (live == NULL)
    return;
  for (size_t i = 0; i < live->kept_num; i++)
    disconnect(live->kept[i]);
  pthread_mutex_destroy(&live->lock);
  free(live);
}

static int on_progress(void *context) {
  const connection_t *connection = context;
  return monotonic_ms() >= connection->give_up_at;
}

static connection_t *take_kept(live_t *live) {
  connection_t *connection = NULL;
  pthread_mutex_lock(&live->lock);
  if (live->kept_num > 0)
    connection = live->kept[--live->kept_num];
  pthread_mutex_unlock(&live->lock);
  return connection;
}

static live_status_t fail(live_view_t *view, const char *what) {
  snprintf(view->error, sizeof(view->error), "the database cannot be read: %s",
           what);
  return LIVE_FAILED;
}

static connection_t *connect_to(const char *path, const struct stat *status,
                                live_view_t *view) {
  connection_t *connection = calloc(1, sizeof(*connection));
  if (connection == NULL)
    return NULL;
  connection->device = status->st_dev;
  connection->inode = status->st_ino;
  if (sqlite3_open_v2(path, &connection->db,
                      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                      NULL) != SQLITE_OK) {
    fail(view, sqlite3_errmsg(connection->db));
    disconnect(connection);
    return NULL;
  }
  sqlite3_busy_timeout(connection->db, BUSY_MS);
  sqlite3_progress_handler(connection->db, PROGRESS_STEPS, on_progress,
                           connection);
  return connection;
}

/* One number of a query; false: it failed. */
static bool ask(sqlite3 *db, const char *sql, int64_t *number) {
  sqlite3_stmt *statement = NULL;
  bool good = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
  if (good)
    *number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return good;
}

/* Begins the transaction; what is in the file is known only then. */
static live_status_t look(connection_t *connection, live_view_t *view) {
  sqlite3 *db = connection->db;
  int64_t application = 0;
  int64_t version = 0;
  int64_t objects = 0;
  if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
      !ask(db, "PRAGMA application_id", &application) ||
      !ask(db, "PRAGMA user_version", &version) ||
      !ask(db, "SELECT count(*) FROM sqlite_schema", &objects))
    return fail(view, sqlite3_errmsg(db));
  if (objects == 0)
    return LIVE_EMPTY;
  if (application != SCHEMA_APPLICATION_ID)
    return fail(view, "it is the file of another program: name the one that "
                      "the plugin writes");
  if (version > schema_version)
    return fail(view, "a newer version of collectd-anomaly has written it: "
                      "install that version of the dashboard");
  if (version < schema_version)
    return fail(view, "an older version of collectd-anomaly has written it: "
                      "restart collectd with this version of the plugin");
  return LIVE_READY;
}

live_status_t live_begin(live_t *live, live_view_t *view) {
  struct stat status = {0};
  *view = (live_view_t){.error = "out of memory"};
  if (lstat(live->path, &status) != 0)
    return errno == ENOENT || errno == ENOTDIR ? LIVE_EMPTY
                                               : fail(view, strerror(errno));
  /* as whoever writes it does; to open a pipe would wait for its other end */
  if (S_ISLNK(status.st_mode))
    return fail(view, "it is a symbolic link: name the file that it points to");
  if (!S_ISREG(status.st_mode))
    return fail(view, "it is no file: name the one that the plugin writes");
  connection_t *connection = take_kept(live);
  if (connection != NULL && (connection->device != status.st_dev ||
                             connection->inode != status.st_ino)) {
    disconnect(connection);
    connection = NULL;
  }
  if (connection == NULL)
    connection = connect_to(live->path, &status, view);
  if (connection == NULL)
    return LIVE_FAILED;
  connection->give_up_at = monotonic_ms() + LIVE_VIEW_MS;
  live_status_t found = look(connection, view);
  if (found != LIVE_READY) {
    disconnect(connection);
    return found;
  }
  view->db = connection->db;
  view->connection = connection;
  return LIVE_READY;
}

void live_end(live_t *live, live_view_t *view) {
  connection_t *connection = view->connection;
  sqlite3_exec(connection->db, "COMMIT", NULL, NULL, NULL);
  pthread_mutex_lock(&live->lock);
  if (live->kept_num < KEPT_MAX) {
    live->kept[live->kept_num++] = connection;
    connection = NULL;
  }
  pthread_mutex_unlock(&live->lock);
  disconnect(connection);
}

/* SPDX-License-Identifier: MIT */
/*
 * forget.c -- see forget.h
 */
#include "plugin/storage/forget.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/hostname.h"

#include <string.h>

/* --- asking -------------------------------------------------------------- */

/* There is an image, or samples of a model that has not been saved yet. */
static int is_known(database_t *db, const char *host, const char *detector,
                    bool *known) {
  sqlite3_stmt *statement = NULL;
  bool table = false;
  if (database_prepare(db, &statement,
                       "SELECT 1 FROM models WHERE host = %Q AND detector = %Q",
                       host, detector) != 0 ||
      database_finds(db, statement, known) != 0)
    return -1;
  if (*known)
    return 0;
  if (database_prepare(db, &statement,
                       "SELECT 1 FROM sqlite_schema, detectors"
                       " WHERE type = 'table' AND name = 'samples_' || detector"
                       " AND detector = %Q",
                       detector) != 0 ||
      database_finds(db, statement, &table) != 0)
    return -1;
  if (!table)
    return 0;
  if (database_prepare(db, &statement,
                       "SELECT 1 FROM \"samples_%w\" WHERE host = %Q LIMIT 1",
                       detector, host) != 0)
    return -1;
  return database_finds(db, statement, known);
}

typedef struct {
  const char *host;
  const char *detector;
  int64_t asked_at;
} wish_t;

static int ask(database_t *db, void *context) {
  const wish_t *wish = context;
  sqlite3_stmt *statement = NULL;
  bool known = false;
  if (is_known(db, wish->host, wish->detector, &known) != 0)
    return -1;
  if (!known)
    return 1;
  if (database_prepare(db, &statement,
                       "INSERT OR REPLACE INTO forget(host, detector, asked_at)"
                       " VALUES(%Q, %Q, %lld)",
                       wish->host, wish->detector,
                       (long long)wish->asked_at) != 0)
    return -1;
  return database_run(db, statement);
}

int forget_ask(const char *path, const char *host, const char *detector,
               int64_t *asked_at, char error[CHANGE_ERROR_SIZE]) {
  wish_t wish = {.host = host, .detector = detector, .asked_at = wall_ms()};
  *asked_at = wish.asked_at;
  return change_existing(path, ask, &wish, error);
}

/* --- answering ----------------------------------------------------------- */

/* The row that the query stands on, if its detector is one of ours. */
static bool read_wish(sqlite3_stmt *statement,
                      const detector_t *const *detectors, size_t detectors_num,
                      storage_forget_t *forget) {
  const char *host = (const char *)sqlite3_column_text(statement, 0);
  const char *detector = (const char *)sqlite3_column_text(statement, 1);
  for (size_t i = 0; host != NULL && detector != NULL && i < detectors_num; i++)
    if (strcmp(detectors[i]->name, detector) == 0) {
      *forget =
          (storage_forget_t){.detector = detectors[i],
                             .asked_at = sqlite3_column_int64(statement, 2)};
      hostname_from_text(host, forget->host, sizeof(forget->host));
      return true;
    }
  return false;
}

int forget_look(database_t *db, int64_t *data_version,
                const detector_t *const *detectors, size_t detectors_num,
                forget_give_cb give, void *context) {
  int64_t version = 0;
  if (database_integer(db, "PRAGMA data_version", &version) != 0)
    return -1;
  if (version == *data_version)
    return 0;
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT host, detector, asked_at FROM forget") != 0)
    return -1;
  bool room = true;
  int code = SQLITE_DONE;
  while (room && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    storage_forget_t forget = {.asked_at = 0};
    if (read_wish(statement, detectors, detectors_num, &forget))
      room = give(context, &forget);
  }
  int status =
      code == SQLITE_DONE || code == SQLITE_ROW ? 0 : database_failed(db);
  sqlite3_finalize(statement);
  if (status == 0 && room)
    *data_version = version;
  return status;
}

int forget_asked_at(database_t *db, const char *host, const char *detector,
                    int64_t *asked_at) {
  char *sql = sqlite3_mprintf("SELECT coalesce((SELECT asked_at FROM forget"
                              " WHERE host = %Q AND detector = %Q), 0)",
                              host, detector);
  if (sql == NULL)
    return database_refused(db, "out of memory");
  int status = database_integer(db, sql, asked_at);
  sqlite3_free(sql);
  return status;
}

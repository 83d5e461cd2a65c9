/* SPDX-License-Identifier: MIT */
/*
 * verdict.c -- what people say of a run, and deleting uploads
 */
#include "plugin/storage/verdict.h"
#include "dashboard/api/api.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/upload.h"

#include <string.h>

#define NOTE_MAX 2000 /* bytes */

/* The status of a change of the database, as a reply. */
static void reply(request_t *request, int status, const char *error,
                  const char *none) {
  cache_clear(request->app->cache, monotonic_ms());
  if (status == 0)
    request_reply_json(
        request, MHD_HTTP_OK,
        sqlite3_mprintf("{\"id\":%lld}", (long long)request->id));
  else if (status > 0)
    request_reply_error(request, MHD_HTTP_NOT_FOUND, "%s", none);
  else
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "this cannot be saved: %s", error);
}

void api_delete_run(request_t *request) {
  char error[CHANGE_ERROR_SIZE] = "";
  int status = upload_delete(request->app->database, request->id, error);
  reply(request, status, error,
        "there is no such upload; live runs are not deleted");
}

/* --- verdicts --- */

/* One row: whether it is an object; type and text of verdict, of note. */
static const char opinion_sql[] =
    "SELECT json_type(?1), json_type(?1, '$.verdict'), ?1 ->> '$.verdict',"
    " json_type(?1, '$.note'), ?1 ->> '$.note'";

static bool is(sqlite3_stmt *statement, int column, const char *wanted) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return text != NULL && strcmp(text, wanted) == 0;
}

/* NULL, or what was expected. */
static const char *check(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_ROW || !is(statement, 0, "object"))
    return "expected JSON {\"verdict\":…,\"note\":…}";
  if (!is(statement, 1, "null") && !is(statement, 2, "expected") &&
      !is(statement, 2, "incident"))
    return "verdict: expected \"expected\", \"incident\" or null";
  if (sqlite3_column_type(statement, 3) != SQLITE_NULL &&
      !is(statement, 3, "null") && !is(statement, 3, "text"))
    return "note: expected a text or null";
  if (sqlite3_column_bytes(statement, 4) > NOTE_MAX)
    return "note: expected at most 2000 bytes";
  return NULL;
}

static void set_verdict(request_t *request, sqlite3_stmt *statement) {
  char error[CHANGE_ERROR_SIZE] = "";
  const char *wrong = check(statement);
  if (wrong != NULL) {
    request_reply_error(request, MHD_HTTP_BAD_REQUEST, "%s", wrong);
    return;
  }
  int status =
      verdict_set(request->app->database, request->id,
                  (const char *)sqlite3_column_text(statement, 2),
                  sqlite3_column_type(statement, 3) != SQLITE_NULL,
                  (const char *)sqlite3_column_text(statement, 4), error);
  reply(request, status, error, "there is no such run");
}

void api_verdict(request_t *request) {
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
      sqlite3_prepare_v2(db, opinion_sql, -1, &statement, NULL) != SQLITE_OK) {
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
  } else {
    sqlite3_bind_text(statement, 1, body_text(request->body),
                      (int)body_size(request->body), SQLITE_STATIC);
    set_verdict(request, statement);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
}

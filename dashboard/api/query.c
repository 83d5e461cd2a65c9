/* SPDX-License-Identifier: MIT */
/*
 * query.c -- see query.h
 */
#include "dashboard/api/query.h"

#include <string.h>

bool query_begin(request_t *request, live_view_t *view,
                 const char *when_empty) {
  switch (live_begin(request->app->live, view)) {
  case LIVE_READY:
    return true;
  case LIVE_EMPTY:
    if (when_empty == NULL)
      request_reply_error(request, MHD_HTTP_NOT_FOUND, "nothing is there yet");
    else
      request_reply_json(request, MHD_HTTP_OK,
                         sqlite3_mprintf("%s", when_empty));
    return false;
  case LIVE_FAILED:
    break;
  }
  request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", view->error);
  return false;
}

void query_end(request_t *request, live_view_t *view) {
  live_end(request->app->live, view);
}

void query_failed(request_t *request, const live_view_t *view) {
  if (sqlite3_errcode(view->db) == SQLITE_INTERRUPT)
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "this took too long: ask for a shorter time");
  else
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "the database cannot be read: %s",
                        sqlite3_errmsg(view->db));
}

sqlite3_stmt *query_prepare(request_t *request, const live_view_t *view,
                            sqlite3_str *sql) {
  char *text = sqlite3_str_finish(sql);
  sqlite3_stmt *statement = NULL;
  if (text == NULL)
    request_reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "out of memory");
  else if (sqlite3_prepare_v2(view->db, text, -1, &statement, NULL) !=
           SQLITE_OK)
    query_failed(request, view);
  sqlite3_free(text);
  return statement;
}

void query_bind(sqlite3_stmt *statement, int i, const char *text) {
  sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
}

bool query_detector(request_t *request, const live_view_t *view,
                    const char *when_empty, char **name) {
  const char *wanted = NULL;
  names_t names = {0};
  *name = NULL;
  if (!request_text(request, "detector", &wanted))
    return false;
  if (catalog_detectors(view->db, &names) != 0) {
    query_failed(request, view);
    return false;
  }
  if (wanted == NULL && names.num > 0)
    wanted = names_have(&names, "system") ? "system" : names.items[0];
  if (wanted == NULL)
    request_reply_json(request, MHD_HTTP_OK, sqlite3_mprintf("%s", when_empty));
  else if (!names_have(&names, wanted))
    request_reply_error(request, MHD_HTTP_NOT_FOUND, "there is no detector %s",
                        wanted);
  else
    *name = strdup(wanted);
  names_free(&names);
  return *name != NULL;
}

void query_reply_value(request_t *request, const live_view_t *view,
                       sqlite3_stmt *statement) {
  if (sqlite3_step(statement) == SQLITE_ROW)
    request_reply_json(
        request, MHD_HTTP_OK,
        sqlite3_mprintf("%s", sqlite3_column_text(statement, 0)));
  else
    query_failed(request, view);
  sqlite3_finalize(statement);
}

void query_reply_rows(request_t *request, const live_view_t *view,
                      sqlite3_stmt *statement) {
  sqlite3_str *json = sqlite3_str_new(NULL);
  int code = SQLITE_ROW;
  char before = '[';
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    sqlite3_str_appendchar(json, 1, before);
    sqlite3_str_append(json, (const char *)sqlite3_column_text(statement, 0),
                       sqlite3_column_bytes(statement, 0));
    before = ',';
  }
  if (before == '[')
    sqlite3_str_appendchar(json, 1, '[');
  sqlite3_str_appendchar(json, 1, ']');
  if (code == SQLITE_DONE) {
    request_reply_str(request, MHD_HTTP_OK, json);
  } else {
    sqlite3_free(sqlite3_str_finish(json));
    query_failed(request, view);
  }
  sqlite3_finalize(statement);
}

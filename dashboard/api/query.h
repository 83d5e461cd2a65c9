/* SPDX-License-Identifier: MIT */
/*
 * query.h -- what the handlers of the API have in common
 */
#ifndef ANOMALY_DASHBOARD_QUERY_H
#define ANOMALY_DASHBOARD_QUERY_H

#include "dashboard/api/catalog.h"
#include "dashboard/api/live.h"
#include "dashboard/http/request.h"

/* SQL for a number of the file: NULL when it is infinite, which JSON cannot
 * tell, or no number at all. */
#define QUERY_NUMBER(column)                                                   \
  "iif(" column " > -9e999 AND " column " < 9e999, " column ", NULL)"

/* The digits of a macro, as a part of SQL. */
#define QUERY_DIGITS(macro) QUERY_DIGITS_OF(macro)
#define QUERY_DIGITS_OF(number) #number

/* Begins a view for a request. false after a reply: `when_empty` if there is
 * no database yet (NULL: 404), or 503. */
bool query_begin(request_t *request, live_view_t *view, const char *when_empty);

/* Ends it. */
void query_end(request_t *request, live_view_t *view);

/* Prepares a statement; `sql` is freed. NULL after a reply 503. */
sqlite3_stmt *query_prepare(request_t *request, const live_view_t *view,
                            sqlite3_str *sql);

/* Replies 503 with what SQLite says. */
void query_failed(request_t *request, const live_view_t *view);

/* Binds a text or NULL to a parameter that lives longer than the statement. */
void query_bind(sqlite3_stmt *statement, int i, const char *text);

/* The detector that a request asks for, or the only one, or "system"; in *name,
 * to be freed. false after a reply: 404 if it is unknown, and `when_empty` if
 * the database has none at all. */
bool query_detector(request_t *request, const live_view_t *view,
                    const char *when_empty, char **name);

/* Replies with the text in the only row and column, and finalises. */
void query_reply_value(request_t *request, const live_view_t *view,
                       sqlite3_stmt *statement);

/* Replies with an array of the JSON texts of all rows, and finalises. */
void query_reply_rows(request_t *request, const live_view_t *view,
                      sqlite3_stmt *statement);

#endif /* ANOMALY_DASHBOARD_QUERY_H */

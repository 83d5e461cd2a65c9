/* SPDX-License-Identifier: MIT */
/*
 * samples.c -- samples as a table, newest first, as JSON or CSV
 *
 * The next page is asked for with before=TS of the last row, or before=TS,HOST
 * where several hosts are shown, whose samples may have the same time.
 */
#include "dashboard/api/api.h"
#include "dashboard/api/query.h"
#include "dashboard/json.h"
#include "dashboard/text.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 100000
#define DIGITS 15

static const char when_empty[] =
    "{\"detector\":null,\"units\":{},\"columns\":[],\"rows\":[]}";

typedef struct {
  const char *host; /* NULL: all */
  bool flagged;     /* these alone */
  int64_t from;
  int64_t to;     /* not included */
  int64_t before; /* the same, or with before_host */
  const char *before_host;
  int64_t limit;
  bool csv;
} wish_t;

/* Where the samples are. */
typedef struct {
  char *detector;
  names_t features;
  names_t units;
} source_t;

/* before=TS or before=TS,HOST */
static bool read_before(request_t *request, wish_t *wish) {
  const char *text = NULL;
  char digits[24] = "";
  wish->before = INT64_MAX;
  if (!request_text(request, "before", &text))
    return false;
  if (text == NULL)
    return true;
  size_t length = strcspn(text, ",");
  if (length < sizeof(digits)) {
    memcpy(digits, text, length);
    if (text[length] == ',')
      wish->before_host = text + length + 1;
    if (text_to_integer(digits, INT64_MIN, INT64_MAX, &wish->before))
      return true;
  }
  request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                      "before: expected milliseconds since the epoch");
  return false;
}

static bool read_wish(request_t *request, wish_t *wish) {
  int64_t flagged = 0;
  const char *format = request_query(request, "format");
  *wish = (wish_t){0};
  if (!request_text(request, "host", &wish->host) ||
      !request_integer(request, "flagged", 0, 1, 0, &flagged) ||
      !request_integer(request, "from", INT64_MIN, INT64_MAX, INT64_MIN,
                       &wish->from) ||
      !request_integer(request, "to", INT64_MIN, INT64_MAX, INT64_MAX,
                       &wish->to) ||
      !request_integer(request, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT,
                       &wish->limit) ||
      !read_before(request, wish))
    return false;
  wish->flagged = flagged == 1;
  wish->csv = format != NULL && strcmp(format, "csv") == 0;
  if (format == NULL || wish->csv || strcmp(format, "json") == 0)
    return true;
  request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                      "format: expected json or csv");
  return false;
}

static sqlite3_stmt *select_rows(request_t *request, const live_view_t *view,
                                 const wish_t *wish, const source_t *source) {
  sqlite3_str *sql = sqlite3_str_new(view->db);
  sqlite3_str_appendall(sql, "SELECT ts, host");
  for (size_t i = 0; i < source->features.num; i++)
    sqlite3_str_appendf(sql, ", \"%w\"", source->features.items[i]);
  sqlite3_str_appendf(
      sql,
      ", score, threshold, flagged FROM \"samples_%w\""
      " WHERE ts >= ?1 AND ts < ?2%s%s%s"
      " ORDER BY ts DESC, host DESC LIMIT ?5",
      source->detector, wish->host == NULL ? "" : " AND host = ?3",
      wish->before_host == NULL ? " AND ts < ?4" : " AND (ts, host) < (?4, ?6)",
      wish->flagged ? " AND flagged = 1" : "");
  sqlite3_stmt *statement = query_prepare(request, view, sql);
  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64(statement, 1, wish->from);
  sqlite3_bind_int64(statement, 2, wish->to);
  query_bind(statement, 3, wish->host);
  sqlite3_bind_int64(statement, 4, wish->before);
  sqlite3_bind_int64(statement, 5, wish->limit);
  query_bind(statement, 6, wish->before_host);
  return statement;
}

/* --- as JSON --- */

static void json_value(sqlite3_str *json, sqlite3_stmt *statement, int i,
                       bool last) {
  switch (sqlite3_column_type(statement, i)) {
  case SQLITE_NULL:
    sqlite3_str_appendall(json, "null");
    break;
  case SQLITE_TEXT:
    json_text(json, (const char *)sqlite3_column_text(statement, i));
    break;
  case SQLITE_INTEGER:
    if (last)
      sqlite3_str_appendall(json, sqlite3_column_int(statement, i) ? "true"
                                                                   : "false");
    else
      sqlite3_str_appendf(json, "%lld", sqlite3_column_int64(statement, i));
    break;
  default:
    json_number(json, sqlite3_column_double(statement, i), DIGITS);
  }
}

static void json_head(sqlite3_str *json, sqlite3_stmt *statement,
                      const source_t *source) {
  sqlite3_str_appendall(json, "{\"detector\":");
  json_text(json, source->detector);
  sqlite3_str_appendall(json, ",\"units\":{");
  for (size_t i = 0; i < source->units.num; i++) {
    if (i > 0)
      sqlite3_str_appendchar(json, 1, ',');
    json_text(json, source->features.items[i]);
    sqlite3_str_appendchar(json, 1, ':');
    json_text(json, source->units.items[i]);
  }
  sqlite3_str_appendall(json, "},\"columns\":");
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    sqlite3_str_appendchar(json, 1, i == 0 ? '[' : ',');
    json_text(json, sqlite3_column_name(statement, i));
  }
  sqlite3_str_appendall(json, "],\"rows\":[");
}

static void json_row(sqlite3_str *json, sqlite3_stmt *statement, bool first) {
  int columns = sqlite3_column_count(statement);
  sqlite3_str_appendall(json, first ? "[" : ",\n[");
  for (int i = 0; i < columns; i++) {
    if (i > 0)
      sqlite3_str_appendchar(json, 1, ',');
    json_value(json, statement, i, i == columns - 1);
  }
  sqlite3_str_appendchar(json, 1, ']');
}

/* --- as CSV --- */

/* Quoted where it has to be. A text that a spreadsheet would take for a formula
 * is a host's name, and quoted as a text. */
static void csv_text(sqlite3_str *csv, const char *text) {
  if (strpbrk(text, "\",\r\n") == NULL && strchr("=+-@\t", *text) == NULL) {
    sqlite3_str_appendall(csv, text);
    return;
  }
  sqlite3_str_appendchar(csv, 1, '"');
  for (; *text != '\0'; text++)
    sqlite3_str_appendchar(csv, *text == '"' ? 2 : 1, *text);
  sqlite3_str_appendchar(csv, 1, '"');
}

static void csv_head(sqlite3_str *csv, sqlite3_stmt *statement) {
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    if (i > 0)
      sqlite3_str_appendchar(csv, 1, ',');
    csv_text(csv, sqlite3_column_name(statement, i));
  }
  sqlite3_str_appendchar(csv, 1, '\n');
}

static void csv_row(sqlite3_str *csv, sqlite3_stmt *statement) {
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    if (i > 0)
      sqlite3_str_appendchar(csv, 1, ',');
    int type = sqlite3_column_type(statement, i);
    if (type == SQLITE_TEXT)
      csv_text(csv, (const char *)sqlite3_column_text(statement, i));
    else if (type == SQLITE_FLOAT)
      json_number(csv, sqlite3_column_double(statement, i), DIGITS);
    else if (type != SQLITE_NULL)
      sqlite3_str_appendf(csv, "%lld", sqlite3_column_int64(statement, i));
  }
  sqlite3_str_appendchar(csv, 1, '\n');
}

/* --- */

static void reply_csv(request_t *request, sqlite3_str *csv,
                      const char *detector) {
  char *disposition =
      sqlite3_mprintf("attachment; filename=\"samples-%s.csv\"", detector);
  int length = sqlite3_str_length(csv);
  request_reply_text(request, MHD_HTTP_OK, "text/csv; charset=utf-8",
                     sqlite3_str_finish(csv), (size_t)length);
  if (disposition != NULL)
    request_add_header(request, MHD_HTTP_HEADER_CONTENT_DISPOSITION,
                       disposition);
  sqlite3_free(disposition);
}

static void reply_rows(request_t *request, const live_view_t *view,
                       sqlite3_stmt *statement, const wish_t *wish,
                       const source_t *source) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  int code = SQLITE_ROW;
  if (wish->csv)
    csv_head(text, statement);
  else
    json_head(text, statement, source);
  for (bool first = true; (code = sqlite3_step(statement)) == SQLITE_ROW;
       first = false)
    if (wish->csv)
      csv_row(text, statement);
    else
      json_row(text, statement, first);
  if (code != SQLITE_DONE) {
    sqlite3_free(sqlite3_str_finish(text));
    query_failed(request, view);
  } else if (wish->csv) {
    reply_csv(request, text, source->detector);
  } else {
    sqlite3_str_appendall(text, "]}");
    request_reply_str(request, MHD_HTTP_OK, text);
  }
}

/* false after a reply. */
static bool find_source(request_t *request, const live_view_t *view,
                        source_t *source) {
  if (!query_detector(request, view, when_empty, &source->detector))
    return false;
  if (catalog_features(view->db, source->detector, &source->features) == 0 &&
      catalog_units(view->db, source->detector, &source->features,
                    &source->units) == 0)
    return true;
  query_failed(request, view);
  return false;
}

void api_samples(request_t *request) {
  live_view_t view;
  wish_t wish;
  source_t source = {0};
  sqlite3_stmt *statement = NULL;
  if (!read_wish(request, &wish) || !query_begin(request, &view, when_empty))
    return;
  if (find_source(request, &view, &source))
    statement = select_rows(request, &view, &wish, &source);
  if (statement != NULL)
    reply_rows(request, &view, statement, &wish, &source);
  sqlite3_finalize(statement);
  names_free(&source.units);
  names_free(&source.features);
  free(source.detector);
  query_end(request, &view);
}

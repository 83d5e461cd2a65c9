/* SPDX-License-Identifier: MIT */
/*
 * read_json.c -- see read_json.h
 *
 * SQLite reads each point: json_each() of a bound text, in a database in memory
 * that holds nothing.
 */
#include "dashboard/api/read_json.h"

#include "dashboard/api/points.h"
#include "dashboard/json.h"
#include "plugin/storage/csv_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char members_sql[] = "SELECT key, type, atom FROM json_each(?1)";
enum { KEY, TYPE, ATOM };

typedef struct {
  table_t *table;
  points_t *points;
  locale_t c_locale;
  sqlite3 *db;
  sqlite3_stmt *members;
} reader_t;

static const char *text(const reader_t *reader, int column) {
  const char *value =
      (const char *)sqlite3_column_text(reader->members, column);
  return value == NULL ? "" : value;
}

/* For messages. */
static size_t row(const reader_t *reader) { return table_rows(reader->table); }

static int take_value(const reader_t *reader) {
  const char *name = text(reader, KEY);
  const char *type = text(reader, TYPE);
  double value = NAN;
  if (strcmp(type, "integer") == 0 || strcmp(type, "real") == 0)
    value = sqlite3_column_double(reader->members, ATOM);
  else if (strcmp(type, "null") != 0)
    return table_refuse(reader->table,
                        "row %zu, column %.80s: expected a number or null",
                        row(reader), name);
  if (isinf(value))
    return table_refuse(reader->table,
                        "row %zu, column %.80s: expected a smaller number",
                        row(reader), name);
  int feature = table_feature(reader->table, name);
  if (feature < 0)
    return -1;
  table_set(reader->table, (size_t)feature, value);
  return 0;
}

/* A number is given back as the same number; the fewest digits that make it. */
static int take_number_ts(const reader_t *reader) {
  double number = sqlite3_column_double(reader->members, ATOM);
  char same[40] = "";
  char plain[400] = "";
  int64_t ts = 0;
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(same, sizeof(same), "%.*g", digits, number);
    if (strtod(same, NULL) == number)
      break;
  }
  if (strcmp(text(reader, TYPE), "integer") == 0)
    snprintf(same, sizeof(same), "%s", text(reader, ATOM));
  snprintf(plain, sizeof(plain), "%.6f", number);
  if (!csv_time(plain, reader->c_locale, &ts))
    return 1;
  return table_set_ts(reader->table, ts, same);
}

static int take_text_ts(const reader_t *reader) {
  int64_t ts = 0;
  if (!csv_time(text(reader, ATOM), reader->c_locale, &ts))
    return 1;
  sqlite3_str *json = sqlite3_str_new(NULL);
  json_text(json, text(reader, ATOM));
  char *quoted = sqlite3_str_finish(json);
  int status = quoted == NULL ? -1 : table_set_ts(reader->table, ts, quoted);
  sqlite3_free(quoted);
  return status;
}

static int take_ts(const reader_t *reader) {
  const char *type = text(reader, TYPE);
  int status = 1; /* it is no time */
  if (strcmp(type, "integer") == 0 || strcmp(type, "real") == 0)
    status = take_number_ts(reader);
  else if (strcmp(type, "text") == 0)
    status = take_text_ts(reader);
  if (status <= 0)
    return status;
  return table_refuse(reader->table,
                      "row %zu, column ts: expected a time, as ISO 8601 or in "
                      "seconds since the epoch",
                      row(reader));
}

static int take_members(const reader_t *reader) {
  bool has_ts = false;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(reader->members)) == SQLITE_ROW) {
    bool is_ts = strcmp(text(reader, KEY), "ts") == 0;
    has_ts |= is_ts;
    if ((is_ts ? take_ts(reader) : take_value(reader)) != 0)
      return -1;
  }
  if (code != SQLITE_DONE)
    return table_refuse(reader->table,
                        "row %zu: this is no JSON: expected an "
                        "object {\"ts\":…,\"<name>\":…}",
                        row(reader));
  if (!has_ts)
    return table_refuse(reader->table, "row %zu: expected a ts", row(reader));
  return 0;
}

static int take_points(const reader_t *reader) {
  const char *point = NULL;
  size_t length = 0;
  int got = 0;
  while ((got = points_next(reader->points, &point, &length)) > 0) {
    if (table_begin_row(reader->table) != 0)
      return -1;
    sqlite3_bind_text(reader->members, 1, point, (int)length, SQLITE_STATIC);
    int status = take_members(reader);
    sqlite3_reset(reader->members);
    if (status != 0)
      return -1;
  }
  return got < 0
             ? table_refuse(reader->table, "%s", points_error(reader->points))
             : 0;
}

int read_json(table_t *table, body_t *body) {
  reader_t reader = {
      .table = table,
      .points = points_create(body),
      .c_locale = newlocale(LC_ALL_MASK, "C", 0),
  };
  int status = -1;
  if (reader.points == NULL || reader.c_locale == 0 ||
      sqlite3_open_v2(":memory:", &reader.db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                      NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(reader.db, members_sql, -1, &reader.members, NULL) !=
          SQLITE_OK)
    table_refuse(table, "out of memory");
  else
    status = take_points(&reader);
  sqlite3_finalize(reader.members);
  sqlite3_close(reader.db);
  if (reader.c_locale != 0)
    freelocale(reader.c_locale);
  points_destroy(reader.points);
  return status;
}

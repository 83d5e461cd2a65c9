/* SPDX-License-Identifier: MIT */
/*
 * usual.c -- see usual.h
 */
#include "dashboard/api/usual.h"

#include <math.h>
#include <stdlib.h>

#define WEEK_MS (7 * 86400 * INT64_C(1000))
#define SAMPLES 300
#define SAMPLES_MIN 50
#define TAIL 0.02

/* One sample of each of SAMPLES equal spans, found by the primary key. */
static sqlite3_stmt *prepare(sqlite3 *db, const char *detector,
                             const names_t *features) {
  sqlite3_stmt *statement = NULL;
  sqlite3_str *sql = sqlite3_str_new(db);
  sqlite3_str_appendf(
      sql,
      "WITH RECURSIVE first(ts) AS (SELECT min(ts) FROM \"samples_%w\""
      "  WHERE host = ?1 AND ts >= ?2),"
      " spans(ts, step) AS ("
      "  SELECT ts, (?3 - ts) / ?4 + 1 FROM first WHERE ts < ?3 UNION ALL"
      "  SELECT ts + step, step FROM spans WHERE ts + step < ?3)"
      " SELECT flagged",
      detector);
  for (size_t i = 0; i < features->num; i++)
    sqlite3_str_appendf(sql, ", \"%w\"", features->items[i]);
  sqlite3_str_appendf(sql,
                      " FROM spans JOIN \"samples_%w\" AS samples"
                      " ON samples.host = ?1 AND samples.ts ="
                      "  (SELECT min(ts) FROM \"samples_%w\" WHERE host = ?1"
                      "   AND ts >= spans.ts AND ts < spans.ts + spans.step)",
                      detector, detector);
  char *text = sqlite3_str_finish(sql);
  if (text != NULL)
    sqlite3_prepare_v2(db, text, -1, &statement, NULL);
  sqlite3_free(text);
  return statement;
}

/* The samples of one feature. */
typedef struct {
  size_t num;
  double values[SAMPLES];
} column_t;

static int collect(sqlite3_stmt *statement, column_t *columns, size_t num) {
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (sqlite3_column_int(statement, 0) != 0)
      continue;
    for (size_t i = 0; i < num; i++)
      if (sqlite3_column_type(statement, (int)i + 1) != SQLITE_NULL &&
          columns[i].num < SAMPLES)
        columns[i].values[columns[i].num++] =
            sqlite3_column_double(statement, (int)i + 1);
  }
  return code == SQLITE_DONE ? 0 : -1;
}

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a;
  double right = *(const double *)b;
  return (left > right) - (left < right);
}

static usual_t range_of(column_t *column) {
  if (column->num < SAMPLES_MIN)
    return (usual_t){.low = NAN, .high = NAN};
  qsort(column->values, column->num, sizeof(column->values[0]), ascending);
  size_t tail = (size_t)(TAIL * (double)(column->num - 1));
  return (usual_t){.low = column->values[tail],
                   .high = column->values[column->num - 1 - tail]};
}

usual_t *usual_read(sqlite3 *db, const char *detector, const char *host,
                    const names_t *features, int64_t to) {
  sqlite3_stmt *statement = prepare(db, detector, features);
  column_t *columns = calloc(features->num + 1, sizeof(*columns));
  usual_t *usual = calloc(features->num + 1, sizeof(*usual));
  int status = -1;
  if (statement != NULL && columns != NULL && usual != NULL) {
    sqlite3_bind_text(statement, 1, host, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, to - WEEK_MS);
    sqlite3_bind_int64(statement, 3, to);
    sqlite3_bind_int(statement, 4, SAMPLES);
    status = collect(statement, columns, features->num);
  }
  for (size_t i = 0; status == 0 && i < features->num; i++)
    usual[i] = range_of(&columns[i]);
  sqlite3_finalize(statement);
  free(columns);
  if (status == 0)
    return usual;
  free(usual);
  return NULL;
}

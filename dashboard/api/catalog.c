/* SPDX-License-Identifier: MIT */
/*
 * catalog.c -- see catalog.h
 */
#include "dashboard/api/catalog.h"

#include <stdlib.h>
#include <string.h>

void names_free(names_t *names) {
  for (size_t i = 0; i < names->num; i++)
    free(names->items[i]);
  free(names->items);
  *names = (names_t){0};
}

bool names_have(const names_t *names, const char *name) {
  for (size_t i = 0; i < names->num; i++)
    if (strcmp(names->items[i], name) == 0)
      return true;
  return false;
}

static bool append(names_t *names, const char *name) {
  char **grown = realloc(names->items, (names->num + 1) * sizeof(*grown));
  if (grown == NULL)
    return false;
  names->items = grown;
  grown[names->num] = strdup(name);
  if (grown[names->num] == NULL)
    return false;
  names->num++;
  return true;
}

/* The names that a query gives, with ?1 bound unless it is NULL. */
static int collect(sqlite3 *db, const char *sql, const char *bound,
                   names_t *names) {
  sqlite3_stmt *statement = NULL;
  int code = SQLITE_ERROR;
  *names = (names_t){0};
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
    return -1;
  if (bound != NULL)
    sqlite3_bind_text(statement, 1, bound, -1, SQLITE_STATIC);
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    if (!append(names, (const char *)sqlite3_column_text(statement, 0)))
      break;
  sqlite3_finalize(statement);
  if (code == SQLITE_DONE)
    return 0;
  names_free(names);
  return -1;
}

int catalog_detectors(sqlite3 *db, names_t *names) {
  return collect(db,
                 "SELECT substr(name, length('samples_') + 1)"
                 " FROM sqlite_schema WHERE type = 'table'"
                 " AND name GLOB 'samples_*' ORDER BY name",
                 NULL, names);
}

int catalog_features(sqlite3 *db, const char *detector, names_t *names) {
  return collect(db,
                 "SELECT name FROM pragma_table_info('samples_' || ?1)"
                 " WHERE name NOT IN"
                 " ('host', 'ts', 'score', 'threshold', 'flagged')",
                 detector, names);
}

/* The unit of one feature; "" if there is none. */
static int append_unit(sqlite3_stmt *statement, const char *feature,
                       names_t *units) {
  sqlite3_bind_text(statement, 2, feature, -1, SQLITE_STATIC);
  int code = sqlite3_step(statement);
  bool good = code == SQLITE_ROW || code == SQLITE_DONE;
  const char *unit =
      code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : "";
  good = good && append(units, unit);
  sqlite3_reset(statement);
  return good ? 0 : -1;
}

int catalog_units(sqlite3 *db, const char *detector, const names_t *features,
                  names_t *units) {
  sqlite3_stmt *statement = NULL;
  int status = 0;
  *units = (names_t){0};
  if (sqlite3_prepare_v2(
          db, "SELECT unit FROM features WHERE detector = ?1 AND name = ?2", -1,
          &statement, NULL) != SQLITE_OK)
    return -1;
  sqlite3_bind_text(statement, 1, detector, -1, SQLITE_STATIC);
  for (size_t i = 0; status == 0 && i < features->num; i++)
    status = append_unit(statement, features->items[i], units);
  sqlite3_finalize(statement);
  if (status != 0)
    names_free(units);
  return status;
}

bool catalog_has_table(sqlite3 *db, const char *name) {
  names_t names = {0};
  bool has = collect(db,
                     "SELECT name FROM sqlite_schema"
                     " WHERE type = 'table' AND name = ?1",
                     name, &names) == 0 &&
             names.num > 0;
  names_free(&names);
  return has;
}

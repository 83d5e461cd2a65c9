/* SPDX-License-Identifier: MIT */
/*
 * rollup.c -- writes the SQL of the tables and triggers
 *
 * Keeping them makes writing samples two to three times as slow; a year is
 * drawn a hundred times as fast.
 */
#include "plugin/storage/rollup.h"

const rollup_level_t rollup_levels[] = {
    {"minutes", 60 * INT64_C(1000)},
    {"hours", 3600 * INT64_C(1000)},
};
const size_t rollup_levels_num =
    sizeof(rollup_levels) / sizeof(rollup_levels[0]);

/* What is written for each column; all %w are its name. */
static const char as_names[] = ", \"%w_min\", \"%w_max\"";
static const char as_new[] = ", new.\"%w\", new.\"%w\"";
static const char as_aggregates[] = ", min(\"%w\"), max(\"%w\")";
static const char as_updates[] =
    ", \"%w_min\" = min(coalesce(\"%w_min\", excluded.\"%w_min\"),"
    " coalesce(excluded.\"%w_min\", \"%w_min\"))"
    ", \"%w_max\" = max(coalesce(\"%w_max\", excluded.\"%w_max\"),"
    " coalesce(excluded.\"%w_max\", \"%w_max\"))";

/* Appends `format` for each column of the samples that has a range. */
static int append_columns(database_t *db, const char *detector,
                          const char *format, sqlite3_str *sql) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT name FROM pragma_table_info('samples_%q')"
                       " WHERE name NOT IN ('host', 'ts', 'flagged')",
                       detector) != 0)
    return -1;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    const char *c = (const char *)sqlite3_column_text(statement, 0);
    sqlite3_str_appendf(sql, format, c, c, c, c, c, c, c, c, c, c);
  }
  int status = code == SQLITE_DONE ? 0 : database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

/* Runs the statements that `sql` has become, unless `status` says that it is
 * not complete; frees it. */
static int finish(database_t *db, sqlite3_str *sql, int status) {
  char *text = sqlite3_str_finish(sql);
  if (status == 0 && text == NULL)
    status = database_refused(db, "out of memory");
  if (status == 0)
    status = database_exec(db, text);
  sqlite3_free(text);
  return status;
}

static int table_exists(database_t *db, const rollup_level_t *level,
                        const char *detector, bool *exists) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT count(*) FROM pragma_table_info('%q_%q')",
                       level->name, detector) != 0)
    return -1;
  int64_t columns = 0;
  int status = database_result(db, statement, &columns);
  *exists = columns > 0;
  return status;
}

int rollup_exists(database_t *db, const char *detector, bool *exists) {
  *exists = true;
  for (size_t i = 0; *exists && i < rollup_levels_num; i++)
    if (table_exists(db, &rollup_levels[i], detector, exists) != 0)
      return -1;
  return 0;
}

/* --- a table --- */

static int create(database_t *db, const rollup_level_t *level,
                  const char *detector) {
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  sqlite3_str_appendf(sql,
                      "CREATE TABLE IF NOT EXISTS \"%w_%w\"("
                      "host TEXT NOT NULL, ts INTEGER NOT NULL,"
                      " samples INTEGER NOT NULL, flagged INTEGER NOT NULL,"
                      " PRIMARY KEY(host, ts))"
                      " WITHOUT ROWID",
                      level->name, detector);
  return finish(db, sql, 0);
}

/* Adds the columns that the samples have and the table has not. */
static int extend(database_t *db, const rollup_level_t *level,
                  const char *detector) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT name FROM pragma_table_info('samples_%q')"
                       " WHERE name NOT IN ('host', 'ts', 'flagged')"
                       " AND name || '_min' NOT IN"
                       "  (SELECT name FROM pragma_table_info('%q_%q'))",
                       detector, level->name, detector) != 0)
    return -1;
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  sqlite3_str_appendchar(sql, 1, ';');
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    const char *column = (const char *)sqlite3_column_text(statement, 0);
    sqlite3_str_appendf(sql,
                        "ALTER TABLE \"%w_%w\" ADD COLUMN \"%w_min\" REAL;"
                        "ALTER TABLE \"%w_%w\" ADD COLUMN \"%w_max\" REAL;",
                        level->name, detector, column, level->name, detector,
                        column);
  }
  int status = code == SQLITE_DONE ? 0 : database_failed(db);
  sqlite3_finalize(statement);
  return finish(db, sql, status);
}

/* The beginning of the minute or hour of `ts`, before 1970 too. */
static void append_start(sqlite3_str *sql, const rollup_level_t *level,
                         const char *ts) {
  sqlite3_str_appendf(sql, "%s - (%s %% %lld + %lld) %% %lld", ts, ts,
                      level->ms, level->ms, level->ms);
}

static int fill(database_t *db, const rollup_level_t *level,
                const char *detector) {
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  int status = 0;
  sqlite3_str_appendf(sql, "INSERT INTO \"%w_%w\"(host, ts, samples, flagged",
                      level->name, detector);
  status |= append_columns(db, detector, as_names, sql);
  sqlite3_str_appendall(sql, ") SELECT host, ");
  append_start(sql, level, "ts");
  sqlite3_str_appendall(sql, ", count(*), sum(flagged)");
  status |= append_columns(db, detector, as_aggregates, sql);
  sqlite3_str_appendf(sql, " FROM \"samples_%w\" GROUP BY 1, 2", detector);
  return finish(db, sql, status);
}

static int add_level(database_t *db, const rollup_level_t *level,
                     const char *detector) {
  bool exists = false;
  if (table_exists(db, level, detector, &exists) != 0 ||
      create(db, level, detector) != 0 || extend(db, level, detector) != 0)
    return -1;
  return exists ? 0 : fill(db, level, detector);
}

/* --- the triggers --- */

static int append_upsert(database_t *db, const rollup_level_t *level,
                         const char *detector, sqlite3_str *sql) {
  int status = 0;
  sqlite3_str_appendf(sql, "INSERT INTO \"%w_%w\"(host, ts, samples, flagged",
                      level->name, detector);
  status |= append_columns(db, detector, as_names, sql);
  sqlite3_str_appendall(sql, ") VALUES(new.host, ");
  append_start(sql, level, "new.ts");
  sqlite3_str_appendall(sql, ", 1, new.flagged");
  status |= append_columns(db, detector, as_new, sql);
  sqlite3_str_appendall(sql, ") ON CONFLICT(host, ts) DO UPDATE SET"
                             " samples = samples + 1,"
                             " flagged = flagged + excluded.flagged");
  status |= append_columns(db, detector, as_updates, sql);
  sqlite3_str_appendall(sql, "; ");
  return status;
}

static void append_delete(const rollup_level_t *level, const char *detector,
                          sqlite3_str *sql) {
  sqlite3_str_appendf(sql,
                      "UPDATE \"%w_%w\" SET samples = samples - 1,"
                      " flagged = flagged - old.flagged"
                      " WHERE host = old.host AND ts = ",
                      level->name, detector);
  append_start(sql, level, "old.ts");
  sqlite3_str_appendf(sql,
                      "; DELETE FROM \"%w_%w\" WHERE samples <= 0"
                      " AND host = old.host AND ts = ",
                      level->name, detector);
  append_start(sql, level, "old.ts");
  sqlite3_str_appendall(sql, "; ");
}

static int make_triggers(database_t *db, const char *detector) {
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  int status = 0;
  sqlite3_str_appendf(sql,
                      "DROP TRIGGER IF EXISTS \"samples_%w_written\";"
                      "CREATE TRIGGER \"samples_%w_written\" AFTER INSERT"
                      " ON \"samples_%w\" BEGIN ",
                      detector, detector, detector);
  for (size_t i = 0; i < rollup_levels_num; i++)
    status |= append_upsert(db, &rollup_levels[i], detector, sql);
  sqlite3_str_appendf(sql,
                      "END;"
                      "DROP TRIGGER IF EXISTS \"samples_%w_deleted\";"
                      "CREATE TRIGGER \"samples_%w_deleted\" AFTER DELETE"
                      " ON \"samples_%w\" BEGIN ",
                      detector, detector, detector);
  for (size_t i = 0; i < rollup_levels_num; i++)
    append_delete(&rollup_levels[i], detector, sql);
  sqlite3_str_appendall(sql, "END;");
  return finish(db, sql, status);
}

int rollup_add(database_t *db, const char *detector) {
  for (size_t i = 0; i < rollup_levels_num; i++)
    if (add_level(db, &rollup_levels[i], detector) != 0)
      return -1;
  return make_triggers(db, detector);
}

/* SPDX-License-Identifier: MIT */
/*
 * schema.c -- a list of migrations, and the tables that depend on detectors
 */
#include "plugin/storage/schema.h"
#include "plugin/storage/description.h"
#include "plugin/storage/rollup.h"

#define READABLE(column)                                                       \
  "strftime('%Y-%m-%dT%H:%M:%fZ', " column " / 1000.0, 'unixepoch')"

/* migrations[i] leads from user_version i to i + 1. What has been released is
 * never changed: append. */
static const char *const migrations[] = {
    "CREATE TABLE runs("
    "  id INTEGER PRIMARY KEY,"
    "  source TEXT NOT NULL," /* live, upload, api */
    "  host TEXT,"
    "  detector TEXT,"
    "  started_at INTEGER,"
    "  ended_at INTEGER," /* NULL: open */
    "  total_points INTEGER NOT NULL DEFAULT 0,"
    "  anomalies_found INTEGER NOT NULL DEFAULT 0,"
    "  peak_score REAL,"
    "  peak_at INTEGER,"
    "  verdict TEXT," /* expected, incident */
    "  note TEXT);"
    "CREATE INDEX runs_by_model ON runs(host, detector, started_at);"
    "CREATE INDEX runs_open ON runs(host, detector) WHERE ended_at IS NULL;"

    "CREATE TABLE anomalies("
    "  run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,"
    "  ts INTEGER NOT NULL,"
    "  score REAL,"
    "  threshold REAL,"
    "  suspects TEXT,"
    "  note TEXT,"
    "  PRIMARY KEY(run_id, ts));"

    "CREATE TABLE models("
    "  host TEXT NOT NULL,"
    "  detector TEXT NOT NULL,"
    "  saved_at INTEGER NOT NULL,"
    "  image BLOB NOT NULL,"
    "  PRIMARY KEY(host, detector));"

    /* clang-format off */
    "CREATE VIEW readable_runs AS SELECT id, source, host, detector,"
    " " READABLE("started_at") " AS started_at,"
    " " READABLE("ended_at") " AS ended_at,"
    " total_points, anomalies_found, peak_score,"
    " " READABLE("peak_at") " AS peak_at, verdict, note FROM runs;"

    "CREATE VIEW readable_anomalies AS SELECT run_id, host, detector,"
    " " READABLE("ts") " AS ts, score, threshold,"
    " (SELECT group_concat(printf('%s %.0f %%', value ->> 'feature',"
    "    100 * (value ->> 'share')), ', ') FROM json_each(suspects))"
    "  AS suspects, anomalies.note AS note"
    " FROM anomalies LEFT JOIN runs ON runs.id = anomalies.run_id;",
    /* clang-format on */

    /* upload.h, description.h */
    "CREATE TABLE uploads("
    "  run_id INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,"
    "  threshold REAL,"
    "  ts BLOB NOT NULL,"
    "  score BLOB NOT NULL);"
    "CREATE TABLE upload_features("
    "  run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  data BLOB NOT NULL,"
    "  PRIMARY KEY(run_id, position));"
    "CREATE TABLE features("
    "  detector TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  unit TEXT NOT NULL,"
    "  PRIMARY KEY(detector, name)) WITHOUT ROWID;",

    /* lessons.h, description.h */
    "CREATE INDEX runs_expected ON runs(id) WHERE verdict = 'expected';"
    "CREATE TABLE detectors("
    "  detector TEXT NOT NULL PRIMARY KEY,"
    "  warm_up INTEGER NOT NULL) WITHOUT ROWID;",

    /* live runs of maintenance windows */
    "CREATE TABLE silent_runs("
    "  run_id INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE);",

    /* forget.h */
    "CREATE TABLE forget("
    "  host TEXT NOT NULL,"
    "  detector TEXT NOT NULL,"
    "  asked_at INTEGER NOT NULL,"
    "  PRIMARY KEY(host, detector)) WITHOUT ROWID;",

    /* untold.h */
    "CREATE TABLE untold("
    "  id INTEGER PRIMARY KEY,"
    "  run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,"
    "  okay INTEGER NOT NULL,"
    "  time INTEGER NOT NULL,"
    "  message TEXT NOT NULL,"
    "  numbers TEXT NOT NULL,"
    "  UNIQUE(run_id, okay));",
};

#define MIGRATIONS ((int)(sizeof(migrations) / sizeof(migrations[0])))
const int schema_version = MIGRATIONS;

static int check_identity(database_t *db, int64_t *version) {
  int64_t application = 0;
  int64_t objects = 0;
  if (database_integer(db, "PRAGMA user_version", version) != 0 ||
      database_integer(db, "PRAGMA application_id", &application) != 0 ||
      database_integer(db, "SELECT count(*) FROM sqlite_schema", &objects) != 0)
    return -1;
  if (objects > 0 && application != SCHEMA_APPLICATION_ID)
    return database_refused(
        db, "it is the file of another program; name a file of our own");
  if (*version < 0)
    return database_refused(db, "its version is damaged; move it away, with "
                                "its -wal and -shm; a new one is made at once");
  if (*version > MIGRATIONS)
    return database_refused(
        db,
        "its version %d is newer than the %d known here; install the newer "
        "version of collectd-anomaly again, or move the file away",
        (int)*version, MIGRATIONS);
  return 0;
}

static int migrate(database_t *db) {
  int64_t version = 0;
  /* Somebody may have migrated it until we got the lock. */
  if (check_identity(db, &version) != 0)
    return -1;
  for (; version < MIGRATIONS; version++)
    if (database_exec(db, migrations[version]) != 0)
      return -1;
  char pragmas[96] = "";
  sqlite3_snprintf(sizeof(pragmas), pragmas,
                   "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   SCHEMA_APPLICATION_ID, MIGRATIONS);
  return database_exec(db, pragmas);
}

/* Runs `change` in a transaction of its own. */
static int in_transaction(database_t *db, int (*change)(database_t *db)) {
  if (database_exec(db, "BEGIN IMMEDIATE") != 0)
    return -1;
  if (change(db) == 0 && database_exec(db, "COMMIT") == 0)
    return 0;
  sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  return -1;
}

int schema_migrate(database_t *db) {
  int64_t version = 0;
  if (check_identity(db, &version) != 0 || database_tune(db) != 0)
    return -1;
  return version == MIGRATIONS ? 0 : in_transaction(db, migrate);
}

/* Runs the statement that `sql` has become; frees it. */
static int exec_text(database_t *db, sqlite3_str *sql) {
  char *text = sqlite3_str_finish(sql);
  if (text == NULL)
    return database_refused(db, "out of memory");
  int status = database_exec(db, text);
  sqlite3_free(text);
  return status;
}

static int has_column(database_t *db, const char *detector, const char *column,
                      bool *has) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT count(*) FROM pragma_table_info('samples_%q') "
                       "WHERE name = %Q COLLATE NOCASE",
                       detector, column) != 0)
    return -1;
  int64_t columns = 0;
  int status = database_result(db, statement, &columns);
  *has = columns > 0;
  return status;
}

static int create_samples(database_t *db, const detector_t *detector) {
  const char *name = detector->name;
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  sqlite3_str_appendf(sql,
                      "CREATE TABLE \"samples_%w\"("
                      "host TEXT NOT NULL, ts INTEGER NOT NULL",
                      name);
  for (size_t i = 0; i < detector->features_num; i++)
    sqlite3_str_appendf(sql, ", \"%w\" REAL", detector->features[i].name);
  sqlite3_str_appendf(
      sql,
      ", score REAL, threshold REAL, flagged INTEGER NOT NULL,"
      " PRIMARY KEY(host, ts)) WITHOUT ROWID;"
      "CREATE INDEX \"samples_%w_by_ts\" ON \"samples_%w\"(ts);"
      "CREATE INDEX \"samples_%w_flagged\" ON \"samples_%w\"(ts)"
      " WHERE flagged = 1;",
      name, name, name, name);
  return exec_text(db, sql);
}

static int create_view(database_t *db, const detector_t *detector) {
  const char *name = detector->name;
  sqlite3_str *sql = sqlite3_str_new(db->handle);
  sqlite3_str_appendf(sql,
                      "DROP VIEW IF EXISTS \"readable_samples_%w\";"
                      "CREATE VIEW \"readable_samples_%w\" AS SELECT host, ",
                      name, name);
  sqlite3_str_appendall(sql, READABLE("ts") " AS ts");
  for (size_t i = 0; i < detector->features_num; i++)
    sqlite3_str_appendf(sql, ", \"%w\"", detector->features[i].name);
  sqlite3_str_appendf(sql, ", score, threshold, flagged FROM \"samples_%w\"",
                      name);
  return exec_text(db, sql);
}

/* Adds what is missing; *changed tells whether anything was. */
static int update_samples(database_t *db, const detector_t *detector,
                          bool *changed) {
  bool has = false;
  *changed = false;
  if (has_column(db, detector->name, "ts", &has) != 0)
    return -1;
  if (!has) {
    *changed = true;
    return create_samples(db, detector);
  }
  for (size_t i = 0; i < detector->features_num; i++) {
    const char *feature = detector->features[i].name;
    if (has_column(db, detector->name, feature, &has) != 0)
      return -1;
    if (has)
      continue;
    *changed = true;
    sqlite3_str *sql = sqlite3_str_new(db->handle);
    sqlite3_str_appendf(sql,
                        "ALTER TABLE \"samples_%w\" ADD COLUMN \"%w\" REAL",
                        detector->name, feature);
    if (exec_text(db, sql) != 0)
      return -1;
  }
  return 0;
}

int schema_add_samples(database_t *db, const detector_t *detector) {
  bool changed = false;
  bool rolled_up = false;
  /* Not IMMEDIATE: there is usually nothing to write, and then a lock or a full
   * disk must not keep us from opening the file and reading models. */
  if (database_exec(db, "BEGIN") != 0)
    return -1;
  if (update_samples(db, detector, &changed) != 0 ||
      (changed && create_view(db, detector) != 0) ||
      rollup_exists(db, detector->name, &rolled_up) != 0 ||
      ((changed || !rolled_up) && rollup_add(db, detector->name) != 0) ||
      description_update(db, detector) != 0 ||
      database_exec(db, "COMMIT") != 0) {
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return -1;
  }
  return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * test_schema.c -- the tables that other people's scripts rely on, and whose
 * files are left alone
 */
#include "plugin/storage/schema.h"
#include "tests/unit/storage_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const _Atomic int64_t never = INT64_MAX;

static int open_all(database_t *db, const char *path,
                    const detector_t *detector) {
  if (database_open(db, path, &never) == 0 && schema_migrate(db) == 0 &&
      schema_add_samples(db, detector) == 0)
    return 0;
  database_close(db);
  return -1;
}

static void create(const char *path, const detector_t *detector) {
  database_t db = {0};
  if (open_all(&db, path, detector) != 0)
    fail_msg("%s", db.error);
  database_close(&db);
}

static const char *columns(const char *path, const char *table) {
  char sql[256] = "";
  snprintf(sql, sizeof(sql),
           "SELECT group_concat(name || ' ' || type || CASE WHEN pk THEN '*' "
           "ELSE '' END) FROM pragma_table_info('%s')",
           table);
  return sql_text(path, sql);
}

static void test_columns(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  create(path, &fixture_system);
  assert_string_equal(
      columns(path, "runs"),
      "id INTEGER*,source TEXT,host TEXT,detector TEXT,started_at INTEGER,"
      "ended_at INTEGER,total_points INTEGER,anomalies_found INTEGER,"
      "peak_score REAL,peak_at INTEGER,verdict TEXT,note TEXT");
  assert_string_equal(columns(path, "anomalies"),
                      "run_id INTEGER*,ts INTEGER*,score REAL,threshold REAL,"
                      "suspects TEXT,note TEXT");
  assert_string_equal(columns(path, "samples_system"),
                      "host TEXT*,ts INTEGER*,cpu REAL,memory REAL,score REAL,"
                      "threshold REAL,flagged INTEGER");
  assert_string_equal(columns(path, "models"),
                      "host TEXT*,detector TEXT*,saved_at INTEGER,image BLOB");
  assert_string_equal(sql_text(path, "PRAGMA journal_mode"), "wal");
  assert_int_equal(sql_int(path, "PRAGMA user_version"), schema_version);
  assert_int_equal(sql_int(path, "PRAGMA application_id"),
                   SCHEMA_APPLICATION_ID);
}

/* A file of version 0 that somebody has touched into being. */
static void test_from_version_0(void **state) {
  fixture_t *fixture = *state;
  char path[96] = "";
  snprintf(path, sizeof(path), "%s/empty.db", fixture->directory);
  int fd = open(path, O_CREAT | O_WRONLY, 0600);
  assert_true(fd >= 0);
  close(fd);
  create(path, &fixture_system);
  assert_int_equal(sql_int(path, "PRAGMA user_version"), schema_version);
  sql_exec(path, "INSERT INTO runs(id, source) VALUES(1, 'api')");
  create(path, &fixture_system); /* nothing is done twice */
  assert_int_equal(sql_int(path, "SELECT count(*) FROM runs"), 1);
  struct stat status = {0};
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 07777, 0600); /* theirs */
}

static void test_added_feature(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  create(path, &fixture_system);
  sql_exec(path, "INSERT INTO samples_system VALUES('a', 1, 2, 3, 4, 5, 0)");
  create(path, &fixture_wider);
  assert_string_equal(columns(path, "samples_system"),
                      "host TEXT*,ts INTEGER*,cpu REAL,memory REAL,score REAL,"
                      "threshold REAL,flagged INTEGER,order REAL");
  assert_string_equal(columns(path, "readable_samples_system"),
                      "host TEXT,ts ,cpu REAL,memory REAL,order REAL,"
                      "score REAL,threshold REAL,flagged INTEGER");
  create(path, &fixture_system); /* fewer: the column stays */
  assert_int_equal(
      sql_int(path, "SELECT count(*) FROM samples_system WHERE \"order\" IS "
                    "NULL"),
      1);
}

/* Names need not be tame. */
static void test_wild_names(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  const detector_feature_t feature = {.name = "a\"b'c %s", .unit = ""};
  const detector_t detector = {
      .name = "d\"e'f", .features = &feature, .features_num = 1};
  create(path, &detector);
  create(path, &detector);
  assert_string_equal(columns(path, "samples_d\"e''f"),
                      "host TEXT*,ts INTEGER*,a\"b'c %s REAL,score REAL,"
                      "threshold REAL,flagged INTEGER");
}

static void test_readable(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  create(path, &fixture_system);
  sql_exec(path,
           "INSERT INTO runs(id, source, host, detector, started_at, peak_at)"
           " VALUES(7, 'live', 'a', 'system', 1767225600250, 1767225601000);"
           "INSERT INTO anomalies VALUES(7, 1767225600250, 0.9, 0.5,"
           " '[{\"feature\":\"cpu\",\"share\":0.93},{\"feature\":\"memory\","
           "\"share\":0.07}]', 'note');"
           "INSERT INTO samples_system VALUES('a', -1, 2, 3, 4, 5, 0)");
  assert_string_equal(sql_text(path, "SELECT ended_at FROM readable_runs"),
                      "NULL");
  assert_string_equal(
      sql_text(path, "SELECT started_at || ' ' || peak_at FROM readable_runs"),
      "2026-01-01T00:00:00.250Z 2026-01-01T00:00:01.000Z");
  assert_string_equal(
      sql_text(path, "SELECT host || ' ' || ts || ' ' || suspects || ' ' || "
                     "note FROM readable_anomalies"),
      "a 2026-01-01T00:00:00.250Z cpu 93 %, memory 7 % note");
  assert_string_equal(sql_text(path, "SELECT ts FROM readable_samples_system"),
                      "1969-12-31T23:59:59.999Z");
}

/* Deleting a run takes its anomalies along, for those who ask for it. */
static void test_cascade(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  create(path, &fixture_system);
  sql_exec(path, "INSERT INTO runs(id, source) VALUES(1, 'api'), (2, 'api');"
                 "INSERT INTO anomalies(run_id, ts) VALUES(1, 1), (2, 1);"
                 "PRAGMA foreign_keys = ON; DELETE FROM runs WHERE id = 1");
  assert_int_equal(sql_int(path, "SELECT sum(run_id) FROM anomalies"), 2);
}

/* Queries of the contract's tables find an index. */
static void test_plans(void **state) {
  static const struct {
    const char *query;
    const char *plan;
  } plans[] = {
      {"SELECT * FROM samples_system WHERE host = 'a' AND ts > 1",
       "SEARCH samples_system USING PRIMARY KEY (host=? AND ts>?)"},
      {"SELECT * FROM samples_system ORDER BY ts DESC LIMIT 9",
       "SCAN samples_system USING INDEX samples_system_by_ts"},
      {"SELECT * FROM samples_system WHERE flagged = 1 ORDER BY ts DESC",
       "SCAN samples_system USING INDEX samples_system_flagged"},
      {"SELECT * FROM runs WHERE host = 'a' AND detector = 'd' AND ended_at IS "
       "NULL",
       "SEARCH runs USING INDEX runs_open (host=? AND detector=?)"},
  };
  const char *path = ((fixture_t *)*state)->path;
  create(path, &fixture_system);
  for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char sql[256] = "";
    snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", plans[i].query);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 3),
                        plans[i].plan);
    sqlite3_finalize(statement);
    sqlite3_close(db);
  }
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  char *bytes = malloc(1 << 20);
  *size = fread(bytes, 1, 1 << 20, file);
  fclose(file);
  return bytes;
}

static void assert_left_alone(const char *path, const char *why) {
  size_t size_before = 0;
  size_t size_after = 0;
  char *before = read_file(path, &size_before);
  database_t db = {0};
  assert_int_equal(open_all(&db, path, &fixture_system), -1);
  if (strstr(db.error, why) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", db.error, why);
  char *after = read_file(path, &size_after);
  assert_int_equal(size_before, size_after);
  assert_memory_equal(before, after, size_before);
  free(before);
  free(after);
}

static void test_future(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  create(path, &fixture_system);
  sql_exec(path, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
  assert_left_alone(path, "its version 99 is newer than the 6 known here");
}

static void test_foreign(void **state) {
  fixture_t *fixture = *state;
  char path[96] = "";
  snprintf(path, sizeof(path), "%s/foreign.db", fixture->directory);
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL);
  sqlite3_close(db);
  assert_left_alone(path, "the file of another program");
}

static void test_not_a_database(void **state) {
  fixture_t *fixture = *state;
  char path[96] = "";
  snprintf(path, sizeof(path), "%s/text.db", fixture->directory);
  FILE *file = fopen(path, "w");
  for (int i = 0; i < 1000; i++)
    fputs("This is not a database.\n", file);
  fclose(file);
  assert_left_alone(path, "move it away");
}

static void test_links(void **state) {
  fixture_t *fixture = *state;
  char link[96] = "";
  char path[128] = "";
  create(fixture->path, &fixture_system);

  snprintf(link, sizeof(link), "%s/link.db", fixture->directory);
  assert_int_equal(symlink(fixture->path, link), 0);
  assert_left_alone(link, "it is a symbolic link");

  /* The directory may well be behind one. */
  snprintf(link, sizeof(link), "%s/link", fixture->directory);
  assert_int_equal(symlink("db", link), 0);
  snprintf(path, sizeof(path), "%s/anomaly.db", link);
  create(path, &fixture_system);
}

static int mode_of(const char *path, const char *suffix) {
  char name[128] = "";
  struct stat status = {0};
  snprintf(name, sizeof(name), "%s%s", path, suffix);
  return stat(name, &status) == 0 ? (int)status.st_mode & 07777 : -1;
}

static void assert_modes(const fixture_t *fixture, mode_t mask) {
  database_t db = {0};
  mode_t before = umask(mask);
  int status = open_all(&db, fixture->path, &fixture_system);
  umask(before);
  assert_int_equal(status, 0);
  assert_int_equal(mode_of(fixture->directory, "/db"), 02770);
  assert_int_equal(mode_of(fixture->path, ""), 0660);
  assert_int_equal(mode_of(fixture->path, "-wal"), 0660);
  assert_int_equal(mode_of(fixture->path, "-shm"), 0660);
  database_close(&db);
  /* They stay for those who may only read. */
  assert_int_equal(mode_of(fixture->path, "-wal"), 0660);
  assert_int_equal(mode_of(fixture->path, "-shm"), 0660);
}

static void test_modes_077(void **state) { assert_modes(*state, 077); }
static void test_modes_000(void **state) { assert_modes(*state, 000); }

static void test_their_directory(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  assert_int_equal(mkdir(directory, 0700), 0);
  create(fixture->path, &fixture_system);
  assert_int_equal(mode_of(directory, ""), 0700);
}

/* No statement outlives its deadline. */
static void test_deadline(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  _Atomic int64_t give_up_at = INT64_MAX;
  database_t db = {0};
  assert_int_equal(database_open(&db, path, &give_up_at), 0);
  atomic_store(&give_up_at, 0);
  int64_t count = 0;
  assert_int_equal(
      database_integer(&db,
                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                       " FROM n) SELECT count(*) FROM n",
                       &count),
      -1);
  assert_string_equal(db.error,
                      "interrupted; it was too slow for the time allowed");
  database_close(&db);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_columns),    TEST(test_from_version_0),
      TEST(test_wild_names), TEST(test_added_feature),
      TEST(test_readable),   TEST(test_cascade),
      TEST(test_plans),      TEST(test_future),
      TEST(test_foreign),    TEST(test_not_a_database),
      TEST(test_links),      TEST(test_modes_077),
      TEST(test_modes_000),  TEST(test_their_directory),
      TEST(test_deadline),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

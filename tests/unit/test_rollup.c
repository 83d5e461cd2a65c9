/* SPDX-License-Identifier: MIT */
/*
 * test_rollup.c -- minutes and hours say what the samples say
 */
#include "plugin/storage/rollup.h"
#include "plugin/storage/schema.h"
#include "tests/unit/storage_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static const _Atomic int64_t never = INT64_MAX;

static void open_all(const char *path, const detector_t *detector) {
  database_t db = {0};
  if (database_open(&db, path, &never) != 0 || schema_migrate(&db) != 0 ||
      schema_add_samples(&db, detector) != 0)
    fail_msg("%s", db.error);
  database_close(&db);
}

/* What a level must be, computed from the samples at once. */
static void assert_level(const char *path, const char *level, long ms) {
  char sql[2048] = "";
  snprintf(sql, sizeof(sql),
           "WITH wanted AS (SELECT host, ts - (ts %% %ld + %ld) %% %ld AS ts,"
           " count(*), sum(flagged), min(score), max(score), min(threshold),"
           " max(threshold), min(cpu), max(cpu), min(memory), max(memory)"
           " FROM samples_system GROUP BY 1, 2),"
           " got AS (SELECT host, ts, samples, flagged, score_min, score_max,"
           " threshold_min, threshold_max, cpu_min, cpu_max, memory_min,"
           " memory_max FROM %s_system)"
           " SELECT (SELECT count(*) FROM (SELECT * FROM wanted EXCEPT"
           " SELECT * FROM got)) + (SELECT count(*) FROM (SELECT * FROM got"
           " EXCEPT SELECT * FROM wanted))",
           ms, ms, ms, level);
  assert_int_equal(sql_int(path, sql), 0);
}

static void assert_levels(const char *path) {
  assert_level(path, "minutes", 60000);
  assert_level(path, "hours", 3600000);
}

static const char insert_many[] =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 2999) INSERT OR REPLACE INTO samples_system(host, ts, cpu,"
    " memory, score, threshold, flagged) SELECT 'host' || (i % 3),"
    " i * 7001 - 5000000, iif(i % 11, abs(i * 7919 % 101), NULL),"
    " iif(i % 2 AND i < 1000, i, NULL), i % 97 / 97.0, 0.5, i % 40 = 0 FROM n";

static void test_kept_by_writing(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  open_all(path, &fixture_system);
  sql_exec(path, insert_many);
  assert_levels(path);
  assert_true(sql_int(path, "SELECT count(*) FROM minutes_system") <
              sql_int(path, "SELECT count(*) FROM samples_system"));
}

/* What the writer does after a clock was set back. */
static void test_replaced(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  open_all(path, &fixture_system);
  sql_exec(path, insert_many);
  sql_exec(path, "PRAGMA recursive_triggers = ON;"
                 "INSERT OR REPLACE INTO samples_system"
                 " SELECT * FROM samples_system WHERE ts > 0");
  assert_levels(path);
}

/* The samples of a file that an older version has written. */
static void test_made_later(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  open_all(path, &fixture_system);
  sql_exec(path, "DROP TRIGGER samples_system_written;"
                 "DROP TRIGGER samples_system_deleted;"
                 "DROP TABLE minutes_system; DROP TABLE hours_system");
  sql_exec(path, insert_many);
  open_all(path, &fixture_system);
  assert_levels(path);
  sql_exec(path, "INSERT INTO samples_system(host, ts, cpu, flagged)"
                 " VALUES('host1', 17, 1000, 1)");
  assert_levels(path);
}

static void test_deleted_with_samples(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  open_all(path, &fixture_system);
  sql_exec(path, insert_many);
  sql_exec(path, "DELETE FROM samples_system WHERE ts < 1800000"
                 " OR ts BETWEEN 7200000 AND 10800000 - 1");
  /* What is left of the minute that was cut keeps its range. */
  sql_exec(path, "DELETE FROM minutes_system WHERE ts = 1800000;"
                 "DELETE FROM hours_system WHERE ts = 0;"
                 "DELETE FROM samples_system WHERE ts < 3600000");
  assert_levels(path);
  sql_exec(path, "DELETE FROM samples_system");
  assert_int_equal(sql_int(path, "SELECT (SELECT count(*) FROM minutes_system)"
                                 " + (SELECT count(*) FROM hours_system)"),
                   0);
}

static void test_another_feature(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  open_all(path, &fixture_system);
  sql_exec(path, insert_many);
  open_all(path, &fixture_wider);
  sql_exec(path, "INSERT INTO samples_system(host, ts, \"order\", flagged)"
                 " VALUES('a', 1, 5, 0), ('a', 2, 7, 0)");
  assert_string_equal(sql_text(path, "SELECT order_min || ' ' || order_max"
                                     " FROM hours_system WHERE host = 'a'"),
                      "5.0 7.0");
  /* A detector that has dropped it does not take it from one that comes back */
  open_all(path, &fixture_system);
  sql_exec(path, "INSERT INTO samples_system(host, ts, \"order\", flagged)"
                 " VALUES('a', 3, 9, 0)");
  assert_int_equal(
      sql_int(path, "SELECT order_max FROM minutes_system WHERE host = 'a'"),
      9);
  assert_levels(path);
}

static void test_wild_names(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  const detector_feature_t feature = {.name = "a\"b'c %s", .unit = "%"};
  const detector_t detector = {
      .name = "d\"e'f", .features = &feature, .features_num = 1};
  open_all(path, &detector);
  sql_exec(path, "INSERT INTO \"samples_d\"\"e'f\"(host, ts, flagged,"
                 " \"a\"\"b'c %s\") VALUES('h', 60001, 0, 3)");
  assert_int_equal(sql_int(path, "SELECT \"a\"\"b'c %s_max\" FROM"
                                 " \"minutes_d\"\"e'f\" WHERE ts = 60000"),
                   3);
  assert_string_equal(sql_text(path, "SELECT unit FROM features"
                                     " WHERE detector = 'd\"e''f'"),
                      "%");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_kept_by_writing), TEST(test_replaced),
      TEST(test_made_later),      TEST(test_deleted_with_samples),
      TEST(test_another_feature), TEST(test_wild_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_upload.c -- uploads are kept whole or not at all, beside the writer; and
 * verdicts
 */
#include "plugin/storage/upload.h"
#include "plugin/storage/verdict.h"
#include "tests/unit/storage_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 3

static const int64_t times[ROWS] = {2000, 1000, 3000};
static const double values[ROWS * 2] = {1, 2, 3, NAN, 5, 6};
static const double scores[ROWS] = {0.1, 0.9, 0.2};

static upload_t make_upload(const storage_anomaly_t *anomalies, size_t num) {
  return (upload_t){.source = "api",
                    .detector = &fixture_system,
                    .rows = ROWS,
                    .ts = times,
                    .values = values,
                    .scores = scores,
                    .threshold = 0.5,
                    .anomalies = anomalies,
                    .anomalies_num = num};
}

static int64_t write_one(const char *path) {
  const suspect_t suspect = {.feature = 0, .share = 1, .value = 3};
  const storage_anomaly_t anomalies[] = {
      {.ts = 1000, .score = 0.9, .suspects = &suspect, .suspects_num = 1},
      {.ts = 1000, .score = 0.7, .suspects = &suspect, .suspects_num = 1},
  };
  const upload_t upload = make_upload(anomalies, 2);
  char error[CHANGE_ERROR_SIZE] = "";
  int64_t id = 0;
  if (upload_write(path, &upload, &id, error) != 0)
    fail_msg("%s", error);
  return id;
}

static void test_kept(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  int64_t id = write_one(path);
  assert_int_equal(sql_int(path, "SELECT id FROM runs"), id);
  assert_string_equal(
      sql_text(path, "SELECT source || ' ' || started_at || ' ' || ended_at ||"
                     " ' ' || total_points || ' ' || anomalies_found || ' ' ||"
                     " peak_score || ' ' || peak_at FROM runs"),
      "api 1000 3000 3 2 0.9 1000");
  assert_string_equal(sql_text(path, "SELECT group_concat(ts || ' ' || score)"
                                     " FROM anomalies"),
                      "1000 0.9");
  assert_int_equal(sql_int(path, "SELECT length(ts) FROM uploads"), ROWS * 8);
  /* columns, not rows */
  assert_string_equal(
      sql_text(path, "SELECT group_concat(name || ' ' || hex(data)) FROM"
                     " upload_features WHERE position = 0"),
      "cpu 000000000000F03F00000000000008400000000000001440");
}

static void test_ids_grow(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  int64_t first = write_one(path);
  char sql[96] = "";
  /* another machine's clock was ahead */
  snprintf(sql, sizeof(sql), "UPDATE runs SET id = id + 100000000000");
  sql_exec(path, sql);
  assert_true(write_one(path) > first + 100000000000);
}

static void test_deleted(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  char error[CHANGE_ERROR_SIZE] = "";
  assert_int_equal(upload_delete(path, 1, error), 1);
  assert_int_equal(access(path, F_OK), -1); /* nothing is made for it */
  int64_t id = write_one(path);
  sql_exec(path, "INSERT INTO runs(id, source) VALUES(5, 'live')");
  assert_int_equal(upload_delete(path, 5, error), 1);
  assert_int_equal(upload_delete(path, id, error), 0);
  assert_int_equal(upload_delete(path, id, error), 1);
  assert_int_equal(
      sql_int(path, "SELECT (SELECT count(*) FROM anomalies) + (SELECT"
                    " count(*) FROM uploads) + (SELECT count(*) FROM"
                    " upload_features) + 10 * (SELECT count(*) FROM runs)"),
      10);
}

static void test_verdict(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  char error[CHANGE_ERROR_SIZE] = "";
  assert_int_equal(verdict_set(path, 5, "expected", false, NULL, error), 1);
  storage_t *storage = fixture_start(path, &fixture_system, 100);
  put_run(storage, 5, "a", true);
  fixture_wait_written(storage);
  assert_int_equal(verdict_set(path, 5, "expected", true, "it's", error), 0);
  put_run(storage, 5, "a", false); /* the writer leaves both as they are */
  fixture_wait_written(storage);
  assert_string_equal(sql_text(path, "SELECT verdict || ' ' || note FROM runs"),
                      "expected it's");
  assert_int_equal(verdict_set(path, 5, NULL, false, NULL, error), 0);
  assert_string_equal(
      sql_text(path, "SELECT coalesce(verdict, '-') || ' ' || note FROM runs"),
      "- it's");
  assert_int_equal(verdict_set(path, 6, NULL, false, NULL, error), 1);
  storage_stop(storage, 10);
}

static void test_refused_whole(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  char error[CHANGE_ERROR_SIZE] = "";
  write_one(path);
  sql_exec(path, "CREATE TRIGGER full BEFORE INSERT ON upload_features WHEN"
                 " new.position = 1 BEGIN SELECT RAISE(ABORT, 'full'); END");
  const upload_t upload = make_upload(NULL, 0);
  int64_t id = 0;
  assert_int_equal(upload_write(path, &upload, &id, error), -1);
  assert_non_null(strstr(error, "full"));
  assert_int_equal(sql_int(path, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM uploads"), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_kept),    TEST(test_ids_grow),      TEST(test_deleted),
      TEST(test_verdict), TEST(test_refused_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

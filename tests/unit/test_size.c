/* SPDX-License-Identifier: MIT */
/*
 * test_size.c -- the file stays as large as it may become, and loses nothing
 * but the oldest samples
 */
#include "plugin/storage/clock.h"
#include "tests/unit/storage_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CENTURY INT64_C(3155760000)
#define MB (INT64_C(1) << 20)
#define LIMIT (2 * MB)
#define HOSTS 3
#define ROWS 60000 /* about 5 MB with their rollups */

/* What one batch, or a slice of deletions, may change. */
#define SLACK (MB / 2)

/* Free pages do not count: they are used again. */
static int64_t size_of(const char *path) {
  return sql_int(path, "SELECT (page_count - freelist_count) * page_size"
                       " FROM pragma_page_count, pragma_freelist_count,"
                       " pragma_page_size");
}

static void wait_for_room(const char *path, int64_t limit) {
  for (int64_t end = monotonic_ms() + 30000; size_of(path) > limit;) {
    assert_true(monotonic_ms() < end);
    usleep(10000);
  }
}

static void put_samples(storage_t *storage, int64_t from, int64_t to) {
  char host[16] = "";
  for (int64_t i = from; i < to; i++) {
    snprintf(host, sizeof(host), "host%d", (int)(i % HOSTS));
    put_sample(storage, host, i / HOSTS * 1000, (double)i);
    if (i % 20000 == 0) /* a queue that is too long gives up samples */
      fixture_wait_written(storage);
  }
  fixture_wait_written(storage);
}

/* What there is besides samples, all of the oldest time. */
static void put_others(storage_t *storage) {
  put_run(storage, 1, "host0", false);
  put_anomaly(storage, 1, 0);
  assert_int_equal(storage_put_model(storage, "host0", &fixture_system, 0, 0,
                                     calloc(1, 1000), 1000),
                   0);
}

static void assert_others(const char *path) {
  assert_int_equal(sql_int(path, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM anomalies"), 1);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM models"), 1);
}

static void test_limit(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage =
      fixture_start_limited(path, &fixture_system, CENTURY, LIMIT);
  put_others(storage);
  put_samples(storage, 0, ROWS);
  wait_for_room(path, LIMIT);
  assert_int_equal(fixture_logged(), 1);
  assert_non_null(strstr(fixture_last_log(), "it has reached MaxSize, 2 MB"));
  assert_int_equal(storage_stop(storage, 30), 0);

  struct stat status = {0};
  assert_int_equal(stat(path, &status), 0);
  assert_in_range(status.st_size, LIMIT - SLACK, LIMIT + SLACK);
  assert_others(path);
  /* The newest are there without a gap. */
  int64_t left = sql_int(path, "SELECT count(*) FROM samples_system");
  assert_in_range(left, ROWS / 5, ROWS - 1);
  assert_int_equal(sql_int(path, "SELECT sum(cpu) FROM samples_system"),
                   left * (2 * ROWS - 1 - left) / 2);
  /* And the rollups tell of nothing else. */
  assert_int_equal(sql_int(path, "SELECT sum(samples) FROM minutes_system"),
                   left);
  assert_string_equal(sql_text(path, "PRAGMA integrity_check"), "ok");
}

/* A limit is put on a file that is larger already; what a detector that is no
 * longer configured has left is older, and goes first. */
static void test_lowered(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  detector_t gone = fixture_system;
  gone.name = "gone";
  assert_int_equal(storage_stop(fixture_start(path, &gone, CENTURY), 30), 0);
  sql_exec(path, "WITH RECURSIVE n(i) AS (SELECT -10000 UNION ALL"
                 " SELECT i + 1 FROM n WHERE i < -1)"
                 " INSERT INTO samples_gone(host, ts, flagged)"
                 " SELECT 'a', i, 1 FROM n");
  storage_t *storage = fixture_start(path, &fixture_system, CENTURY);
  put_others(storage);
  put_samples(storage, 0, ROWS);
  assert_int_equal(storage_stop(storage, 30), 0);
  int64_t before = size_of(path);
  assert_true(before > LIMIT + MB);

  storage = fixture_start_limited(path, &fixture_system, CENTURY, before - 1);
  wait_for_room(path, before - 1);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_in_range(sql_int(path, "SELECT count(*) FROM samples_gone"), 1, 8000);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system"), ROWS);

  storage = fixture_start_limited(path, &fixture_system, CENTURY, LIMIT);
  wait_for_room(path, LIMIT);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_gone"), 0);
  assert_in_range(sql_int(path, "SELECT count(*) FROM samples_system"),
                  ROWS / 5, ROWS - 1);
  assert_others(path);
}

/* What is never deleted is too large: all goes on, and it is said once. */
static void test_no_room(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start_limited(path, &fixture_system, CENTURY, 1);
  put_others(storage);
  put_samples(storage, 0, 5000);
  for (int64_t end = monotonic_ms() + 30000; fixture_logged() < 2;) {
    assert_true(monotonic_ms() < end);
    usleep(1000);
  }
  assert_non_null(strstr(fixture_last_log(), "raise MaxSize"));
  put_samples(storage, 5000, 10000);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(fixture_logged(), 2);
  assert_others(path);
}

/* Beyond the limit those of the hosts that have been silent longest go, and
 * first of all those that live in the future; other detectors keep theirs. */
static void test_models(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, CENTURY);
  fixture_wait_state(storage, STORAGE_READY);
  sql_exec(path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                 " SELECT i + 1 FROM n WHERE i < 1000)"
                 " INSERT INTO models(host, detector, saved_at, image)"
                 " SELECT 'h' || (i * 7 % 1000), detector, i * 7 % 1000,"
                 "  zeroblob(10000) FROM n, (SELECT 'system' AS detector"
                 "  UNION SELECT 'other')");
  sql_exec(path, "INSERT INTO models VALUES('z', 'system', 1e15, x'00')");
  assert_int_equal(storage_stop(storage, 30), 0);

  storage = fixture_start_models(path, &fixture_system, 100);
  static const char count[] =
      "SELECT count(*) FROM models WHERE detector = 'system'";
  for (int64_t end = monotonic_ms() + 30000; sql_int(path, count) > 100;) {
    assert_true(monotonic_ms() < end);
    usleep(10000);
  }
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(sql_int(path, count), 100);
  assert_string_equal(sql_text(path, "SELECT min(saved_at) || ' ' ||"
                                     " max(saved_at) FROM models"
                                     " WHERE detector = 'system'"),
                      "900 999");
  assert_int_equal(
      sql_int(path, "SELECT count(*) FROM models WHERE detector = 'other'"),
      1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_limit),
      TEST(test_lowered),
      TEST(test_no_room),
      TEST(test_models),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

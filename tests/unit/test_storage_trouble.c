/* SPDX-License-Identifier: MIT */
/*
 * test_storage_trouble.c -- a database that is locked, gone, damaged or slow:
 * said once, and nothing notified is lost
 */
#include "plugin/storage/clock.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY INT64_C(86400)

static const char *const files[] = {"", "-wal", "-shm"};

static void remove_database(const char *path) {
  char name[128] = "";
  for (size_t i = 0; i < 3; i++) {
    snprintf(name, sizeof(name), "%s%s", path, files[i]);
    unlink(name);
  }
}

/* Until the connection ends its transaction or is closed. */
static sqlite3 *lock_database(const char *path) {
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                   SQLITE_OK);
  return other;
}

static void assert_failing(storage_t *storage, const char *why) {
  storage_stats_t stats = {0};
  fixture_wait_state(storage, STORAGE_FAILING);
  storage_stats(storage, &stats);
  if (strstr(stats.error, why) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", stats.error, why);
}

/* Waits until it is over; there is one line in the log for each turn. */
static void assert_recovers(storage_t *storage) {
  fixture_wait_written(storage);
  for (int64_t end = monotonic_ms() + 30000; fixture_logged() < 2;)
    assert_true(monotonic_ms() < end);
  assert_int_equal(fixture_logged(), 2);
  assert_non_null(strstr(fixture_last_log(),
                         "written to again; 0 records had to be given up"));
}

static void test_locked(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  put_image(storage, "a", 1, "image");
  fixture_wait_written(storage);
  sqlite3 *other = lock_database(path);
  for (int i = 0; i < 5000; i++)
    put_sample(storage, "a", i, 1);
  storage_flush(storage);
  assert_failing(storage, "another program keeps it locked");
  assert_image(ask_model(storage, "a"), "image"); /* it can still be read */
  put_run(storage, 1, "a", true);
  put_anomaly(storage, 1, 1);

  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  uint64_t errors = stats.errors;
  for (int64_t end = monotonic_ms() + 30000; stats.errors < errors + 2;) {
    assert_true(monotonic_ms() < end);
    storage_flush(storage);
    usleep(1000);
    storage_stats(storage, &stats);
  }
  assert_int_equal(stats.queue_length, 5002);
  assert_int_equal(fixture_logged(), 1);
  assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(other);
  assert_recovers(storage);
  storage_stats(storage, &stats);
  assert_int_equal(stats.written, 5003);
  assert_int_equal(stats.lost, 0);
  fixture_stop(storage);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system"), 5000);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM anomalies"), 1);
}

/* A lock that is not given back does not keep us from stopping. */
static void test_stop_while_locked(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  sqlite3 *other = lock_database(path);
  for (int i = 0; i < 10; i++)
    put_sample(storage, "a", i, 1);
  int64_t begin = monotonic_ms();
  assert_int_equal(storage_stop(storage, 0.3), 10);
  assert_in_range(monotonic_ms() - begin, 300, 10000);
  sqlite3_close(other);
}

/* Without time, what is not in the file is counted. */
static void test_stop_at_once(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  for (int i = 0; i < 50000; i++)
    put_sample(storage, "a", i, 1);
  int64_t lost = (int64_t)storage_stop(storage, 0);
  assert_true(lost > 0);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system") + lost,
                   50000);
}

/* The directory cannot be made; later it can. */
static void test_no_directory(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  FILE *file = fopen(directory, "w");
  fclose(file);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  int64_t ts = 0;
  put_sample(storage, "a", 1, 1);
  assert_failing(storage, "Not a directory");
  assert_non_null(strstr(fixture_last_log(), fixture->path));
  assert_int_equal(storage_last_ts(storage, "a", &ts), 0);
  assert_int_equal(unlink(directory), 0);
  assert_recovers(storage);
  fixture_stop(storage);
  assert_int_equal(
      sql_int(fixture->path, "SELECT count(*) FROM samples_system"), 1);
}

/* Nobody waits for an answer for longer than ten seconds. */
static void test_answer_in_time(void **state) {
  (void)state;
  int64_t begin = monotonic_ms();
  storage_t *storage = fixture_start("/dev/null/db", &fixture_system, DAY);
  storage_answer_t answer = ask_model(storage, "a");
  assert_null(answer.image);
  assert_false(answer.run_open);
  assert_in_range(monotonic_ms() - begin, 10000, 30000);
  storage_stop(storage, 0);
}

static void test_corrupt(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  char away[128] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  snprintf(away, sizeof(away), "%s/away", fixture->directory);
  assert_int_equal(mkdir(directory, 0755), 0);
  FILE *file = fopen(fixture->path, "w");
  for (int i = 0; i < 1000; i++)
    fputs("Not a database, but dear to somebody. ", file);
  fclose(file);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1, 1);
  assert_failing(storage, "move it away");
  assert_int_equal(rename(fixture->path, away), 0);
  assert_recovers(storage);
  fixture_stop(storage);
  struct stat status = {0};
  assert_int_equal(stat(away, &status), 0);
  assert_int_equal(status.st_size, 38 * 1000);
  assert_int_equal(
      sql_int(fixture->path, "SELECT count(*) FROM samples_system"), 1);
}

/* Damage in the middle of a file that is in use. */
static void test_damaged(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (int i = 0; i < 3000; i++)
    put_sample(storage, "a", i, i);
  fixture_stop(storage);
  FILE *file = fopen(path, "r+");
  fseek(file, 4096, SEEK_SET);
  for (int i = 0; i < 40 * 4096; i++)
    fputc(0xa5, file);
  fclose(file);
  storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1, 1);
  assert_failing(storage, "move it away");
  remove_database(path);
  assert_recovers(storage);
  fixture_stop(storage);
}

/* The file goes away, with its directory even, while it is open. */
static void test_deleted(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1, 1);
  fixture_wait_written(storage);
  remove_database(fixture->path);
  put_sample(storage, "a", 2, 1);
  fixture_wait_written(storage);
  assert_int_equal(sql_int(fixture->path, "SELECT sum(ts) FROM samples_system"),
                   2);
  remove_database(fixture->path);
  assert_int_equal(rmdir(directory), 0);
  put_sample(storage, "a", 3, 1);
  fixture_stop(storage);
  assert_int_equal(sql_int(fixture->path, "SELECT sum(ts) FROM samples_system"),
                   3);
}

/* A table goes away; after one failure it is made again. */
static void test_dropped_table(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  sql_exec(path, "DROP TABLE samples_system");
  put_sample(storage, "a", 2, 1);
  assert_recovers(storage);
  fixture_stop(storage);
  assert_int_equal(sql_int(path, "SELECT sum(ts) FROM samples_system"), 2);
}

/* More than memory may hold waits for a file that is not there: samples go,
 * runs stay. */
static void test_overflow(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  FILE *file = fopen(directory, "w");
  fclose(file);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  assert_failing(storage, "");
  put_run(storage, 1, "a", false);
  put_anomaly(storage, 1, 1);
  const size_t size = 1 << 20;
  storage_stats_t stats = {0};
  int status = 0;
  put_sample(storage, "a", 1, 1);
  for (int i = 0; status == 0; i++) {
    char host[16] = "";
    snprintf(host, sizeof(host), "host%d", i);
    status = storage_put_model(storage, host, &fixture_system, i, 0,
                               calloc(1, size), size);
  }
  assert_int_equal(status, ENOMEM);
  storage_stats(storage, &stats);
  assert_true(stats.queue_bytes <= STORAGE_QUEUE_BYTES);
  assert_true(stats.queue_bytes > STORAGE_QUEUE_BYTES - 2 * size);
  assert_int_equal(stats.lost, 2); /* the sample and the oldest image */
  assert_int_equal(unlink(directory), 0);
  fixture_wait_written(storage);
  fixture_stop(storage);
  assert_int_equal(sql_int(fixture->path, "SELECT count(*) FROM anomalies"), 1);
  assert_int_equal(
      sql_int(fixture->path, "SELECT count(*) FROM samples_system"), 0);
  assert_int_equal(sql_int(fixture->path, "SELECT min(saved_at) FROM models"),
                   1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_locked),        TEST(test_stop_while_locked),
      TEST(test_no_directory),  TEST(test_stop_at_once),
      TEST(test_corrupt),       TEST(test_answer_in_time),
      TEST(test_damaged),       TEST(test_deleted),
      TEST(test_dropped_table), TEST(test_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_storage_notices.c -- what is to be told: when it comes, in which order,
 * and that it comes whatever becomes of the disk or of the process
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/outbox.h"
#include "tests/unit/fault_vfs.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY 86400
#define PATIENCE_MS 30000
#define TIME INT64_C(1700000000123)

static storage_notice_t *make_notice(int64_t run_id, bool okay, size_t num) {
  storage_notice_t *notice =
      calloc(1, sizeof(*notice) + num * sizeof(notice->numbers[0]));
  assert_non_null(notice);
  notice->run_id = run_id;
  notice->okay = okay;
  notice->time = TIME;
  snprintf(notice->host, sizeof(notice->host), "h\xff%lld", (long long)run_id);
  snprintf(notice->detector, sizeof(notice->detector), "system");
  snprintf(notice->message, sizeof(notice->message), "it's \"h\xff\" %s",
           okay ? "over" : "begun");
  notice->numbers_num = num;
  for (size_t i = 0; i < num; i++) {
    snprintf(notice->numbers[i].name, sizeof(notice->numbers[i].name),
             "f%zu:share", i);
    notice->numbers[i].value = i == 0 ? -1.25e-300 : 0.1 * (double)i;
  }
  return notice;
}

static void put_told_run(storage_t *storage, int64_t id, bool open,
                         size_t numbers) {
  storage_notice_t *notice = make_notice(id, !open, numbers);
  const storage_run_t run = {.id = id,
                             .host = notice->host,
                             .detector = "system",
                             .run = {.started_at = 1000, .ended_at = 5000},
                             .open = open,
                             .notice = notice};
  assert_int_equal(storage_put_run(storage, &run), 0);
  storage_hurry(storage);
  free(notice);
}

static storage_notice_t *take(storage_t *storage) {
  storage_notice_t *notice = NULL;
  assert_int_equal(storage_take_notice(storage, PATIENCE_MS, &notice), 0);
  return notice;
}

static void expect_none(storage_t *storage, int64_t ms) {
  storage_notice_t *notice = NULL;
  assert_int_equal(storage_take_notice(storage, ms, &notice), EAGAIN);
}

/* Takes the next, which is that, and tells it. */
static void tell(storage_t *storage, int64_t run_id, bool okay) {
  storage_notice_t *notice = take(storage);
  assert_int_equal(notice->run_id, run_id);
  assert_int_equal(notice->okay, okay);
  storage_told(storage, notice);
}

static size_t untold(storage_t *storage) {
  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  return stats.untold;
}

static storage_t *start(void **state) {
  return fixture_start(((fixture_t *)*state)->path, &fixture_system, DAY);
}

static int64_t rows(void **state, const char *sql) {
  return sql_int(((fixture_t *)*state)->path, sql);
}

/* --- when ---------------------------------------------------------------- */

static void comes_when_its_run_is_in_the_file(void **state) {
  storage_t *storage = start(state);
  fixture_wait_state(storage, STORAGE_READY);
  fault_hold_writes(true);
  put_told_run(storage, 1, true, 2);
  expect_none(storage, 300);
  assert_int_equal(untold(storage), 1);
  fault_hold_writes(false);
  storage_notice_t *notice = take(storage);
  assert_int_equal(rows(state, "SELECT count(*) FROM runs WHERE id = 1"), 1);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 1);
  storage_told(storage, notice);
  fixture_wait_written(storage);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 0);
  assert_int_equal(untold(storage), 0);
  assert_int_equal(storage_stop(storage, 30), 0);
}

/* So that no more than one can come twice when the process is killed. */
static void comes_when_the_one_before_is_noted(void **state) {
  storage_t *storage = start(state);
  put_told_run(storage, 1, true, 0);
  put_told_run(storage, 1, false, 0);
  fixture_wait_written(storage);
  fault_hold_writes(true);
  tell(storage, 1, false);
  expect_none(storage, 300);
  fault_hold_writes(false);
  tell(storage, 1, true);
  assert_int_equal(storage_stop(storage, 30), 0);
}

/* Neither a disk that hangs nor one that fails silences an alert. */
static void comes_though_the_disk_hangs(void **state) {
  storage_t *storage = start(state);
  fixture_wait_state(storage, STORAGE_READY);
  fault_hold_writes(true);
  put_told_run(storage, 1, true, 0);
  put_told_run(storage, 2, true, 0);
  put_told_run(storage, 2, false, 0);
  tell(storage, 1, false);
  tell(storage, 2, false);
  tell(storage, 2, true);
  fault_hold_writes(false);
  expect_none(storage, 1);
  fixture_wait_written(storage);
  assert_int_equal(rows(state, "SELECT count(*) FROM runs"), 2);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 0);
  assert_int_equal(storage_stop(storage, 30), 0);
}

static void comes_though_the_file_fails(void **state) {
  fixture_t *fixture = *state;
  char directory[80];
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  fclose(fopen(directory, "w")); /* a file where the directory should be */
  storage_t *storage = start(state);
  fixture_wait_state(storage, STORAGE_FAILING);
  put_told_run(storage, 1, true, 0);
  tell(storage, 1, false);
  put_told_run(storage, 1, false, 0);
  put_told_run(storage, 2, true, 0);
  tell(storage, 1, true);
  tell(storage, 2, false);
  assert_int_equal(unlink(directory), 0);
  fixture_wait_written(storage);
  expect_none(storage, 1);
  assert_int_equal(rows(state, "SELECT count(*) FROM runs"), 2);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 0);
  assert_int_equal(storage_stop(storage, 30), 0);
}

static void ends_when_all_is_told(void **state) {
  storage_t *storage = start(state);
  storage_notice_t *notice = NULL;
  put_told_run(storage, 1, true, 0);
  storage_end_notices(storage, 1000);
  tell(storage, 1, false);
  assert_int_equal(storage_take_notice(storage, PATIENCE_MS, &notice),
                   ECANCELED);
  assert_int_equal(storage_stop(storage, 30), 0);

  /* or when there is no more time for it */
  storage = start(state);
  put_told_run(storage, 1, false, 0);
  storage_end_notices(storage, 0);
  assert_int_equal(storage_take_notice(storage, PATIENCE_MS, &notice),
                   ECANCELED);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 1);
}

/* --- after a restart ----------------------------------------------------- */

static void expect_same(const storage_notice_t *a, const storage_notice_t *b) {
  assert_int_equal(a->run_id, b->run_id);
  assert_int_equal(a->okay, b->okay);
  assert_int_equal(a->time, b->time);
  assert_string_equal(a->host, b->host);
  assert_string_equal(a->detector, b->detector);
  assert_string_equal(a->message, b->message);
  assert_int_equal(a->numbers_num, b->numbers_num);
  for (size_t i = 0; i < a->numbers_num; i++) {
    assert_string_equal(a->numbers[i].name, b->numbers[i].name);
    double x = a->numbers[i].value, y = b->numbers[i].value;
    assert_true(fabs(x - y) <= 1e-15 * fabs(x));
  }
}

static void comes_after_a_restart_as_it_was(void **state) {
  storage_t *storage = start(state);
  put_told_run(storage, 7, true, STORAGE_NUMBERS_MAX);
  put_told_run(storage, 3, true, 0);
  put_told_run(storage, 7, false, 1);
  put_told_run(storage, 5, true, 0);
  assert_int_equal(storage_stop(storage, 30), 0);
  storage = start(state);
  storage_notice_t *first = make_notice(7, false, STORAGE_NUMBERS_MAX);
  storage_notice_t *notice = take(storage);
  expect_same(notice, first);
  free(first);
  storage_told(storage, notice);
  tell(storage, 3, false);
  /* killed now, with one that is being told */
  notice = take(storage);
  assert_int_equal(storage_stop(storage, 30), 0);
  free(notice);
  storage = start(state);
  tell(storage, 7, true);
  tell(storage, 5, false);
  expect_none(storage, 1);
  assert_int_equal(storage_stop(storage, 30), 0);
  storage = start(state);
  fixture_wait_state(storage, STORAGE_READY);
  expect_none(storage, 1);
  assert_int_equal(storage_stop(storage, 30), 0);
}

/* Killed at the very moment when somebody is told: the run is in the file, and
 * nothing else comes again. */
static void nobody_is_told_what_the_file_does_not_know(void **state) {
  enum { KILLS = 50 };
  for (int64_t i = 1; i <= KILLS; i++) {
    pid_t child = fork();
    if (child == 0) {
      storage_t *storage = start(state);
      put_told_run(storage, i, true, 3);
      if (i > 1)
        tell(storage, i - 1, false);
      storage_notice_t *notice = take(storage);
      _exit(notice->run_id == i ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(rows(state, "SELECT count(*) FROM runs"), i);
    assert_int_equal(rows(state, "SELECT sum(run_id) FROM untold"), i);
  }
}

/* Whoever may write to the file. */
static void rows_of_others_are_harmless(void **state) {
  fixture_t *fixture = *state;
  storage_t *storage = start(state);
  put_run(storage, 1, "a", true);
  put_run(storage, 2, "b", true);
  assert_int_equal(storage_stop(storage, 30), 0);
  static const char *const values[] = {
      "(1, 1, 0, 'm', '{\"a\": 1')",
      "(1, 0, 9223372036854775807, x'610062ff', '[1, 2.5, \"x\", {}, null]')",
      "(2, 7, -1, hex(zeroblob(5000)), '{\"' || hex(zeroblob(5000)) || "
      "'\":1e999}')",
      "(2, 0, 'soon', 17, 4)",
      "(99, 0, 1, 'no such run', '{}')",
      "(-1, x'', 1.5, 'm', x'ff')",
      "(1, 2, 5, 'm', (SELECT json_group_array(1.5) FROM (WITH RECURSIVE"
      "  n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
      "  SELECT i FROM n)))",
  };
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    char sql[512];
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO untold(run_id, okay, time, message, numbers) VALUES%s",
        values[i]);
    sql_exec(fixture->path, sql);
  }
  storage = start(state);
  size_t num = 0;
  for (; num < 5; num++) {
    storage_notice_t *notice = take(storage);
    assert_true(notice->run_id == 1 || notice->run_id == 2);
    assert_in_range(notice->time, 0, wall_ms());
    assert_true(notice->numbers_num <= STORAGE_NUMBERS_MAX);
    storage_told(storage, notice);
  }
  expect_none(storage, 1);
  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  assert_int_equal(stats.errors, 0);
  assert_int_equal(storage_stop(storage, 30), 0);
}

/* --- more of them than fit ----------------------------------------------- */

/* Runs that open and close, each with large notices. */
enum { MANY = 400 };

static void put_many(storage_t *storage) {
  for (int64_t id = 1; id <= MANY; id++) {
    put_told_run(storage, id, true, STORAGE_NUMBERS_MAX);
    put_told_run(storage, id, false, STORAGE_NUMBERS_MAX);
  }
  size_t bytes =
      sizeof(storage_notice_t) + STORAGE_NUMBERS_MAX * sizeof(storage_number_t);
  assert_true(2 * MANY * bytes > 2 * OUTBOX_BYTES);
  assert_in_range(untold(storage), 2, OUTBOX_BYTES / bytes + 1);
}

static void tell_many(storage_t *storage, int64_t first, int64_t last) {
  for (int64_t id = first; id <= last; id++) {
    tell(storage, id, false);
    tell(storage, id, true);
  }
}

static void others_wait_in_the_file(void **state) {
  storage_t *storage = start(state);
  put_many(storage);
  tell_many(storage, 1, 1);
  /* there is room, but they do not overtake the others */
  put_told_run(storage, MANY + 1, true, 0);
  put_told_run(storage, MANY + 1, false, 0);
  tell_many(storage, 2, MANY + 1);
  expect_none(storage, 1);
  /* and then the next does not make the detour */
  fixture_wait_written(storage);
  put_told_run(storage, MANY + 2, true, 0);
  assert_int_equal(untold(storage), 1);
  tell(storage, MANY + 2, false);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 0);
}

static void others_come_after_a_restart(void **state) {
  storage_t *storage = start(state);
  put_many(storage);
  tell_many(storage, 1, 10);
  assert_int_equal(storage_stop(storage, 30), 0);
  storage = start(state);
  tell_many(storage, 11, MANY);
  expect_none(storage, 1);
  assert_int_equal(storage_stop(storage, 30), 0);
}

/* Many have come to wait in the file, which then can not be read. */
static void alerts_do_not_wait_for_a_file_that_fails(void **state) {
  fixture_t *fixture = *state;
  storage_t *storage = start(state);
  put_many(storage);
  fixture_wait_written(storage);
  char directory[80], away[80];
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  snprintf(away, sizeof(away), "%s/away", fixture->directory);
  assert_int_equal(rename(directory, away), 0);
  fclose(fopen(directory, "w"));
  size_t in_memory = untold(storage) - 1;
  storage_flush(storage);
  fixture_wait_state(storage, STORAGE_FAILING);
  tell_many(storage, 1, (int64_t)in_memory / 2);
  if (in_memory % 2 != 0)
    tell(storage, (int64_t)in_memory / 2 + 1, false);
  expect_none(storage, 1);
  put_told_run(storage, MANY + 1, true, 0);
  put_told_run(storage, MANY + 1, false, 0);
  tell(storage, MANY + 1, false);
  expect_none(storage, 1); /* that, after its opening, can wait */
  assert_int_equal(unlink(directory), 0);
  assert_int_equal(rename(away, directory), 0);
  storage_flush(storage);
  if (in_memory % 2 != 0)
    tell(storage, (int64_t)in_memory / 2 + 1, true);
  tell_many(storage, (int64_t)(in_memory + 1) / 2 + 1, MANY);
  tell(storage, MANY + 1, true);
  expect_none(storage, 1);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(rows(state, "SELECT count(*) FROM untold"), 0);
}

/* A file of the version before. */
static void an_older_file_has_nothing_to_tell(void **state) {
  fixture_t *fixture = *state;
  storage_t *storage = start(state);
  put_run(storage, 1, "a", true);
  put_run(storage, 2, "b", false);
  assert_int_equal(storage_stop(storage, 30), 0);
  sql_exec(fixture->path, "DROP TABLE untold; PRAGMA user_version = 5");
  storage = start(state);
  put_told_run(storage, 3, true, 0);
  tell(storage, 3, false);
  expect_none(storage, 1);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(rows(state, "SELECT count(*) FROM runs"), 3);
}

#define TEST(name)                                                             \
  cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
  fault_vfs_install();
  const struct CMUnitTest tests[] = {
      TEST(comes_when_its_run_is_in_the_file),
      TEST(comes_when_the_one_before_is_noted),
      TEST(comes_though_the_disk_hangs),
      TEST(comes_though_the_file_fails),
      TEST(ends_when_all_is_told),
      TEST(comes_after_a_restart_as_it_was),
      TEST(nobody_is_told_what_the_file_does_not_know),
      TEST(rows_of_others_are_harmless),
      TEST(others_wait_in_the_file),
      TEST(others_come_after_a_restart),
      TEST(alerts_do_not_wait_for_a_file_that_fails),
      TEST(an_older_file_has_nothing_to_tell),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_storage_lessons.c -- runs that somebody has called expected are handed
 * to the judge with their samples, once
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/run_id.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400)

static storage_lesson_t take_lesson(storage_t *storage) {
  storage_lesson_t lesson = {0};
  int64_t end = monotonic_ms() + 30000;
  storage_flush(storage);
  while (storage_take_expected(storage, &lesson) == EAGAIN) {
    assert_true(monotonic_ms() < end);
    usleep(1000);
  }
  return lesson;
}

/* Wishes to forget are looked for just before lessons: who has taken a second
 * one knows that the look which found the first is over. */
static void wait_looked(storage_t *storage, const char *path) {
  for (int i = 0; i < 2; i++) {
    char sql[256];
    int64_t wish = storage_run_id();
    snprintf(sql, sizeof(sql),
             "BEGIN IMMEDIATE; DELETE FROM forget;"
             "INSERT INTO forget VALUES('nobody', '%s', %lld); COMMIT",
             fixture_system.name, (long long)wish);
    sql_exec(path, sql);
    storage_flush(storage);
    storage_forget_t forget = {.asked_at = 0};
    for (int64_t end = monotonic_ms() + 30000; forget.asked_at != wish;) {
      assert_true(monotonic_ms() < end);
      if (storage_take_forget(storage, &forget) == EAGAIN)
        usleep(1000);
    }
  }
}

static void assert_no_lesson(storage_t *storage, const char *path) {
  storage_lesson_t lesson = {0};
  int64_t number = storage_run_id();
  put_run(storage, number, "the last one", false);
  fixture_wait_written(storage);
  wait_looked(storage, path);
  assert_int_equal(storage_take_expected(storage, &lesson), EAGAIN);
}

/* A run from 1000 to 5000, with samples before and after. */
static void put_incident(storage_t *storage, int64_t id, const char *host) {
  for (int64_t ts = 0; ts <= 7000; ts += 1000)
    put_sample(storage, host, ts, (double)ts);
  put_run(storage, id, host, false);
  fixture_wait_written(storage);
}

static void test_lesson(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_incident(storage, 1, "a'b");
  put_incident(storage, 2, "other");
  assert_no_lesson(storage, path);
  sql_exec(path, "UPDATE samples_system SET flagged = ts <> 2000;"
                 "UPDATE runs SET verdict = 'expected' WHERE id = 1;"
                 "UPDATE runs SET verdict = 'incident' WHERE id = 2");
  storage_lesson_t lesson = take_lesson(storage);
  assert_int_equal(lesson.run_id, 1);
  assert_string_equal(lesson.host, "a'b");
  assert_ptr_equal(lesson.detector, &fixture_system);
  assert_int_equal(lesson.rows, 4);
  static const double cpu[] = {1000, 3000, 4000, 5000};
  for (size_t i = 0; i < 4; i++) {
    assert_true(lesson.values[2 * i] == cpu[i]);
    assert_true(isnan(lesson.values[2 * i + 1]));
  }
  free(lesson.values);
  assert_no_lesson(storage, path);

  /* Taken back and given again, it comes again; and after a restart. */
  sql_exec(path, "UPDATE runs SET verdict = NULL");
  assert_no_lesson(storage, path);
  sql_exec(path, "UPDATE runs SET verdict = 'expected' WHERE id = 1");
  lesson = take_lesson(storage);
  free(lesson.values);
  fixture_stop(storage);
  storage = fixture_start(path, &fixture_system, 365 * DAY);
  lesson = take_lesson(storage);
  assert_int_equal(lesson.run_id, 1);
  free(lesson.values);
  fixture_stop(storage);
}

/* An open run is a lesson as far as it goes, and again as a whole. */
static void test_lesson_of_open_run(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_run(storage, 1, "a", true);
  put_sample(storage, "a", 1000, 1);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = 1;"
                 "UPDATE runs SET verdict = 'expected'");
  storage_lesson_t lesson = take_lesson(storage);
  assert_int_equal(lesson.rows, 1);
  free(lesson.values);
  assert_no_lesson(storage, path);
  put_sample(storage, "a", 2000, 1);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = 1");
  put_run(storage, 1, "a", false);
  fixture_wait_written(storage);
  lesson = take_lesson(storage);
  assert_int_equal(lesson.rows, 2);
  free(lesson.values);
  assert_no_lesson(storage, path);
  fixture_stop(storage);
}

/* More runs than wait at once, and one of more frames than a lesson has. */
static void test_many_lessons(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (int64_t id = 1; id <= 50; id++)
    put_run(storage, id, "a", false);
  for (int64_t ts = 1000; ts < 4000; ts++)
    put_sample(storage, "a", ts, (double)ts);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = 1;"
                 "UPDATE runs SET verdict = 'expected'");
  for (int64_t id = 1; id <= 50; id++) {
    storage_lesson_t lesson = take_lesson(storage);
    assert_int_equal(lesson.run_id, id);
    assert_int_equal(lesson.rows, 250);
    assert_true(lesson.values[0] == 1000);
    assert_true(lesson.values[2 * 249] == 1000 + 12 * 249);
    free(lesson.values);
  }
  sql_exec(path, "UPDATE runs SET note = 'more'");
  assert_no_lesson(storage, path);
  fixture_stop(storage);
}

/* Nothing is kept to learn from: that is said, once, but not at every start. */
static void test_lesson_without_samples(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 0);
  put_incident(storage, 1, "a");
  assert_no_lesson(storage, path);
  assert_int_equal(fixture_logged(), 0);
  sql_exec(path, "UPDATE runs SET verdict = 'expected' WHERE id = 1");
  assert_no_lesson(storage, path);
  assert_no_lesson(storage, path);
  assert_int_equal(fixture_logged(), 1);
  assert_non_null(strstr(fixture_last_log(), "run 1 of a was expected"));
  fixture_stop(storage);
  storage = fixture_start(path, &fixture_system, 0);
  assert_no_lesson(storage, path);
  assert_int_equal(fixture_logged(), 1);
  fixture_stop(storage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_lesson),
      TEST(test_lesson_of_open_run),
      TEST(test_many_lessons),
      TEST(test_lesson_without_samples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_judge_runs.c -- frames become runs that are told and kept, or kept alone
 */
#include "tests/unit/judge_fixture.h"

#include <string.h>

#include <sqlite3.h>

static void a_run_is_told_twice(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  assert_int_equal(told(rig), 0);
  run(rig, "h", 300, 305, 1000);
  assert_int_equal(told(rig), 1);
  const notification_t *n = fake_notification(0);
  assert_int_equal(n->severity, NOTIF_WARNING);
  assert_string_equal(n->host, "h");
  assert_non_null(strstr(n->message, "f 10"));
  int64_t id = fake_meta_int(n, "run");
  assert_true(id > 0);
  rig_wait_written(rig, 0);
  assert_int_equal(
      sql_int(rig->path, "SELECT id FROM runs WHERE ended_at IS NULL"), id);

  run_until_closed(rig, "h", 305);
  assert_int_equal(told(rig), 2);
  n = fake_notification(1);
  assert_int_equal(n->severity, NOTIF_OKAY);
  assert_int_equal(fake_meta_int(n, "run"), id);
  assert_non_null(strstr(n->message, "h back to normal"));
  assert_non_null(strstr(n->message, "f 10")); /* of the worst interval */
  int64_t flagged =
      fake_value_find("h", "anomaly-d/total_events-flagged")->value.derive;
  assert_true(flagged >= 5);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
      0);
  assert_int_equal(sql_int(rig->path, "SELECT anomalies_found FROM runs"),
                   flagged);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM anomalies"),
                   flagged);
  assert_int_equal(sql_int(rig->path, "SELECT sum(flagged) FROM samples_d"),
                   flagged);
  rig_stop(rig);
}

/* --- silences --- */

/* Frames 300 to 359 are in the window. */
#define SILENCE "Silence \"Tue 22:50-23:00\"\n"

static void a_run_in_a_silence_is_kept_and_not_told(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR_WITH(SILENCE));
  run_first(rig, "h", 0, 300);
  double threshold =
      fake_value_find("h", "anomaly-d/gauge-threshold")->value.gauge;
  run(rig, "h", 300, 350, 1000);
  assert_true(fake_value_find("h", "anomaly-d/gauge-score")->value.gauge >
              threshold);
  assert_true(fake_value_find("h", "anomaly-d/bool-flagged")->value.gauge == 0);
  assert_true(fake_value_find("h", "anomaly-d/bool-run_open")->value.gauge ==
              0);
  assert_int_equal(
      fake_value_find("h", "anomaly-d/total_events-flagged")->value.derive, 0);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT sum(flagged) FROM samples_d"),
                   50);
  assert_int_equal(sql_int(rig->path,
                           "SELECT count(*) FROM runs, silent_runs ON run_id "
                           "= id WHERE ended_at IS NULL"),
                   1);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM anomalies"), 50);

  /* over with the window, at the latest */
  run(rig, "h", 350, 400, 0);
  assert_int_equal(told(rig), 0);
  rig_wait_written(rig, 0);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at > 0"), 1);

  /* nobody who looked in the window would have noticed */
  run(rig, "h", 400, 401, 1000);
  assert_int_equal(told(rig), 1);
  run_until_closed(rig, "h", 401);
  rig_stop(rig);
}

static void what_lasts_longer_is_told_after_the_silence(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR_WITH(SILENCE));
  run_first(rig, "h", 0, 300);
  run(rig, "h", 300, 360, 1000);
  assert_int_equal(told(rig), 0);
  run(rig, "h", 360, 361, 1000);
  assert_int_equal(told(rig), 1);
  assert_int_equal(fake_notification(0)->severity, NOTIF_WARNING);
  rig_wait_written(rig, 0);
  assert_int_equal(
      sql_int(rig->path,
              "SELECT count(*) FROM runs, silent_runs ON run_id = id WHERE TRUE"
              " AND ended_at = started_at + 590000"),
      1);
  int64_t id = fake_meta_int(fake_notification(0), "run");
  assert_int_equal(
      sql_int(rig->path, "SELECT id FROM runs WHERE ended_at IS NULL"), id);
  run_until_closed(rig, "h", 361);
  assert_int_equal(fake_meta_int(fake_notification(1), "run"), id);
  rig_stop(rig);
}

static void what_began_before_goes_on_through_a_silence(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR_WITH(SILENCE));
  run_first(rig, "h", 0, 298);
  run(rig, "h", 298, 300, 1000);
  assert_int_equal(told(rig), 1);
  run(rig, "h", 300, 310, 1000);
  assert_true(fake_value_find("h", "anomaly-d/bool-run_open")->value.gauge ==
              1);
  run_until_closed(rig, "h", 310);
  assert_int_equal(told(rig), 2);
  assert_int_equal(fake_meta_int(fake_notification(1), "run"),
                   fake_meta_int(fake_notification(0), "run"));
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM silent_runs"), 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM runs"), 1);
  rig_stop(rig);
}

/* --- people and disks --- */

static void an_expected_run_is_learned(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 340);
  run(rig, "h", 340, 345, 100);
  int next = run_until_closed(rig, "h", 345);
  assert_int_equal(told(rig), 2);
  rig_wait_written(rig, 0);
  /* as the dashboard does */
  sql_exec(rig->path, "UPDATE runs SET verdict = 'expected'");
  storage_flush(rig->storage);
  for (int i = 0;
       i < PATIENCE && strstr(fake_log(LOG_INFO), "expected") == NULL; i++) {
    read_at(rig, 10 * next);
    rig_nap();
  }
  assert_non_null(strstr(fake_log(LOG_INFO), " of h was expected; its "));

  run(rig, "h", next, next + 60, 0);
  run(rig, "h", next + 60, next + 70, 100);
  run(rig, "h", next + 70, next + 130, 0);
  assert_int_equal(told(rig), 2);
  run(rig, "h", next + 130, next + 135, -300);
  assert_int_equal(told(rig), 3);
  rig_stop(rig);
}

/* Somebody else writes for good, then no longer. */
static void a_database_that_fails_and_recovers(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  rig_wait_written(rig, 0);
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(rig->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                   SQLITE_OK);
  run(rig, "h", 300, 305, 1000); /* scoring goes on, and people are told */
  for (int i = 0; i < PATIENCE && told(rig) < 2; i++, rig_nap())
    storage_flush(rig->storage);
  assert_int_equal(told(rig), 2);
  assert_int_equal(told_of(rig, NOTIF_WARNING), 1);
  const notification_t *n = fake_notification(1);
  assert_int_equal(n->severity, NOTIF_FAILURE);
  assert_non_null(strstr(n->message, rig->path));
  int frames = run_until_closed(rig, "h", 305);
  assert_int_equal(told(rig), 3);

  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  for (int i = 0; i < PATIENCE && told(rig) == 3; i++, rig_nap())
    storage_flush(rig->storage);
  assert_int_equal(told(rig), 4);
  n = fake_notification(3);
  assert_int_equal(n->severity, NOTIF_OKAY);
  assert_non_null(strstr(n->message, "again"));
  rig_wait_written(rig, 0);
  read_at(rig, 10 * frames + 1);
  assert_int_equal(told(rig), 4);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM samples_d"),
                   frames);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at > 0"), 1);
  rig_stop(rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_run_is_told_twice),
      TEST(a_run_in_a_silence_is_kept_and_not_told),
      TEST(what_lasts_longer_is_told_after_the_silence),
      TEST(what_began_before_goes_on_through_a_silence),
      TEST(an_expected_run_is_learned),
      TEST(a_database_that_fails_and_recovers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

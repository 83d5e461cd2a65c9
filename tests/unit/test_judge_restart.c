/* SPDX-License-Identifier: MIT */
/*
 * test_judge_restart.c -- a run that is open when collectd ends, or is killed
 */
#include "tests/unit/judge_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Leaves a run open in the file, as a stop in the middle of one does. */
static void leave_open(rig_t *rig) {
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  run(rig, "h", 300, 305, 1000);
  assert_int_equal(told_of(rig, NOTIF_WARNING), 1);
  rig_stop(rig);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
      1);
  fake_reset();
}

static void an_open_run_goes_on_after_a_restart(void **state) {
  rig_t *rig = *state;
  leave_open(rig);
  begin(rig, DETECTOR);
  run_first(rig, "h", 305, 306);
  run_until_closed(rig, "h", 306);
  assert_int_equal(told(rig), 1); /* no second WARNING */
  assert_int_equal(told_of(rig, NOTIF_OKAY), 1);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
      0);
  rig_stop(rig);
}

/* collectd is killed after a run has closed; the model was saved while it was
 * open. */
static void a_run_that_has_closed_stays_closed_after_a_crash(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  run(rig, "h", 300, 305, 1000);
  assert_int_equal(told(rig), 1);
  int frame = 305, flagged = 0;
  for (; told(rig) == 1; frame++) {
    double now = 10 * frame + 2;
    run(rig, "h", frame, frame + 1, 0);
    if (fake_value_find("h", "anomaly-d/bool-flagged")->value.gauge != 1)
      continue;
    flagged = frame;
    judge_request_save(rig->judge, DOUBLE_TO_CDTIME_T(START + now));
    read_at(rig, now);
  }
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT saved_at FROM models"),
                   (int64_t)(START + 10 * flagged) * 1000);
  char command[256]; /* what the process has left behind */
  snprintf(command, sizeof(command),
           "cd %s && mkdir killed && cp -p anomaly.db* killed", rig->directory);
  assert_int_equal(system(command), 0);
  rig_stop(rig);
  snprintf(command, sizeof(command), "cd %s && rm anomaly.db* && mv killed/* .",
           rig->directory);
  assert_int_equal(system(command), 0);

  fake_reset();
  begin(rig, DETECTOR);
  run_first(rig, "h", frame, frame + 50);
  assert_int_equal(told(rig), 0);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM runs"), 1);
  /* the next one is another */
  run(rig, "h", frame + 50, frame + 51, 1000);
  assert_int_equal(told(rig), 1);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT max(started_at) FROM runs"),
                   (int64_t)(START + 10 * (frame + 50)) * 1000);
  rig_stop(rig);
}

/* Frames 300 to 359 are in the window. */
#define SILENCE "Silence \"Tue 22:50-23:00\"\n"

/* No OKAY without its WARNING, not even when collectd is down when the window
 * ends. */
static void a_silent_run_ends_after_a_restart(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR_WITH(SILENCE));
  run_first(rig, "h", 0, 300);
  run(rig, "h", 300, 310, 1000);
  rig_stop(rig);
  begin(rig, DETECTOR_WITH(SILENCE));
  run_first(rig, "h", 360, 420);
  assert_int_equal(told(rig), 0);
  rig_wait_written(rig, 0);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at > 0"), 1);
  rig_stop(rig);
}

/* Reads from `now` on, a second each, until a notification has come. */
static void read_until_notified(rig_t *rig, double now) {
  for (int i = 0; i < PATIENCE && told(rig) == 0; i++) {
    read_at(rig, now + i);
    rig_nap();
  }
  assert_int_equal(told(rig), 1);
  assert_int_equal(told_of(rig, NOTIF_OKAY), 1);
  rig_wait_written(rig, 0);
  assert_int_equal(
      sql_int(rig->path, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
      0);
  /* and that is all */
  read_at(rig, now + PATIENCE);
  assert_int_equal(told(rig), 1);
}

static void an_orphan_is_closed_after_the_timeout(void **state) {
  rig_t *rig = *state;
  leave_open(rig);
  begin(rig, "HostTimeout 60\n" DETECTOR);
  storage_stats_t stats = {0};
  for (int i = 0; i < PATIENCE && stats.state != STORAGE_READY; i++, rig_nap())
    storage_stats(rig->storage, &stats);
  intake_stats_t hosts = {0};
  for (int i = 0; i < PATIENCE && hosts.hosts == 0; i++, rig_nap()) {
    read_at(rig, 0);
    intake_stats(rig->intake, &hosts);
  }
  for (int i = 0; i < PATIENCE && fake_log_num(LOG_INFO) == 0; i++, rig_nap())
    read_at(rig, 59); /* the model is restored */
  assert_int_equal(told(rig), 0);
  read_until_notified(rig, 61);
  assert_non_null(strstr(fake_notification(0)->message, "has fallen silent"));
  rig_stop(rig);
}

/* Its detector is not for that host any more. */
static void an_orphan_nobody_watches_is_closed(void **state) {
  rig_t *rig = *state;
  leave_open(rig);
  begin(rig, "<Detector \"d\">\nHost \"other\"\n<Feature \"f\">\n"
             "Plugin \"g\"\n</Feature>\n</Detector>\n");
  read_until_notified(rig, 0);
  assert_string_equal(fake_notification(0)->host, "h");
  rig_stop(rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_open_run_goes_on_after_a_restart),
      TEST(a_run_that_has_closed_stays_closed_after_a_crash),
      TEST(a_silent_run_ends_after_a_restart),
      TEST(an_orphan_is_closed_after_the_timeout),
      TEST(an_orphan_nobody_watches_is_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

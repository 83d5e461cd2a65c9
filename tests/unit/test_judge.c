/* SPDX-License-Identifier: MIT */
/*
 * test_judge.c -- how models come and go: asked for, restored, saved, dropped
 */
#include "tests/unit/judge_fixture.h"

#include <stdio.h>
#include <string.h>

/* --- they come --- */

static void frames_wait_for_the_model(void **state) {
  rig_t *rig = *state;
  rig_hold_storage(true);
  begin(rig, DETECTOR);
  run(rig, "h", 0, 50, 0);
  assert_int_equal(fake_values_num(), 0);
  intake_stats_t stats;
  intake_stats(rig->intake, &stats);
  assert_true(stats.waiting >= 49);
  rig_hold_storage(false);
  read_until(rig, 520, 50);
  size_t frame = 0;
  for (size_t i = 0; i < fake_values_num(); i++)
    if (strcmp(fake_value(i)->name, "anomaly-d/gauge-score") == 0)
      assert_int_equal(fake_value(i)->time,
                       DOUBLE_TO_CDTIME_T(START + 10.0 * (double)frame++));
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 0 models restored, 1 begun anew.");
  assert_int_equal(fake_log_num(LOG_INFO), 1);
  rig_stop(rig);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM samples_d"), 50);
}

/* The storage has a question of a host that is no more. */
static void a_host_goes_before_the_answer(void **state) {
  rig_t *rig = *state;
  rig_hold_storage(true);
  begin(rig, "HostTimeout 60\n" DETECTOR);
  intake_touch(rig->intake, "h", 0, DOUBLE_TO_CDTIME_T(START));
  put(rig, "other", 0, 1);
  read_at(rig, 20);
  read_at(rig, 1000);
  rig_hold_storage(false);
  read_until(rig, 1001, 1);
  read_at(rig, 5000);
  rig_stop(rig);
}

/* It is there when the first frame closes. */
static void a_model_is_restored_at_the_first_value(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 150);
  rig_stop(rig);
  fake_reset();

  begin(rig, DETECTOR);
  put(rig, "h", 1500, usual(150));
  for (int i = 0; i < PATIENCE && fake_log_num(LOG_INFO) == 0; i++) {
    read_at(rig, 1500);
    rig_nap();
  }
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 1 model restored, 0 begun anew.");
  assert_int_equal(scores(), 0);
  rig_stop(rig);
}

/* A model that is stopped and restored tells the same as one that never was,
 * and what it has learned already is skipped. */
static void models_are_restored(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  model_t *model = model_create(rig->detectors[0]);
  assert_non_null(model);
  verdict_t verdict = {0};
  for (int i = 0; i < 200; i++) {
    double value = usual(i);
    frame_t frame = {.ts = (int64_t)((START + 10 * i) * 1000),
                     .interval = 10000,
                     .values = &value};
    assert_int_equal(model_step(model, &frame, &verdict), 0);
  }
  run_first(rig, "h", 0, 150);
  rig_stop(rig);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 1);
  fake_reset();

  begin(rig, DETECTOR);
  for (int i = 140; i < 200; i++)
    put(rig, "h", 10 * i, usual(i));
  read_until(rig, 3000, 50); /* but for 140..149 */
  assert_int_equal(fake_value(0)->time, DOUBLE_TO_CDTIME_T(START + 1500));
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 1 model restored, 0 begun anew.");
  const fake_value_t *score = fake_value_find("h", "anomaly-d/gauge-score");
  assert_memory_equal(&score->value.gauge, &verdict.score, sizeof(double));
  const fake_value_t *threshold =
      fake_value_find("h", "anomaly-d/gauge-threshold");
  assert_memory_equal(&threshold->value.gauge, &verdict.threshold,
                      sizeof(double));
  model_destroy(model);
  rig_stop(rig);
}

static void a_damaged_model_is_learned_anew(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 50);
  rig_stop(rig);
  sql_exec(rig->path, "UPDATE models SET image = x'00112233'");
  fake_reset();
  begin(rig, DETECTOR);
  run_first(rig, "h", 50, 100);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "is learned anew"));
  rig_stop(rig);
}

/* --- they are saved --- */

static void models_are_saved_on_request(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 20);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 0);
  judge_request_save(rig->judge, DOUBLE_TO_CDTIME_T(START + 199));
  read_at(rig, 200);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 1);
  /* the ts of the last frame that it has learned */
  assert_int_equal(sql_int(rig->path, "SELECT saved_at FROM models"),
                   (int64_t)(START + 190) * 1000);

  /* just saved: not for one who wants what is older */
  run(rig, "h", 20, 21, 0);
  judge_request_save(rig->judge, DOUBLE_TO_CDTIME_T(START + 200));
  read_at(rig, 210);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT saved_at FROM models"),
                   (int64_t)(START + 190) * 1000);
  judge_request_save(rig->judge, DOUBLE_TO_CDTIME_T(START + 211));
  read_at(rig, 212);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT saved_at FROM models"),
                   (int64_t)(START + 200) * 1000);
  rig_stop(rig);
}

/* The monotonic clock begins at 0 with the machine. */
static void models_are_saved_on_request_soon_after_boot(void **state) {
  enum { HOSTS = 40 };
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  for (int i = 0; i < HOSTS; i++) {
    char name[64];
    fake_list_t list;
    snprintf(name, sizeof(name), "h-%d/g/gauge", i);
    fake_list(&list, name, START, 10, (double[]){50});
    assert_int_equal(intake_write(rig->intake, list.ds, &list.vl,
                                  TIME_T_TO_CDTIME_T_STATIC(5)),
                     0);
  }
  read_until(rig, 30 - START, HOSTS);
  judge_request_save(rig->judge, TIME_T_TO_CDTIME_T_STATIC(31));
  read_at(rig, 31 - START);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), HOSTS);
  rig_stop(rig);
}

static void models_are_saved_by_the_clock(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 20);
  read_at(rig, 700);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 1);
  rig_stop(rig);
}

static void dropped_hosts_are_saved(void **state) {
  rig_t *rig = *state;
  begin(rig, "HostTimeout 60\n" DETECTOR);
  run_first(rig, "h", 0, 20);
  read_at(rig, 260);
  intake_stats_t stats;
  intake_stats(rig->intake, &stats);
  assert_int_equal(stats.hosts, 0);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 1);
  /* and go on when they come back */
  fake_reset();
  put(rig, "h", 300, 50);
  read_until(rig, 316, 1);
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 1 model restored, 0 begun anew.");
  rig_stop(rig);
}

/* --- clocks --- */

/* A value of `time` comes at `now`, and is read at once. */
static void put_at(rig_t *rig, double time, double number, double now) {
  fake_list_t list;
  fake_list(&list, "h/g/gauge", START + time, 10, (double[]){number});
  (void)intake_write(rig->intake, list.ds, &list.vl,
                     DOUBLE_TO_CDTIME_T(START + now));
  rig_read_all(rig, DOUBLE_TO_CDTIME_T(START + now + 1));
}

static void a_clock_that_is_set_back(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 100);
  for (int i = 100; i < 200; i++)
    put_at(rig, 10 * i - 7200, usual(i), 10 * i);
  read_at(rig, 2100);
  assert_true(scores() >= 197);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "clock of h was set back"));
  rig_stop(rig);
}

static void a_clock_that_was_set_back_in_between(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 100);
  rig_stop(rig);
  fake_reset();

  begin(rig, DETECTOR);
  for (int i = 100; i < 160; i++)
    put_at(rig, 10 * i - 7200, usual(i), 10 * i);
  read_at(rig, 1700);
  assert_in_range(scores(), 45, 50);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "clock of h was set back"));
  rig_stop(rig);
}

/* Twice as fast as it was is no pace of a clock. */
static void history_that_is_sent_again(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 200);
  rig_stop(rig);
  fake_reset();

  begin(rig, DETECTOR);
  for (int i = 0; i < 210; i++)
    put_at(rig, 10 * i, usual(i), 2000 + 5 * i);
  read_at(rig, 4000);
  assert_int_equal(scores(), 10);
  assert_int_equal(fake_value(0)->time, DOUBLE_TO_CDTIME_T(START + 2000));
  assert_int_equal(fake_log_num(LOG_NOTICE), 0);
  rig_stop(rig);
}

/* Nobody waits by the wall clock: models come, and are saved at the end. */
static void a_clock_that_is_set_while_it_is_waited(void **state) {
  rig_t *rig = *state;
  begin(rig, DETECTOR);
  fake_hurry_clock(true);
  run_first(rig, "h", 0, 20);
  rig_stop(rig);
  fake_hurry_clock(false);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 1);
}

/* --- losses --- */

static void losses_are_told_once_an_hour(void **state) {
  rig_t *rig = *state;
  begin(rig, "MaxHosts 1\n" DETECTOR);
  put(rig, "h", 0, 1);
  for (int i = 0; i < 400; i++) {
    fake_list_t list;
    fake_list(&list, "refused/g/gauge", START + 10 * i, 10, (double[]){1});
    (void)intake_write(rig->intake, list.ds, &list.vl,
                       DOUBLE_TO_CDTIME_T(START + 10 * i));
    put(rig, "h", 10 * i + 1, 1);
    read_at(rig, 10 * i + 2);
  }
  assert_int_equal(fake_log_num(LOG_WARNING), 2);
  assert_non_null(strstr(fake_log(LOG_WARNING), "beyond MaxHosts 1"));
  rig_stop(rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(frames_wait_for_the_model),
      TEST(a_host_goes_before_the_answer),
      TEST(a_model_is_restored_at_the_first_value),
      TEST(models_are_restored),
      TEST(a_damaged_model_is_learned_anew),
      TEST(models_are_saved_on_request),
      TEST(models_are_saved_on_request_soon_after_boot),
      TEST(models_are_saved_by_the_clock),
      TEST(dropped_hosts_are_saved),
      TEST(a_clock_that_is_set_back),
      TEST(a_clock_that_was_set_back_in_between),
      TEST(history_that_is_sent_again),
      TEST(a_clock_that_is_set_while_it_is_waited),
      TEST(losses_are_told_once_an_hour),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_notifier.c -- a notification plugin that hangs, or a thread that cannot
 * be had, holds up nothing but notifications
 */
#include "tests/unit/judge_fixture.h"

#include <math.h>

/* A run opens, and its notification hangs. Returns the frame to go on with. */
static int begin_hanging(rig_t *rig) {
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  assert_int_equal(told(rig), 0);
  fake_hold_notifications(true);
  run(rig, "h", 300, 303, 1000);
  storage_stats_t stats = {0};
  for (int i = 0; i < PATIENCE && !stats.telling; i++) {
    storage_stats(rig->storage, &stats);
    rig_nap();
  }
  assert_true(stats.telling);
  return 303;
}

static void judging_goes_on(void **state) {
  rig_t *rig = *state;
  int next = begin_hanging(rig);
  size_t before = scores();
  run(rig, "h", next, next + 2, 0);
  assert_int_equal(fake_log_num(LOG_WARNING), 0);
  run(rig, "h", next + 2, next + 60, 0); /* ten minutes */
  assert_int_equal(scores(), before + 60);
  assert_int_equal(fake_log_num(LOG_WARNING), 1);
  assert_non_null(strstr(fake_log(LOG_WARNING), "has been at work"));
  assert_int_equal(fake_notifications_num(), 0);
  fake_hold_notifications(false);
  assert_int_equal(told(rig), 2);
  assert_int_equal(fake_notification(0)->severity, NOTIF_WARNING);
  assert_int_equal(fake_notification(1)->severity, NOTIF_OKAY);
  assert_int_equal(fake_log_num(LOG_NOTICE), 0);
  run(rig, "h", next + 60, next + 61, 0);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "go out again"));
  rig_stop(rig);
}

static void expect_same(const notification_t *a, const notification_t *b) {
  assert_string_equal(a->message, b->message);
  assert_string_equal(a->host, b->host);
  assert_string_equal(a->plugin_instance, b->plugin_instance);
  assert_string_equal(a->type_instance, b->type_instance);
  assert_int_equal(a->time, b->time);
  assert_int_equal(a->severity, b->severity);
  const notification_meta_t *m = a->meta, *n = b->meta;
  for (; m != NULL && n != NULL; m = m->next, n = n->next) {
    assert_string_equal(m->name, n->name);
    assert_int_equal(m->type, n->type);
    double x = m->nm_value.nm_double, y = n->nm_value.nm_double;
    if (m->type == NM_TYPE_DOUBLE)
      assert_true(fabs(x - y) <= 1e-15 * fabs(x));
    else
      assert_int_equal(m->nm_value.nm_signed_int, n->nm_value.nm_signed_int);
  }
  assert_true(m == NULL && n == NULL);
}

/* All is saved before it is waited for, and nothing else is begun; after a
 * restart it comes again, then the rest. */
static void a_stop_does_not_wait(void **state) {
  rig_t *rig = *state;
  int next = begin_hanging(rig);
  run(rig, "h", next, next + 60, 0);
  notifier_stop(rig->notifier, 0.1);
  judge_shutdown(rig->judge, 10);
  notifier_leave(rig->notifier);
  assert_int_equal(storage_stop(rig->storage, 30), 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM untold"), 2);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM models"), 1);
  assert_int_equal(fake_notifications_num(), 0);
  fake_hold_notifications(false);
  notifier_destroy(rig->notifier);
  assert_int_equal(fake_notifications_num(), 1);

  rig_start_storage(rig);
  rig_start_notifier(rig);
  rig_wait_written(rig, 0); /* it has been opened, too */
  rig_wait_told(rig);
  assert_int_equal(fake_notifications_num(), 3);
  expect_same(fake_notification(0), fake_notification(1));
  assert_int_equal(fake_notification(2)->severity, NOTIF_OKAY);
  rig_wait_written(rig, 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM untold"), 0);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM runs"), 1);
  rig_stop(rig);
}

static void a_thread_that_cannot_be_had(void **state) {
  rig_t *rig = *state;
  fake_refuse_threads(true);
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  run(rig, "h", 300, 303, 1000);
  for (int i = 0; i < 10; i++)
    notifier_begin(rig->notifier);
  assert_int_equal(fake_log_num(LOG_ERR), 1);
  assert_int_equal(fake_notifications_num(), 0);
  fake_refuse_threads(false);
  for (int i = 0; i < 10; i++)
    notifier_begin(rig->notifier);
  assert_int_equal(told(rig), 1);
  assert_int_equal(fake_log_num(LOG_ERR), 1);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  rig_stop(rig);
}

/* Nor then is anything lost. */
static void a_stop_without_a_thread(void **state) {
  rig_t *rig = *state;
  fake_refuse_threads(true);
  begin(rig, DETECTOR);
  run_first(rig, "h", 0, 300);
  run(rig, "h", 300, 303, 1000);
  notifier_stop(rig->notifier, 10);
  judge_shutdown(rig->judge, 10);
  notifier_leave(rig->notifier);
  assert_int_equal(storage_stop(rig->storage, 30), 0);
  notifier_destroy(rig->notifier);
  assert_int_equal(sql_int(rig->path, "SELECT count(*) FROM untold"), 1);
  fake_refuse_threads(false);
  rig_start_storage(rig);
  rig_start_notifier(rig);
  rig_wait_written(rig, 0);
  assert_int_equal(told(rig), 1);
  rig_stop(rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(judging_goes_on),
      TEST(a_stop_does_not_wait),
      TEST(a_thread_that_cannot_be_had),
      TEST(a_stop_without_a_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_notifier.c -- a notification plugin that hangs holds up nothing but
 * notifications
 */
#include "tests/unit/rig.h"

#include <math.h>
#include <time.h>

#define START 1699999200.0
#define PATIENCE 30000 /* milliseconds, for threads */

static const char options[] =
    "<Detector \"d\">\nWarmUp 300\nWindow 3600\nTrees 20\nSampleSize 64\n"
    "FalseAlarms 1\n<Feature \"f\">\nPlugin \"g\"\n</Feature>\n"
    "</Detector>\n";

static rig_t rig;

/* Frames first..end - 1, each judged at once; a model that is not there yet is
 * waited for. */
static void run(int first, int end, double shift) {
  for (int i = first; i < end; i++) {
    fake_list_t list;
    double usual = 50 + 10 * sin(i * 1.7) * cos(i * 0.31);
    fake_list(&list, "h/g/gauge", START + 10 * i, 10,
              (double[]){usual + shift});
    cdtime_t now = DOUBLE_TO_CDTIME_T(START + 10 * i);
    assert_int_equal(intake_write(rig.intake, list.ds, &list.vl, now), 0);
    rig_read_all(&rig, now + DOUBLE_TO_CDTIME_T(1));
  }
}

static size_t scores(void) {
  size_t num = 0;
  for (size_t i = 0; i < fake_values_num(); i++)
    num += strcmp(fake_value(i)->name, "anomaly-d/gauge-score") == 0;
  return num;
}

/* A run opens, and its notification hangs. Returns the frame to go on with. */
static int begin_hanging(void) {
  fake_reset();
  rig_begin(&rig, options);
  run(0, 300, 0);
  assert_int_equal(fake_notifications_num(), 0);
  fake_hold_notifications(true);
  run(300, 303, 1000);
  storage_stats_t stats = {0};
  for (int i = 0; i < PATIENCE && !stats.telling; i++) {
    storage_stats(rig.storage, &stats);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  assert_true(stats.telling);
  return 303;
}

static void end(void) {
  rig_stop(&rig);
  rig_free(&rig);
  fake_reset();
}

static void judging_goes_on(void **state) {
  (void)state;
  int next = begin_hanging();
  size_t before = scores();
  run(next, next + 2, 0);
  assert_int_equal(fake_log_num(LOG_WARNING), 0);
  run(next + 2, next + 60, 0); /* ten minutes */
  assert_int_equal(scores(), before + 60);
  assert_int_equal(fake_log_num(LOG_WARNING), 1);
  assert_non_null(strstr(fake_log(LOG_WARNING), "has been at work"));
  assert_int_equal(fake_notifications_num(), 0);
  fake_hold_notifications(false);
  rig_wait_told(&rig);
  assert_int_equal(fake_notifications_num(), 2);
  assert_int_equal(fake_notification(0)->severity, NOTIF_WARNING);
  assert_int_equal(fake_notification(1)->severity, NOTIF_OKAY);
  assert_int_equal(fake_log_num(LOG_NOTICE), 0);
  run(next + 60, next + 61, 0);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "go out again"));
  end();
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
  (void)state;
  int next = begin_hanging();
  run(next, next + 60, 0);
  notifier_stop(rig.notifier, 0.1);
  judge_shutdown(rig.judge, TIME_T_TO_CDTIME_T_STATIC(10));
  notifier_leave(rig.notifier);
  assert_int_equal(storage_stop(rig.storage, 30), 0);
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM untold"), 2);
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM models"), 1);
  assert_int_equal(fake_notifications_num(), 0);
  fake_hold_notifications(false);
  notifier_destroy(rig.notifier);
  assert_int_equal(fake_notifications_num(), 1);

  rig_start_storage(&rig);
  rig.notifier = notifier_start(rig.storage, rig.path);
  rig_wait_written(&rig, 0); /* it has been opened, too */
  rig_wait_told(&rig);
  assert_int_equal(fake_notifications_num(), 3);
  expect_same(fake_notification(0), fake_notification(1));
  assert_int_equal(fake_notification(2)->severity, NOTIF_OKAY);
  rig_wait_written(&rig, 0);
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM untold"), 0);
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM runs"), 1);
  end();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(judging_goes_on),
      cmocka_unit_test(a_stop_does_not_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_detector_silence.c -- maintenance windows: scored, neither learned nor
 * counted
 */
#include "tests/unit/host_fixture.h"

#include <stdlib.h>

/* Next frames in a maintenance window, the cpu at `value`. */
static void run_silent(host_t *host, size_t frames, double value) {
  for (size_t i = 0; i < frames; i++) {
    frame_t frame = series_next(&host->series);
    host->series.values[0] = value;
    frame.silent = true;
    judge(host, &frame);
  }
}

/* After a maintenance window a model goes on, bit for bit, as one for which
 * that time has never been. */
static void test_silent_is_not_learned(void **state) {
  (void)state;
  host_t host = start(3, MINUTE);
  host_t other = start(3, MINUTE);
  run(&host, 2 * DAY);
  run(&other, 2 * DAY);
  recount(&host);
  double rate = host.verdict.false_alarms;
  run_silent(&host, 120, 99);
  for (size_t i = 0; i < 120; i++)
    series_next(&other.series);
  assert_true(host.flagged > 60); /* scored it is */
  assert_int_equal(host.opened, 1);
  assert_true(host.verdict.run.silent);
  assert_true(host.verdict.false_alarms == rate);
  recount(&host);
  for (size_t i = 0; i < DAY; i++) {
    run(&host, 1);
    run(&other, 1);
    assert_memory_equal(&host.verdict.score, &other.verdict.score,
                        sizeof(double));
    assert_memory_equal(&host.verdict.threshold, &other.verdict.threshold,
                        sizeof(double));
    assert_memory_equal(&host.verdict.false_alarms, &other.verdict.false_alarms,
                        sizeof(double));
    assert_int_equal(host.verdict.run_state, other.verdict.run_state);
  }
  assert_int_equal(host.closed, host.opened);
  stop(&host);
  stop(&other);
}

/* What is still wrong after the window opens a run that is not silent; what
 * was wrong before it goes on through it. */
static void test_runs_and_silence(void **state) {
  (void)state;
  host_t host = start(3, MINUTE);
  run(&host, 2 * DAY);
  recount(&host);
  run_silent(&host, 30, 99);
  assert_int_equal(host.opened, 1);
  int64_t over = host.series.ts;
  run_with(&host, 5, 0, 99);
  assert_int_equal(host.opened, 2);
  assert_int_equal(host.closed, 0);
  assert_int_equal(host.verdict.run_state, RUN_OPEN);
  assert_false(host.verdict.run.silent);
  assert_true(host.verdict.run.started_at > over);
  int64_t started = host.verdict.run.started_at;

  run_silent(&host, 5, 99);
  assert_int_equal(host.verdict.run_state, RUN_OPEN);
  assert_int_equal(host.verdict.run.started_at, started);
  assert_false(host.verdict.run.silent);
  run(&host, DAY / 2);
  assert_int_equal(host.closed, host.opened - 1);
  stop(&host);
}

/* Saved in the middle of a window, too. */
static void test_restore_in_silence(void **state) {
  (void)state;
  host_t host = start(3, MINUTE);
  run(&host, DAY);
  run_silent(&host, 10, 99);
  host_t copy = host;
  uint8_t *image = malloc(model_image_max(&host.detector));
  size_t size = model_save(host.model, image);
  char why[MODEL_WHY_SIZE];
  copy.model = model_restore(&copy.detector, image, size, why);
  assert_non_null(copy.model);
  free(image);
  for (int i = 0; i < 100; i++) {
    run_silent(&host, i < 10, 99);
    run_silent(&copy, i < 10, 99);
    run(&host, 1);
    run(&copy, 1);
    assert_memory_equal(&host.verdict.score, &copy.verdict.score,
                        sizeof(double));
    assert_int_equal(host.verdict.run_state, copy.verdict.run_state);
  }
  stop(&host);
  stop(&copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_silent_is_not_learned),
      cmocka_unit_test(test_runs_and_silence),
      cmocka_unit_test(test_restore_in_silence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* One letter a frame. Flags: '-' no, 'x' yes. States: '.' none, 'O' opened, 'o'
 * open, 'C' closed. */
static void test_states(void **state) {
  (void)state;
  static const struct {
    unsigned hits, clear;
    const char *flags, *states;
  } cases[] = {{1, 1, "-x-x-", ".OCOC"},
               {1, 3, "x--x---", "OoooooC"},
               {2, 1, "x-xx-", "...OC"},
               {3, 2, "xxxx-x--", "..OooooC"}};
  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    detector_t detector = DETECTOR_INIT;
    detector.hits = cases[c].hits;
    detector.clear = cases[c].clear;
    runs_t runs = {.open = false};
    run_t run;
    for (size_t i = 0; cases[c].flags[i] != '\0'; i++) {
      run_state_t now = runs_step(&runs, &detector, (int64_t)i, 0.5,
                                  cases[c].flags[i] == 'x', false, &run);
      assert_int_equal(".OoC"[now], cases[c].states[i]);
    }
  }
}

static void test_counts(void **state) {
  (void)state;
  detector_t detector = DETECTOR_INIT;
  detector.hits = 2;
  runs_t runs = {.open = false};
  run_t run = {.points = 0};
  static const double scores[] = {0.1, 0.7, 0.6, 0.9, 0.2, 0.8, 0.1, 0.1, 0.1};
  run_state_t now = RUN_NONE;
  for (size_t i = 0; i < sizeof(scores) / sizeof(scores[0]); i++)
    now = runs_step(&runs, &detector, 100 + (int64_t)i, scores[i],
                    scores[i] > 0.5, false, &run);
  assert_int_equal(now, RUN_CLOSED);
  assert_int_equal(run.started_at, 101);
  assert_int_equal(run.ended_at, 105);
  assert_int_equal(run.points, 8);
  assert_int_equal(run.anomalies, 4);
  assert_true(run.peak_score == 0.9);
  assert_int_equal(run.peak_at, 103);
}

/* A clock that is set back, before 1970 too: no run ends before it began. */
static void test_clock_set_back(void **state) {
  (void)state;
  detector_t detector = DETECTOR_INIT;
  runs_t runs = {.open = false};
  run_t run = {.points = 0};
  static const int64_t times[] = {-60, -50, -3600, -3590, -3580, -3570, -3560};
  run_state_t now = RUN_NONE;
  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
    now = runs_step(&runs, &detector, times[i], 0.5, i < 4, false, &run);
  assert_int_equal(now, RUN_CLOSED);
  assert_int_equal(run.started_at, -60);
  assert_int_equal(run.ended_at, -50);
  assert_int_equal(run.anomalies, 4);
}

static void test_adopted(void **state) {
  (void)state;
  detector_t detector = DETECTOR_INIT;
  runs_t runs = {.open = false};
  run_t lost = {.started_at = 5, .ended_at = 7, .points = 3, .anomalies = 3};
  run_t run;
  runs_adopt(&runs, &lost);
  for (int64_t ts = 8; ts < 10; ts++)
    assert_int_equal(runs_step(&runs, &detector, ts, 0, false, false, &run),
                     RUN_OPEN);
  assert_int_equal(runs_step(&runs, &detector, 10, 0, false, false, &run),
                   RUN_CLOSED);
  assert_int_equal(run.started_at, 5);
  assert_int_equal(run.ended_at, 7);
  assert_int_equal(run.points, 6);
}

/* Letters as above, and in silence: flags '_' no, 'X' yes. A silent run's
 * states are 'S' opened, 's' open, 'c' closed. */
static void test_silent(void **state) {
  (void)state;
  static const struct {
    unsigned hits;
    const char *flags, *states;
  } cases[] = {{1, "XXxx--", "SsOooC"},
               {1, "XX---", "Ss..."},
               {1, "XX__X", "SsscS"},
               {1, "x_X__X", "OoooCS"},
               {2, "xXXxx", "..S.O"}};
  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    detector_t detector = DETECTOR_INIT;
    detector.hits = cases[c].hits;
    detector.clear = 2;
    runs_t runs = {.open = false};
    size_t counted = 0;
    for (size_t i = 0; cases[c].flags[i] != '\0'; i++) {
      char flag = cases[c].flags[i];
      run_t run = {.silent = false};
      run_state_t now = runs_step(&runs, &detector, (int64_t)i, 0.5,
                                  flag == 'x' || flag == 'X',
                                  flag == '_' || flag == 'X', &run);
      assert_int_equal((run.silent ? ".Ssc" : ".OoC")[now], cases[c].states[i]);
      counted += now == RUN_OPENED && !run.silent;
    }
    assert_true(runs.opened == (double)counted);
  }
}

static void test_rate(void **state) {
  (void)state;
  detector_t detector = DETECTOR_INIT;
  detector.clear = 1;
  runs_t runs = {.open = false};
  run_t run;
  assert_true(isnan(runs_rate(&runs)));
  for (int64_t i = 0; i < 24; i++) {
    runs_watch(&runs, 604800, 3600);
    runs_step(&runs, &detector, i, 1, i % 8 == 0, false, &run);
  }
  assert_true(fabs(runs_rate(&runs) - 3) < 1e-9);
  /* Forgotten after some weeks of peace. */
  for (int64_t i = 0; i < 24 * 70; i++)
    runs_watch(&runs, 604800, 3600);
  assert_true(runs_rate(&runs) < 1e-3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_states),         cmocka_unit_test(test_counts),
      cmocka_unit_test(test_clock_set_back), cmocka_unit_test(test_adopted),
      cmocka_unit_test(test_silent),         cmocka_unit_test(test_rate)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

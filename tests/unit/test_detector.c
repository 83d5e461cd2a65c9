/* SPDX-License-Identifier: MIT */
#include "tests/unit/host_fixture.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Linked with --wrap: counts what the code under test allocates. */
static size_t allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size) {
  allocations++;
  return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
  allocations++;
  return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size) {
  allocations++;
  return __real_realloc(old, size);
}

static void test_options(void **state) {
  (void)state;
  host_t host = start(1, MINUTE);
  assert_null(detector_check(&host.detector));
  detector_t bad[13];
  for (size_t i = 0; i < 13; i++)
    bad[i] = host.detector;
  bad[0].features_num = 0;
  bad[1].features_num = DETECTOR_FEATURES_MAX + 1;
  bad[2].false_alarms = 0;
  bad[3].false_alarms = NAN;
  bad[4].warm_up = -1;
  bad[5].window = 0;
  bad[6].trees = 0;
  bad[7].trees = DETECTOR_TREES_MAX + 1;
  bad[8].sample_size = 1;
  bad[9].sample_size = DETECTOR_SAMPLE_SIZE_MAX + 1;
  bad[10].hits = 0;
  bad[11].clear = 0;
  bad[12].window = 1.1 * DETECTOR_WINDOW_MAX;
  for (size_t i = 0; i < 13; i++)
    assert_non_null(detector_check(&bad[i]));
}

static void test_frames_in_order(void **state) {
  (void)state;
  host_t host = start(1, MINUTE);
  run(&host, 10);
  verdict_t untouched = {.score = 7};
  double values[SERIES_FEATURES] = {0};
  frame_t same = {.ts = host.series.ts, .interval = MINUTE, .values = values};
  assert_int_equal(model_step(host.model, &same, &untouched), EINVAL);
  frame_t timeless = {.ts = same.ts + 1, .interval = 0, .values = values};
  assert_int_equal(model_step(host.model, &timeless, &untouched), EINVAL);
  assert_true(untouched.score == 7);
  assert_int_equal(model_last_ts(host.model), same.ts);
  model_set_back(host.model, same.ts - 5 * MINUTE);
  same.ts -= 5 * MINUTE;
  assert_int_equal(model_step(host.model, &same, &untouched), 0);
  stop(&host);
}

/* NaN until there is a forest, no flag before the warm-up is over, and a gross
 * spike right after it, at one second as at one minute. */
static void test_warm_up(void **state) {
  (void)state;
  static const struct {
    int64_t interval;
    size_t frames;
  } cases[] = {{1000, 1500}, {10000, 1500}, {60000, 1500}};
  for (size_t i = 0; i < 3; i++) {
    host_t host = start(2 + i, cases[i].interval);
    run(&host, 50);
    assert_true(isnan(host.verdict.score) && host.verdict.warming_up);
    run(&host, 20);
    assert_false(isnan(host.verdict.score));
    run_with(&host, 1, 0, 150);
    assert_true(host.verdict.warming_up && host.flagged == 0);
    run(&host, cases[i].frames);
    assert_false(host.verdict.warming_up);
    recount(&host);
    run_with(&host, 20, 0, 150);
    assert_int_equal(host.opened, 1);
    assert_int_equal(host.suspects[0].feature, 0);
    stop(&host);
  }
}

/* What jumps again and again is not to blame when something else breaks, even
 * if it just jumps again. */
static void test_jumps_are_not_to_blame(void **state) {
  (void)state;
  host_t host = start(6, MINUTE);
  run(&host, 3 * DAY);
  for (int jump = 0; jump < 20; jump++) {
    run_with(&host, 1, 2, 1000);
    run(&host, 240);
  }
  for (int i = 0; i < 2; i++) {
    frame_t frame = series_next(&host.series);
    host.series.values[1] = 60;
    host.series.values[2] = 1000;
    judge(&host, &frame);
  }
  assert_true(host.verdict.flagged);
  suspect_t suspects[DETECTOR_FEATURES_MAX];
  assert_true(model_explain(host.model, suspects) >= 2);
  assert_int_equal(suspects[0].feature, 1);
  assert_int_equal(suspects[1].feature, 2);
  stop(&host);
}

/* What is flagged does not become usual while it is: else the hours of an
 * incident would soon be within the range that they are shown beside. */
static void test_usual_is_unflagged(void **state) {
  (void)state;
  host_t host = start(12, MINUTE);
  run(&host, 2 * DAY);
  recount(&host);
  double high = 0;
  for (int i = 0; i < 240; i++) {
    run_with(&host, 1, 1, 80 + i % 5);
    suspect_t suspects[DETECTOR_FEATURES_MAX];
    size_t n = model_explain(host.model, suspects);
    for (size_t k = 0; k < n; k++)
      if (host.verdict.flagged && suspects[k].feature == 1)
        high = fmax(high, suspects[k].high);
  }
  assert_true(host.flagged > 100);
  assert_true(high > 40 && high < 60);
  stop(&host);
}

/* An extreme value does not wait for the smoothing. */
static void test_spike(void **state) {
  (void)state;
  host_t host = start(5, MINUTE);
  run(&host, 3 * DAY);
  recount(&host);
  run_with(&host, 2, 1, 95);
  assert_int_equal(host.opened, 1);
  assert_int_equal(host.suspects[0].feature, 1);
  assert_true(host.suspects[0].value == 95);
  assert_true(host.suspects[0].low > 35 && host.suspects[0].high < 50);
  run(&host, DAY);
  assert_int_equal(host.verdict.run_state, RUN_NONE);
  stop(&host);
}

static void test_quiet_host(void **state) {
  (void)state;
  size_t opened = 0;
  for (uint64_t seed = 10; seed < 15; seed++) {
    host_t host = start(seed, 5 * MINUTE);
    run(&host, 10 * DAY / 5);
    opened += host.opened;
    assert_true(host.verdict.false_alarms <= 0.5);
    stop(&host);
  }
  assert_true(opened <= 10); /* 0.2 a day, 50 days */
}

/* One run, then the new level is usual: within a day. */
static void test_level_shift(void **state) {
  (void)state;
  host_t host = start(6, MINUTE);
  run(&host, 5 * DAY);
  recount(&host);
  run_with(&host, DAY, 1, 70);
  assert_true(host.opened >= 1 && host.opened <= 2);
  assert_int_equal(host.closed, host.opened);
  recount(&host);
  run_with(&host, 2 * DAY, 1, 70);
  assert_true(host.flagged == 0);
  stop(&host);
}

static void test_two_incidents(void **state) {
  (void)state;
  host_t host = start(7, MINUTE);
  run(&host, 2 * DAY);
  recount(&host);
  run_with(&host, 5, 1, 95);
  run(&host, 60);
  run_with(&host, 5, 1, 95);
  run(&host, 60);
  assert_int_equal(host.opened, 2);
  assert_int_equal(host.closed, 2);
  stop(&host);
}

/* Runs an incident of some frames, then an hour as usual, and collects the
 * flagged frames' values: at most 100 of them. */
static size_t incident(host_t *host, size_t frames, size_t feature,
                       double value, double rows[100][SERIES_FEATURES]) {
  size_t n = 0;
  for (size_t i = 0; i < frames + 60; i++) {
    frame_t frame = series_next(&host->series);
    if (i < frames)
      host->series.values[feature] = value + host->series.values[feature] / 20;
    judge(host, &frame);
    if (host->verdict.flagged && n < 100)
      memcpy(rows[n++], frame.values, sizeof(rows[0]));
  }
  return n;
}

static void teach(host_t *host, double rows[100][SERIES_FEATURES], size_t n) {
  size_t before = allocations;
  assert_true(model_expect(host->model, rows[0], n) > 0);
  assert_int_equal(model_expect(host->model, rows[0], n), 0);
  assert_int_equal(allocations, before);
}

/* What was called expected is not flagged again, but what was not is. */
static void test_expected(void **state) {
  (void)state;
  for (uint64_t seed = 30; seed < 40; seed++) {
    size_t again[2] = {0, 0};
    for (int expected = 0; expected < 2; expected++) {
      double rows[100][SERIES_FEATURES];
      host_t host = start(seed, MINUTE);
      run(&host, 2 * DAY);
      size_t n = incident(&host, 10, 1, 95, rows);
      assert_true(n >= 10);
      if (expected)
        teach(&host, rows, n);
      again[expected] = incident(&host, 15, 1, 95, rows);
      recount(&host);
      assert_true(incident(&host, 10, 2, 80, rows) > 0);
      assert_int_equal(host.opened, 1);
      stop(&host);
    }
    assert_true(again[0] > 0);
    assert_int_equal(again[1], 0);
  }
}

/* As many features as there may be: a model that has seen fewer frames than it
 * has columns finds each one remarkable. */
static void test_many_features(void **state) {
  (void)state;
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  for (size_t i = 0; i < DETECTOR_FEATURES_MAX; i++)
    features[i] = (detector_feature_t){"x", "", 0};
  for (uint64_t seed = 1; seed < 4; seed++) {
    detector_t detector = DETECTOR_INIT;
    detector.features = features;
    detector.features_num = DETECTOR_FEATURES_MAX;
    model_t *model = model_create(&detector);
    random_t random = {seed};
    for (int64_t i = 1; i <= 1000; i++) {
      double values[DETECTOR_FEATURES_MAX];
      for (size_t k = 0; k < DETECTOR_FEATURES_MAX; k++)
        values[k] = series_noise(&random);
      frame_t frame = {.ts = i * MINUTE, .interval = MINUTE, .values = values};
      verdict_t verdict;
      assert_int_equal(model_step(model, &frame, &verdict), 0);
      assert_int_equal(verdict.warming_up, i <= DETECTOR_FLAGS_FROM_A_FEATURE *
                                                    DETECTOR_FEATURES_MAX);
      assert_false(verdict.flagged);
    }
    model_destroy(model);
  }
}

/* Constant for days, then a hair off: nothing. On any host it makes no
 * difference, whatever else is flagged that day. */
static void test_hair(void **state) {
  (void)state;
  host_t host = start(8, MINUTE);
  run_with(&host, 5 * DAY, 2, 30);
  recount(&host);
  run_with(&host, DAY, 2, 30.03);
  assert_int_equal(host.flagged, 0);
  stop(&host);
  for (uint64_t seed = 1; seed < 6; seed++) {
    size_t flagged[2];
    for (int hair = 0; hair < 2; hair++) {
      host = start(seed, MINUTE);
      run_with(&host, 5 * DAY, 2, 30);
      recount(&host);
      run_with(&host, DAY, 2, hair ? 30.03 : 30);
      flagged[hair] = host.flagged;
      stop(&host);
    }
    assert_int_equal(flagged[1], flagged[0]);
  }
}

static void test_silence(void **state) {
  (void)state;
  host_t host = start(9, MINUTE);
  run(&host, 2 * DAY);
  recount(&host);
  run_with(&host, 30, 3, NAN);
  assert_int_equal(host.opened, 1);
  assert_int_equal(host.suspects[0].feature, 3);
  assert_true(isnan(host.suspects[0].value));
  assert_false(isnan(host.suspects[0].high));
  run(&host, 5);
  recount(&host);
  run(&host, DAY / 2);
  assert_int_equal(host.opened, 0);

  /* Gone for good: usual after some hours. */
  run_with(&host, DAY, 3, NAN);
  recount(&host);
  run_with(&host, DAY, 3, NAN);
  assert_int_equal(host.flagged, 0);
  stop(&host);
}

/* A stop over night, at once or in the middle of anything. */
static void test_restore(void **state) {
  (void)state;
  static const size_t pasts[] = {0, 1, 47, 55, 70, 97, 500, 5000};
  for (size_t i = 0; i < sizeof(pasts) / sizeof(pasts[0]); i++) {
    host_t host = start(20 + i, MINUTE);
    host.model = model_create(&host.detector);
    run(&host, pasts[i]);
    model_expect(host.model, (double[]){50, 42, 30, 1e7, 0}, 1);
    host_t copy = host;
    uint8_t *image = malloc(model_image_max(&host.detector));
    size_t size = model_save(host.model, image);
    char why[MODEL_WHY_SIZE];
    copy.model = model_restore(&host.detector, image, size, why);
    assert_non_null(copy.model);
    free(image);
    for (size_t k = 0; k < 10000; k++) {
      frame_t frame = series_next(&host.series);
      if (k % 700 < 5)
        host.series.values[k % SERIES_FEATURES] = k % 2 ? NAN : 1e7;
      judge(&host, &frame);
      judge(&copy, &frame);
      assert_memory_equal(&host.verdict.score, &copy.verdict.score,
                          sizeof(double));
      assert_memory_equal(&host.verdict.threshold, &copy.verdict.threshold,
                          sizeof(double));
      assert_true(host.verdict.flagged == copy.verdict.flagged);
      assert_true(host.verdict.run_state == copy.verdict.run_state);
    }
    assert_true(host.flagged > 0);
    stop(&host);
    stop(&copy);
  }
}

static void test_adopted_run(void **state) {
  (void)state;
  host_t host = start(11, MINUTE);
  run(&host, 20);
  run_t lost = {.started_at = 1, .ended_at = 2, .points = 9, .anomalies = 9};
  model_adopt_run(host.model, &lost);
  run(&host, 2);
  assert_int_equal(host.verdict.run_state, RUN_OPEN);
  run(&host, 1);
  assert_int_equal(host.verdict.run_state, RUN_CLOSED);
  assert_int_equal(host.verdict.run.started_at, 1);
  assert_int_equal(host.verdict.run.points, 12);
  stop(&host);
}

/* Whatever comes, verdicts stay verdicts, and nothing is allocated. */
static void test_hostile(void **state) {
  (void)state;
  static const double odd[] = {NAN,    INFINITY, -INFINITY, 1e308, -1e308,
                               4e-324, 0,        -1e-310,   1e18,  1};
  for (uint64_t seed = 0; seed < 6; seed++) {
    host_t host = start(seed, MINUTE);
    host.detector.window = seed % 2 ? 604800 : 3600;
    host.detector.trees = seed % 3 ? 100 : 3;
    host.detector.sample_size = seed % 3 ? 256 : 2;
    run(&host, 1);
    random_t random = {seed};
    size_t before = allocations;
    for (size_t i = 0; i < 6000; i++) {
      frame_t frame = series_next(&host.series);
      for (size_t k = 0; k < SERIES_FEATURES; k++)
        if (random_below(&random, 10) < seed * 2)
          host.series.values[k] = odd[random_below(&random, 10)];
      if (random_below(&random, 200) == 0) {
        host.series.interval = 1 + random_below(&random, 4000000);
        frame.interval = host.series.interval;
      }
      judge(&host, &frame);
    }
    assert_int_equal(allocations, before);
    stop(&host);
  }
}

/* The most of everything works, and its memory is as told. */
static void test_bounds(void **state) {
  (void)state;
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  for (size_t i = 0; i < DETECTOR_FEATURES_MAX; i++)
    features[i] = (detector_feature_t){"f", "", 0};
  host_t host = start(1, MINUTE);
  host.detector.features = features;
  host.detector.features_num = DETECTOR_FEATURES_MAX;
  host.detector.trees = 20;
  host.detector.sample_size = DETECTOR_SAMPLE_SIZE_MAX;
  host.model = model_create(&host.detector);
  random_t random = {1};
  for (int64_t i = 1; i <= 600; i++) {
    double values[DETECTOR_FEATURES_MAX];
    for (size_t k = 0; k < DETECTOR_FEATURES_MAX; k++)
      values[k] = random_unit(&random);
    frame_t frame = {.ts = i * MINUTE, .interval = MINUTE, .values = values};
    judge(&host, &frame);
  }
  stop(&host);

  host_t usual = start(1, MINUTE);
  run(&usual, 1);
  assert_true(model_size(usual.model) <= 256 * 1024);
  stop(&usual);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_options),
      cmocka_unit_test(test_frames_in_order),
      cmocka_unit_test(test_warm_up),
      cmocka_unit_test(test_spike),
      cmocka_unit_test(test_jumps_are_not_to_blame),
      cmocka_unit_test(test_usual_is_unflagged),
      cmocka_unit_test(test_quiet_host),
      cmocka_unit_test(test_level_shift),
      cmocka_unit_test(test_two_incidents),
      cmocka_unit_test(test_expected),
      cmocka_unit_test(test_many_features),
      cmocka_unit_test(test_hair),
      cmocka_unit_test(test_silence),
      cmocka_unit_test(test_restore),
      cmocka_unit_test(test_adopted_run),
      cmocka_unit_test(test_hostile),
      cmocka_unit_test(test_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * What collectd-anomaly(5) says under BEHAVIOUR of models that are hours old:
 * whatever lasts and is found is one run for as long as it lasts, and usual
 * after three hours. Hosts are numbered, none is picked.
 */
#include "plugin/detector/detector.h"
#include "tests/unit/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HOSTS 10
#define HOURS 3600.0
#define INCIDENT 600.0 /* seconds */

/* A minute is a large part of these models' lives, or a small one. */
static const struct {
  int64_t interval; /* milliseconds */
  double age;       /* seconds */
} models[] = {{1000, 0.5 * HOURS},
              {1000, 1.5 * HOURS},
              {10000, 3 * HOURS},
              {60000, 12 * HOURS}};
#define MODELS (sizeof(models) / sizeof(models[0]))

static const char *const names[] = {"memory up", "network 0", "all but still"};
#define CHANGES (sizeof(names) / sizeof(names[0]))

static void change(size_t which, double *values) {
  switch (which) {
  case 0:
    values[1] += 25;
    break;
  case 1:
    values[3] = 0;
    break;
  default:
    values[0] = 1;
    values[3] = 0;
  }
}

typedef struct {
  detector_t detector;
  series_t series;
  model_t *model;
  verdict_t verdict;
} host_t;

/* `seconds` of a host to which a change may have happened; returns how many of
 * them a run was open, and adds to *opened. */
static double run(host_t *host, double seconds, const size_t *which,
                  size_t *opened) {
  double interval = (double)host->series.interval / 1000, open = 0;
  for (double t = 0; t < seconds; t += interval) {
    frame_t frame = series_next(&host->series);
    host->series.values[3] += 1e6;
    if (which != NULL)
      change(*which, host->series.values);
    assert_int_equal(model_step(host->model, &frame, &host->verdict), 0);
    *opened += host->verdict.run_state == RUN_OPENED;
    if (host->verdict.run_state == RUN_OPENED ||
        host->verdict.run_state == RUN_OPEN)
      open += interval;
  }
  return open;
}

/* Begins at another hour of the day each. */
static host_t start(size_t seed, size_t m) {
  host_t host = {
      .detector = DETECTOR_INIT,
      .series = {.random = {seed * 7919}, .interval = models[m].interval}};
  host.series.ts = (int64_t)(seed * 5) * 3600000;
  host.detector.features = series_features;
  host.detector.features_num = SERIES_FEATURES;
  host.detector.seed = seed;
  return host;
}

static host_t learn(size_t seed, size_t m, const detector_t *detector) {
  host_t host = start(seed, m);
  size_t opened = 0;
  host.model = model_create(detector);
  assert_non_null(host.model);
  run(&host, models[m].age, NULL, &opened);
  return host;
}

/* Ten minutes of it: the run that finds it goes on to its end, but for one in
 * ten, and ends soon after. */
static void test_lasts(void **state) {
  (void)state;
  size_t found = 0, whole = 0;
  for (size_t m = 0; m < MODELS; m++)
    for (size_t which = 0; which < CHANGES; which++)
      for (size_t seed = 1; seed <= HOSTS; seed++) {
        detector_t detector = start(seed, m).detector;
        host_t host = learn(seed, m, &detector);
        size_t opened = 0;
        double open = run(&host, INCIDENT, &which, &opened);
        if (opened > 0) {
          bool lasts = opened == 1 && host.verdict.run_state == RUN_OPEN;
          found++;
          whole += lasts;
          if (!lasts)
            print_message("%s, %d s, host %zu: %zu runs, open for %.0f s\n",
                          names[which], (int)(models[m].interval / 1000), seed,
                          opened, open);
          run(&host, 60 * (double)models[m].interval / 1000, NULL, &opened);
          assert_int_equal(host.verdict.run_state, RUN_NONE);
        }
        model_destroy(host.model);
      }
  print_message("%zu of %zu incidents found, %zu of them to their ends\n",
                found, MODELS * CHANGES * HOSTS, whole);
  assert_true(found >= MODELS * CHANGES * HOSTS / 2);
  assert_true(whole >= found - found / 10);
}

/* A new level for good: its run closes within three hours. */
static void test_ends(void **state) {
  (void)state;
  for (size_t m = 0; m < MODELS; m++)
    for (size_t which = 0; which < CHANGES; which++)
      for (size_t seed = 1; seed <= 2; seed++) {
        detector_t detector = start(seed, m).detector;
        host_t host = learn(seed, m, &detector);
        size_t opened = 0;
        run(&host, 3 * HOURS, &which, &opened);
        assert_int_equal(host.verdict.run_state, RUN_NONE);
        assert_true(opened <= 2);
        model_destroy(host.model);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_lasts),
                                     cmocka_unit_test(test_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

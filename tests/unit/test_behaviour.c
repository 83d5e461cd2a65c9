/* SPDX-License-Identifier: MIT */
/*
 * What collectd-anomaly(5) says under BEHAVIOUR, case by case, on many made-up
 * hosts at two cadences. A case that does not hold on every host says of how
 * many it must hold; hosts are numbered, none is picked.
 */
#include "plugin/detector/detector.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTES 60
#define HOURS 3600
#define DAYS 86400

enum { CPU, MEMORY, DISK, NETWORK, ERRORS };

/* A host, its model, and what happened since recount(). */
typedef struct {
  detector_t detector;
  series_t series;
  model_t *model;
  verdict_t verdict;
  size_t frames, flagged, opened, closed;
  size_t last;      /* the last flagged frame, from 1; 0: none */
  suspect_t blamed; /* the first suspect of the first run */
} host_t;

/* Hosts that have learned for some days, made once: cases go on with copies. */
typedef struct {
  host_t host;
  uint8_t *image;
  size_t size;
} trained_t;

#define HOSTS_MAX 10
#define CADENCES 2
static const struct {
  int64_t interval;
  double days;
  size_t hosts;
} cadences[CADENCES] = {{60000, 5, HOSTS_MAX}, {10000, 2, 8}};
static trained_t trained[CADENCES][HOSTS_MAX];

/* What goes wrong: changes the values of a frame, `part` of the way through. */
typedef void change_f(double *values, double part);

static void recount(host_t *host) {
  host->frames = host->flagged = host->opened = host->closed = host->last = 0;
  host->blamed = (suspect_t){.feature = SERIES_FEATURES};
}

static void judge(host_t *host, const frame_t *frame) {
  if (host->model == NULL)
    host->model = model_create(&host->detector);
  assert_non_null(host->model);
  assert_int_equal(model_step(host->model, frame, &host->verdict), 0);
  host->frames++;
  host->closed += host->verdict.run_state == RUN_CLOSED;
  if (host->verdict.run_state == RUN_OPENED && host->opened++ == 0) {
    suspect_t suspects[DETECTOR_FEATURES_MAX];
    assert_true(model_explain(host->model, suspects) > 0);
    host->blamed = suspects[0];
  }
  if (host->verdict.flagged) {
    host->flagged++;
    host->last = host->frames;
  }
}

/* The network never sleeps: zero is news. */
static frame_t next(host_t *host) {
  frame_t frame = series_next(&host->series);
  host->series.values[NETWORK] += 1e6;
  return frame;
}

/* At least one frame. */
static void run_with(host_t *host, double seconds, change_f *change) {
  double frames = fmax(1, seconds * 1000 / (double)host->series.interval);
  for (double i = 0; i < frames; i++) {
    frame_t frame = next(host);
    if (change != NULL)
      change(host->series.values, i / frames);
    judge(host, &frame);
  }
}

static void run(host_t *host, double seconds) { run_with(host, seconds, NULL); }

static host_t start(uint64_t seed, int64_t interval) {
  host_t host = {.detector = DETECTOR_INIT,
                 .series = {.random = {seed * 7919}, .interval = interval}};
  host.detector.features = series_features;
  host.detector.features_num = SERIES_FEATURES;
  host.detector.seed = seed;
  recount(&host);
  return host;
}

static void stop(host_t *host) { model_destroy(host->model); }

static int train(void **state) {
  (void)state;
  for (size_t c = 0; c < CADENCES; c++)
    for (size_t i = 0; i < cadences[c].hosts; i++) {
      trained_t *at = &trained[c][i];
      at->host = start(i + 1, cadences[c].interval);
      run(&at->host, cadences[c].days * DAYS);
      at->image = malloc(model_image_max(&at->host.detector));
      assert_non_null(at->image);
      at->size = model_save(at->host.model, at->image);
      stop(&at->host);
    }
  return 0;
}

static int dismiss(void **state) {
  (void)state;
  for (size_t c = 0; c < CADENCES; c++)
    for (size_t i = 0; i < cadences[c].hosts; i++)
      free(trained[c][i].image);
  return 0;
}

static host_t copy(size_t cadence, size_t i) {
  const trained_t *at = &trained[cadence][i];
  host_t host = at->host;
  char why[MODEL_WHY_SIZE];
  host.model = model_restore(&at->host.detector, at->image, at->size, why);
  assert_non_null(host.model);
  recount(&host);
  return host;
}

/* Does to a copy of every trained host of a cadence what `behaves` does, and
 * returns for how many it said true. */
static size_t behaving(size_t cadence, const char *what,
                       bool (*behaves)(host_t *host, change_f *change),
                       change_f *change) {
  size_t n = 0;
  for (size_t i = 0; i < cadences[cadence].hosts; i++) {
    host_t host = copy(cadence, i);
    bool well = behaves(&host, change);
    if (!well)
      print_message("%s, %d s, host %zu: %zu runs, %zu closed, %zu flagged, "
                    "last %zu of %zu\n",
                    what, (int)(host.series.interval / 1000), i + 1,
                    host.opened, host.closed, host.flagged, host.last,
                    host.frames);
    n += well;
    stop(&host);
  }
  return n;
}

static void memory_up(double *values, double part) {
  (void)part;
  values[MEMORY] += 25;
}
static void cpu_up(double *values, double part) {
  (void)part;
  values[CPU] += 50;
}
static void network_up(double *values, double part) {
  (void)part;
  values[NETWORK] *= 3;
}
static void memory_leak(double *values, double part) {
  values[MEMORY] += 30 * part;
}
static void memory_full(double *values, double part) {
  (void)part;
  values[MEMORY] = 95;
}
static void cpu_full(double *values, double part) {
  (void)part;
  values[CPU] = 100;
}
static void errors_up(double *values, double part) {
  (void)part;
  values[ERRORS] = 50;
}
static void network_down(double *values, double part) {
  (void)part;
  values[NETWORK] = 0;
}
static void memory_down(double *values, double part) {
  (void)part;
  values[MEMORY] = 0;
}
static void all_down(double *values, double part) {
  (void)part;
  for (size_t i = 0; i < SERIES_FEATURES; i++)
    values[i] = 0;
}
static void network_gone(double *values, double part) {
  (void)part;
  values[NETWORK] = NAN;
}

/* All hosts of both cadences behave so. */
static void all_behave(const char *what,
                       bool (*behaves)(host_t *host, change_f *change),
                       change_f *change) {
  for (size_t c = 0; c < CADENCES; c++)
    assert_int_equal(behaving(c, what, behaves, change), cadences[c].hosts);
}

/* One run, closed within three hours, and none for the same level later. */
static bool shift(host_t *host, change_f *change) {
  run_with(host, 3 * HOURS, change);
  bool closed = host->closed == host->opened;
  run_with(host, 5 * HOURS, change);
  return closed && host->opened == 1;
}

/* One in twenty may open a second run. */
static void test_level_shift(void **state) {
  (void)state;
  size_t n = 0, hosts = 0;
  for (size_t c = 0; c < CADENCES; c++) {
    n += behaving(c, "memory up", shift, memory_up) +
         behaving(c, "cpu up", shift, cpu_up) +
         behaving(c, "network up", shift, network_up);
    hosts += 3 * cadences[c].hosts;
  }
  assert_true(n >= hosts - hosts / 20);
}

/* Found at once, and whatever else goes wrong in its fourth hour, too. */
static bool long_incident(host_t *host, change_f *change) {
  run_with(host, 4 * HOURS, change);
  bool found = host->opened >= 1 && host->blamed.feature == MEMORY;
  recount(host);
  for (int i = 0; i < 2; i++) {
    frame_t frame = next(host);
    change(host->series.values, 1);
    errors_up(host->series.values, 1);
    judge(host, &frame);
  }
  return found && host->flagged > 0;
}

static bool two_days(host_t *host, change_f *change) {
  run_with(host, 10 * MINUTES, change);
  run(host, DAYS - 10 * MINUTES);
  bool found = host->opened >= 1;
  recount(host);
  run_with(host, 10 * MINUTES, change);
  return found && host->opened == 1;
}

/* The threshold does not climb to meet it. */
static void test_long_incident(void **state) {
  (void)state;
  all_behave("errors in a long incident", long_incident, memory_up);
  all_behave("again a day later", two_days, memory_up);
}

static bool leak(host_t *host, change_f *change) {
  run_with(host, 6 * HOURS, change);
  return host->opened >= 1 && host->blamed.feature == MEMORY;
}

static void test_leak(void **state) {
  (void)state;
  all_behave("leak", leak, memory_leak);
}

/* Flagged at once, and over within 30 intervals. */
static bool spike(host_t *host, change_f *change) {
  run_with(host, 0, change);
  bool found = host->verdict.flagged;
  run(host, 3 * HOURS);
  return found && host->opened == 1 && host->closed == 1 && host->last <= 30;
}

static void test_spike(void **state) {
  (void)state;
  all_behave("memory spike", spike, memory_full);
  all_behave("cpu spike", spike, cpu_full);
  all_behave("errors spike", spike, errors_up);
}

/* One run, which ends after its end. */
static bool drop(host_t *host, change_f *change) {
  run_with(host, 10 * MINUTES, change);
  size_t opened = host->opened;
  run(host, 3 * HOURS);
  return opened == 1 && host->opened == 1 && host->closed == 1;
}

static void test_drop_to_zero(void **state) {
  (void)state;
  all_behave("memory 0", drop, memory_down);
  all_behave("network 0", drop, network_down);
  all_behave("all 0", drop, all_down);
}

/* Flagged from the third interval on, by name; ended by its return, which
 * opens nothing for the next six hours. */
static bool silence(host_t *host, change_f *change) {
  run_with(host, 30 * MINUTES, change);
  bool found = host->opened == 1 && host->flagged == host->frames - 2 &&
               host->blamed.feature == NETWORK && isnan(host->blamed.value);
  recount(host);
  run(host, 6 * HOURS);
  return found && host->opened == 0 && host->closed == 1 && host->flagged == 0;
}

/* One run until the feature is back, hours later; and another one for the
 * silence of the next day. */
static bool long_silence(host_t *host, change_f *change) {
  run_with(host, 6 * HOURS, change);
  bool found = host->opened == 1 && host->flagged == host->frames - 2;
  run(host, 18 * HOURS);
  recount(host);
  run_with(host, 30 * MINUTES, change);
  return found && host->opened == 1 && host->flagged == host->frames - 2;
}

static void test_silence(void **state) {
  (void)state;
  all_behave("network gone", silence, network_gone);
  all_behave("network gone for hours", long_silence, network_gone);
}

/* A minute every two hours, for two days: told a few times, then usual. */
static bool recurring(host_t *host, change_f *change) {
  size_t first = 0;
  for (int i = 0; i < 24; i++) {
    run_with(host, MINUTES, change);
    run(host, 2 * HOURS - MINUTES);
    if (i == 11) {
      first = host->opened;
      recount(host);
    }
  }
  return first + host->opened <= 12 && host->opened <= 1;
}

static void test_recurring(void **state) {
  (void)state;
  all_behave("memory drops every two hours", recurring, memory_down);
  all_behave("cpu full every two hours", recurring, cpu_full);
}

static bool twice(host_t *host, change_f *change) {
  for (int i = 0; i < 2; i++) {
    run_with(host, 5 * MINUTES, change);
    run(host, HOURS);
  }
  return host->opened == 2 && host->closed == 2;
}

static void test_two_incidents(void **state) {
  (void)state;
  all_behave("memory twice", twice, memory_full);
  all_behave("cpu twice", twice, cpu_full);
}

/* Flagged frames in the day after a week with the disk at 30. */
static size_t after_still_week(uint64_t seed, double disk) {
  host_t host = start(seed, 60000);
  for (int i = 0; i < 8 * 1440; i++) {
    frame_t frame = next(&host);
    host.series.values[DISK] = i < 7 * 1440 ? 30 : disk;
    if (i == 7 * 1440)
      recount(&host);
    judge(&host, &frame);
  }
  size_t flagged = host.flagged;
  assert_int_equal(host.closed, host.opened);
  stop(&host);
  return flagged;
}

/* A hair's breadth adds not a single flag; a level shift is found, and usual
 * within a day. */
static void test_still_week(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    assert_int_equal(after_still_week(seed, 30.03), after_still_week(seed, 30));
    assert_true(after_still_week(seed, 40) > 0);
  }
}

/* Twenty minutes from 03:00 on: flagged on some of the first four days, never
 * in the eight days after them. */
static void test_daily_job(void **state) {
  (void)state;
  size_t first = 0;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    host_t host = start(seed, 60000);
    for (int day = 0; day < 12; day++) {
      run(&host, 3 * HOURS);
      recount(&host);
      for (int i = 0; i < 20; i++) {
        frame_t frame = next(&host);
        host.series.values[CPU] += 50;
        host.series.values[DISK] += 4;
        host.series.values[NETWORK] *= 3;
        judge(&host, &frame);
      }
      if (day < 4)
        first += host.opened;
      else
        assert_int_equal(host.opened, 0);
      run(&host, 20 * HOURS + 40 * MINUTES);
    }
    stop(&host);
  }
  assert_true(first >= 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_level_shift),
                                     cmocka_unit_test(test_long_incident),
                                     cmocka_unit_test(test_still_week),
                                     cmocka_unit_test(test_leak),
                                     cmocka_unit_test(test_spike),
                                     cmocka_unit_test(test_drop_to_zero),
                                     cmocka_unit_test(test_silence),
                                     cmocka_unit_test(test_recurring),
                                     cmocka_unit_test(test_two_incidents),
                                     cmocka_unit_test(test_daily_job)};
  return cmocka_run_group_tests(tests, train, dismiss);
}

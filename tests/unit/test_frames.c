/* SPDX-License-Identifier: MIT */
/*
 * test_frames.c -- values in any order become frames in the order of time
 *
 * One host and one detector. Times are seconds after START, for the values as
 * for the monotonic clock.
 */
#include "plugin/collectd/series.h"
#include "plugin/features/frames.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START 1699999200.0 /* a whole minute */
#define FEATURES_MAX 2

/* A feature of gauges, and one of counters. */
#define OPTIONS                                                                \
  "<Detector \"d\">\n"                                                         \
  "<Feature \"g\">\nPlugin \"g\"\nAggregate \"sum\"\n</Feature>\n"             \
  "<Feature \"c\">\nPlugin \"c\"\nAggregate \"sum\"\n</Feature>\n"             \
  "</Detector>\n"

typedef struct {
  options_t *options;
  series_cache_t *series;
  frames_t *frames;
} host_t;

typedef struct {
  double ts; /* seconds after START */
  double interval;
  bool clock_set;
  double values[FEATURES_MAX];
} seen_t;

static host_t host_begin(void) {
  host_t host = {.options = options_create()};
  oconfig_item_t *block = fake_config(OPTIONS);
  assert_int_equal(options_read(host.options, block), 0);
  fake_config_free(block);
  host.series = series_cache_create(host.options);
  host.frames = frames_create(host.options->detectors);
  assert_non_null(host.series);
  assert_non_null(host.frames);
  return host;
}

static void host_end(host_t *host) {
  frames_destroy(host->frames);
  series_cache_destroy(host->series);
  options_destroy(host->options);
  fake_reset();
}

static int put_list(host_t *host, const fake_list_t *list, double now) {
  const series_t *s = series_find(host->series, list->ds, &list->vl);
  assert_non_null(s);
  assert_true(s->uses_num > 0);
  const reading_t reading = series_reading(s, &list->vl);
  return frames_write(host->frames, &reading, DOUBLE_TO_CDTIME_T(START + now));
}

/* `identifier` without the host. */
static void put_every(host_t *host, const char *identifier, double time,
                      double interval, double number, double now) {
  char full[600];
  fake_list_t list;
  snprintf(full, sizeof(full), "h/%s", identifier);
  fake_list(&list, full, START + time, interval,
            (double[]){number, number, number});
  assert_int_equal(put_list(host, &list, now), 0);
}

/* Every ten seconds, and at once. */
static void put(host_t *host, const char *identifier, double time,
                double number) {
  put_every(host, identifier, time, 10, number, time);
}

static void tick(host_t *host, double now) {
  frames_tick(host->frames, DOUBLE_TO_CDTIME_T(START + now));
}

/* The next closed frame. False: there is none. */
static bool take(host_t *host, seen_t *seen) {
  frame_t frame = {0};
  seen->clock_set = false;
  if (frames_peek(host->frames, &frame, &seen->clock_set) != 0)
    return false;
  seen->ts = (double)frame.ts / 1000 - START;
  seen->interval = (double)frame.interval / 1000;
  memcpy(seen->values, frame.values, sizeof(seen->values));
  frames_pop(host->frames);
  return true;
}

static bool same(double a, double b) {
  return (isnan(a) && isnan(b)) || a == b;
}

/* But for the order in which numbers were summed up. */
static bool close_to(double a, double b) {
  return same(a, b) || fabs(a - b) <= 1e-12 * fabs(b);
}

#define NO_MORE                                                                \
  { .ts = -1 }

/* The closed frames are these, up to NO_MORE. `interval` 0 stands for 10. */
static void expect_frames_at(host_t *host, const seen_t *expected,
                             const char *file, int line) {
  seen_t seen;
  for (; expected->ts >= 0; expected++) {
    double interval = expected->interval == 0 ? 10 : expected->interval;
    if (!take(host, &seen))
      fail_msg("%s:%d: no frame at %g", file, line, expected->ts);
    if (seen.ts != expected->ts || seen.interval != interval ||
        seen.clock_set != expected->clock_set ||
        !same(seen.values[0], expected->values[0]) ||
        !same(seen.values[1], expected->values[1]))
      fail_msg("%s:%d: at %g (%g s)%s %g %g, not at %g (%g s)%s %g %g", file,
               line, seen.ts, seen.interval, seen.clock_set ? " clock set" : "",
               seen.values[0], seen.values[1], expected->ts, interval,
               expected->clock_set ? " clock set" : "", expected->values[0],
               expected->values[1]);
  }
  if (take(host, &seen))
    fail_msg("%s:%d: one more frame at %g", file, line, seen.ts);
}

#define expect_frames(host, ...)                                               \
  expect_frames_at(host, (const seen_t[]){__VA_ARGS__, NO_MORE}, __FILE__,     \
                   __LINE__)
#define expect_none(host)                                                      \
  expect_frames_at(host, (const seen_t[]){NO_MORE}, __FILE__, __LINE__)
#define G(number)                                                              \
  { number, NAN }
#define C(number)                                                              \
  { NAN, number }

static void skip_frames(host_t *host) {
  seen_t seen;
  while (take(host, &seen))
    ;
}

/* Two gauges that frames wait for; the frame at 0 is closed and taken. */
static host_t host_with_two(void) {
  host_t host = host_begin();
  put(&host, "g/gauge-a", 1, 1);
  put(&host, "g/gauge-b", 1, 2);
  tick(&host, 16);
  expect_frames(&host, {.ts = 0, .values = G(3)});
  return host;
}

/* --- when frames close --- */

static void the_first_frame_closes_by_the_clock(void **state) {
  (void)state;
  host_t host = host_begin();
  put(&host, "g/gauge-a", 1, 1);
  put(&host, "g/gauge-b", 2, 2);
  tick(&host, 15.9);
  expect_none(&host); /* half an interval after the next should have begun */
  tick(&host, 16);
  expect_frames(&host, {.ts = 0, .values = G(3)});
  host_end(&host);
}

static void complete_frames_close_at_once(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 11, 10);
  expect_none(&host);
  put(&host, "g/gauge-b", 11, 20);
  expect_frames(&host, {.ts = 10, .values = G(30)});
  host_end(&host);
}

static void incomplete_frames_close_by_later_ones(void **state) {
  (void)state;
  host_t host = host_with_two();
  for (int i = 1; i <= FRAMES_OPEN_MAX; i++) {
    put(&host, "g/gauge-a", i * 10, i);
    expect_none(&host);
  }
  /* b counts until its last value is two intervals old; after that nobody
   * waits for it */
  put(&host, "g/gauge-a", (FRAMES_OPEN_MAX + 1) * 10, FRAMES_OPEN_MAX + 1);
  for (int i = 1; i <= FRAMES_OPEN_MAX + 1; i++) {
    seen_t seen;
    assert_true(take(&host, &seen));
    assert_true(seen.ts == i * 10);
    assert_true(seen.values[0] == (i == 1 ? 3 : i));
  }
  expect_none(&host);
  host_end(&host);
}

static void incomplete_frames_close_by_the_clock(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 11, 10);
  tick(&host, 25.9);
  expect_none(&host);
  tick(&host, 26);
  expect_frames(&host, {.ts = 10, .values = G(12)});
  /* from now on only a is waited for */
  put(&host, "g/gauge-a", 21, 20);
  expect_frames(&host, {.ts = 20, .values = G(20)});
  host_end(&host);
}

/* A whole frame that is overtaken by the next is not lost. */
static void frames_wait_for_the_one_before(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 21, 5);
  put(&host, "g/gauge-b", 21, 6);
  expect_none(&host);
  put(&host, "g/gauge-a", 11, 3);
  put(&host, "g/gauge-b", 11, 4);
  expect_frames(&host, {.ts = 10, .values = G(7)}, {.ts = 20, .values = G(11)});
  /* one that never comes is given up by the clock */
  put(&host, "g/gauge-a", 41, 7);
  put(&host, "g/gauge-b", 41, 8);
  expect_none(&host);
  tick(&host, 56);
  expect_frames(&host, {.ts = 40, .values = G(15)});
  host_end(&host);
}

static void a_new_series_is_waited_for(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 11, 1);
  put(&host, "g/gauge-new", 11, 7);
  put(&host, "g/gauge-b", 11, 2);
  expect_frames(&host, {.ts = 10, .values = G(10)});
  put(&host, "g/gauge-a", 21, 1);
  put(&host, "g/gauge-b", 21, 2);
  expect_none(&host);
  put(&host, "g/gauge-new", 21, 8);
  expect_frames(&host, {.ts = 20, .values = G(11)});
  host_end(&host);
}

/* --- which values count --- */

static void late_values_count_in_the_next_frame(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 11, 10);
  tick(&host, 26);
  expect_frames(&host, {.ts = 10, .values = G(12)});
  put(&host, "g/gauge-b", 11.5, 50);
  assert_int_equal(frames_late(host.frames), 1);
  put(&host, "g/gauge-a", 21, 20);
  expect_none(&host); /* b is back, and waited for */
  put(&host, "g/gauge-b", 21, 60);
  expect_frames(&host, {.ts = 20, .values = G(80)});
  host_end(&host);
}

static void a_late_value_counts_where_no_newer_comes(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 11, 10);
  tick(&host, 26);
  skip_frames(&host);
  put(&host, "g/gauge-b", 11.5, 50);
  put(&host, "g/gauge-a", 21, 20);
  tick(&host, 40);
  expect_frames(&host, {.ts = 20, .values = G(70)});
  host_end(&host);
}

static void repeated_and_older_values_are_ignored(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 12, 10);
  put(&host, "g/gauge-a", 12, 99); /* repeated */
  put(&host, "g/gauge-a", 11, 98); /* older, in the frame that is open */
  put(&host, "g/gauge-a", 1, 97);  /* older, in a frame that is closed */
  put(&host, "g/gauge-b", 11, 20);
  expect_frames(&host, {.ts = 10, .values = G(30)});
  put(&host, "g/gauge-a", 12, 96); /* repeated after its frame has closed */
  put(&host, "g/gauge-a", 21, 10);
  put(&host, "g/gauge-b", 21, 20);
  expect_frames(&host, {.ts = 20, .values = G(30)});
  assert_int_equal(frames_late(host.frames), 4);
  host_end(&host);
}

static void the_newest_value_of_a_frame_counts(void **state) {
  (void)state;
  host_t host = host_with_two();
  put(&host, "g/gauge-a", 11, 10);
  put(&host, "g/gauge-a", 19, 30);
  put(&host, "g/gauge-b", 11, 5);
  expect_frames(&host, {.ts = 10, .values = G(35)});
  host_end(&host);
}

/* --- numbers --- */

static void numbers_that_are_none(void **state) {
  (void)state;
  static const struct {
    const char *identifier;
    double number;
    double expected;
  } rows[] = {
      {"g/gauge", NAN, NAN},
      {"g/gauge", INFINITY, NAN},
      {"g/gauge", -INFINITY, NAN},
      {"g/gauge", 4.9e-324, 4.9e-324},
      {"g/gauge", -1e308, -1e308},
      {"g/gauge", 1.7e308, 1.7e308},
      {"g/gauge", -0.0, 0},
      {"g/percent", 100.1, 100.1}, /* the range of the type */
      {"g/percent", 100.2, NAN},
      {"g/percent", -0.1, NAN},
      {"g/memory", -1, NAN},
      {"g/load", 5001, NAN},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    host_t host = host_begin();
    put(&host, rows[i].identifier, 1, rows[i].number);
    tick(&host, 16);
    expect_frames(&host, {.ts = 0, .values = G(rows[i].expected)});
    /* one is no harm to the next */
    put(&host, rows[i].identifier, 11, 1);
    seen_t seen;
    assert_true(take(&host, &seen));
    assert_true(seen.values[0] >= 1);
    host_end(&host);
  }
}

static void a_sum_beyond_all_numbers_is_missing(void **state) {
  (void)state;
  host_t host = host_begin();
  put(&host, "g/gauge-a", 1, 1e308);
  put(&host, "g/gauge-b", 1, 1e308);
  tick(&host, 16);
  expect_frames(&host, {.ts = 0, .values = G(NAN)});
  host_end(&host);
}

/* A sender that fills its packets first sends four intervals at a time. */
static void packets_of_several_intervals(void **state) {
  (void)state;
  host_t host = host_begin();
  double count = 0;
  for (int i = 0; i < 100; i++) {
    count += 10 * (i % 7);
    put_every(&host, "c/cpu", 10 * i, 10, count, 10 * (i / 4 * 4 + 4));
    put_every(&host, "g/gauge", 10 * i, 10, i, 10 * (i / 4 * 4 + 4));
    if (i == 10) /* an older one is no harm for longer than to the next */
      put_every(&host, "c/cpu", 50, 10, 1, 120);
    tick(&host, 10 * (i / 4 * 4 + 4));
  }
  tick(&host, 1100);
  seen_t seen;
  for (int i = 0; i < 100; i++) {
    assert_true(take(&host, &seen));
    assert_true(seen.ts == 10 * i && seen.values[0] == i);
    if (i > 0 && seen.values[1] != i % 7)
      fail_msg("at %g: %g", seen.ts, seen.values[1]);
  }
  host_end(&host);
}

static void counters_become_rates(void **state) {
  (void)state;
  static const struct {
    const char *type;
    value_t values[3];
    double rates[2]; /* NaN: none */
  } rows[] = {
      {"counter", {{.counter = 0}, {.counter = 10}, {.counter = 30}}, {1, 2}},
      {"counter", /* wraps at 32 bits */
       {{.counter = UINT32_MAX - 4}, {.counter = 5}, {.counter = 15}},
       {1, 1}},
      {"counter", /* wraps at 64 bits */
       {{.counter = UINT64_MAX - 4}, {.counter = 15}, {.counter = 15}},
       {2, 0}},
      {"cpu", {{.derive = 0}, {.derive = 50}, {.derive = 60}}, {5, 1}},
      {"cpu", /* begins anew */
       {{.derive = 1000000}, {.derive = 0}, {.derive = 70}},
       {NAN, 7}},
      {"cpu", /* as far apart as can be */
       {{.derive = INT64_MIN}, {.derive = INT64_MAX}, {.derive = INT64_MAX}},
       {NAN, 0}},
      {"derive", {{.derive = 0}, {.derive = -50}, {.derive = 0}}, {-5, 5}},
      {"absolute",
       {{.absolute = 7}, {.absolute = 20}, {.absolute = 0}},
       {2, 0}},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    host_t host = host_begin();
    char identifier[64];
    snprintf(identifier, sizeof(identifier), "h/c/%s", rows[i].type);
    for (int j = 0; j < 3; j++) {
      fake_list_t list;
      double time = 10 * j + 5;
      fake_list(&list, identifier, START + time, 10, (double[]){0, 0, 0});
      list.values[0] = rows[i].values[j];
      assert_int_equal(put_list(&host, &list, time), 0);
      tick(&host, time + 15);
      double expected = j == 0 ? NAN : rows[i].rates[j - 1];
      expect_frames(&host, {.ts = 10 * j, .values = C(expected)});
    }
    host_end(&host);
  }
}

/* Rates go by the time stamps of the values, not by the interval. */
static void rates_go_by_time_stamps(void **state) {
  (void)state;
  host_t host = host_begin();
  put(&host, "c/cpu", 1, 100);
  tick(&host, 16);
  put(&host, "c/cpu", 13.5, 125);
  expect_frames(&host, {.ts = 0, .values = C(NAN)}, {.ts = 10, .values = C(2)});
  put(&host, "c/cpu", 33.5, 145); /* one has been left out */
  tick(&host, 50);
  expect_frames(&host, {.ts = 30, .values = C(1)});
  host_end(&host);
}

/* --- order over threads --- */

typedef struct {
  char identifier[32];
  double time;
  double number;
} event_t;

static void play(const event_t *events, size_t num, seen_t *seen,
                 size_t *seen_num, size_t seen_max) {
  host_t host = host_begin();
  /* Faster than the clock, as a backfill is. */
  for (size_t i = 0; i < num; i++)
    put_every(&host, events[i].identifier, events[i].time, 10, events[i].number,
              1 + (double)i * 1e-6);
  tick(&host, 1000);
  *seen_num = 0;
  while (*seen_num < seen_max && take(&host, seen + *seen_num))
    ++*seen_num;
  host_end(&host);
}

static void swap(event_t *a, event_t *b) {
  event_t c = *a;
  *a = *b;
  *b = c;
}

/* Whatever order the values of four intervals come in, the frames are those of
 * the values in order. */
static void the_order_of_arrival_does_not_matter(void **state) {
  (void)state;
  enum { FRAMES = 60, SERIES_MAX = 6 };
  static event_t events[FRAMES * SERIES_MAX], shuffled[FRAMES * SERIES_MAX];
  static seen_t expected[FRAMES], seen[FRAMES];
  for (unsigned seed = 1; seed <= 300; seed++) {
    srandom(seed);
    size_t series = 1 + seed % SERIES_MAX;
    size_t num = 0;
    for (int i = 0; i < FRAMES; i++)
      for (size_t j = 0; j < series; j++, num++) {
        event_t *event = events + num;
        bool counts = j % 2 == 1;
        snprintf(event->identifier, sizeof(event->identifier), "%s-%zu",
                 counts ? "c/cpu" : "g/gauge", j);
        event->time = i * 10 + 0.5 * (double)j;
        event->number = counts ? 1000.0 * i + (double)(random() % 1000)
                               : (double)(random() % 1000);
      }
    memcpy(shuffled, events, num * sizeof(*events));
    size_t window = 4 * series;
    for (size_t first = 0; first < num; first += window)
      for (size_t i = first; i < num && i < first + window; i++) {
        size_t left = (num < first + window ? num : first + window) - i;
        swap(shuffled + i, shuffled + i + (size_t)random() % left);
      }
    size_t expected_num = 0, seen_num = 0;
    play(events, num, expected, &expected_num, FRAMES);
    play(shuffled, num, seen, &seen_num, FRAMES);
    assert_int_equal(expected_num, FRAMES);
    if (seen_num != expected_num)
      fail_msg("seed %u: %zu frames, not %zu", seed, seen_num, expected_num);
    for (size_t i = 0; i < FRAMES; i++)
      if (seen[i].ts != expected[i].ts ||
          !close_to(seen[i].values[0], expected[i].values[0]) ||
          !close_to(seen[i].values[1], expected[i].values[1]))
        fail_msg("seed %u: at %g %g %g, not at %g %g %g", seed, seen[i].ts,
                 seen[i].values[0], seen[i].values[1], expected[i].ts,
                 expected[i].values[0], expected[i].values[1]);
  }
}

/* --- clocks that are wrong --- */

/* A gauge of 5 and a counter of 2 a second, for the frames from..to (in
 * intervals), whose time stamps are `shift` seconds wrong. */
static void run_clock(host_t *host, int from, int to, double shift) {
  for (int i = from; i < to; i++) {
    double now = 10 * i + 1;
    put_every(host, "g/gauge", now + shift, 10, 5, now);
    put_every(host, "c/cpu", now + shift, 10, 1e6 + 20 * i, now);
    tick(host, now + 5);
  }
}

/* All frames are right or, for `missing_max` of them, without the counter; they
 * go on for `frames` at least. Returns how many came after a set clock. */
static unsigned check_clock(host_t *host, int frames, int missing_max) {
  seen_t seen;
  unsigned sets = 0;
  int missing = 0, num = 0;
  for (; take(host, &seen); num++) {
    assert_true(seen.values[0] == 5);
    if (isnan(seen.values[1]))
      missing++;
    else if (fabs(seen.values[1] - 2) > 1e-6)
      fail_msg("a rate of %g at %g", seen.values[1], seen.ts);
    sets += seen.clock_set;
  }
  assert_in_range(missing, 0, missing_max);
  assert_true(num >= frames);
  return sets;
}

static void a_clock_that_is_set(void **state) {
  (void)state;
  static const struct {
    double shift;
    unsigned sets;
    int lost; /* intervals until it is believed, at most */
  } rows[] = {
      {-3600, 1, 3},
      {-86400 * 365.0, 1, 3},
      {-200, 1, 6},
      {-60, 1, 7},
      {200, 0, 3},
      {3600, 0, 3},
      {86400 * 365.0, 0, 3},
      /* what is shorter is waited for; no rate is wrong by it */
      {-39, 0, 4},
      {-15, 0, 2},
      {-9.9, 0, 1},
      {60, 0, 0},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    host_t host = host_begin();
    run_clock(&host, 0, 100, 0);
    tick(&host, 1010);
    assert_int_equal(check_clock(&host, 99, 1), 0);
    run_clock(&host, 100, 200, rows[i].shift);
    tick(&host, 2030);
    assert_int_equal(check_clock(&host, 100 - rows[i].lost, 0), rows[i].sets);
    host_end(&host);
  }
}

/* So little that no value seems old: 20 in ten seconds are not 20 in two. */
static void a_clock_that_is_set_by_seconds(void **state) {
  (void)state;
  host_t host = host_begin();
  for (int i = 0; i < 100; i++) {
    double now = 10 * i + 9, shift = i < 50 ? 0 : -8;
    put_every(&host, "g/gauge", now + shift, 10, 5, now);
    put_every(&host, "c/cpu", now + shift, 10, 1e6 + 20 * i, now);
    tick(&host, now + 0.5);
  }
  tick(&host, 1100);
  assert_int_equal(check_clock(&host, 100, 1), 0);
  host_end(&host);
}

/* What is set back is set forward again, as by an NTP server gone mad. */
static void a_clock_that_is_set_again_and_again(void **state) {
  (void)state;
  host_t host = host_begin();
  for (int i = 0; i < 10; i++)
    run_clock(&host, i * 50, (i + 1) * 50, i % 2 == 0 ? 0 : -7200);
  tick(&host, 5030);
  assert_int_equal(check_clock(&host, 480, 1), 5);
  host_end(&host);
}

static void strayed_values_do_not_disturb(void **state) {
  (void)state;
  static const struct {
    const char *identifier;
    double time, interval;
  } strays[] = {
      {"g/gauge", 86400 * 365.0, 10},
      {"g/gauge", 86400 * 365.0, 60}, /* with another interval */
      {"g/gauge", 86400 * 365.0, 1},
      {"g/gauge-new", 86400 * 365.0, 10}, /* another series */
      {"g/gauge-new", 86400 * 365.0, 1},
      {"g/gauge", -86400 * 365.0, 10},
      {"g/gauge", -86400 * 365.0, 1},
      {"g/gauge", -START + 1, 10}, /* 1970 */
      {"g/gauge", 6.8e9, 10},      /* 2239 */
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(strays); i++) {
    host_t host = host_begin();
    run_clock(&host, 0, 20, 0);
    put_every(&host, strays[i].identifier, strays[i].time, strays[i].interval,
              77, 195);
    run_clock(&host, 20, 40, 0);
    tick(&host, 420);
    seen_t seen;
    for (int j = 0; j < 40; j++) {
      if (!take(&host, &seen))
        fail_msg("stray %zu: no frame %d", i, j);
      if (seen.ts != 10 * j || seen.interval != 10 || seen.values[0] != 5 ||
          seen.clock_set || !same(seen.values[1], j == 0 ? NAN : 2))
        fail_msg("stray %zu: at %g %g %g", i, seen.ts, seen.values[0],
                 seen.values[1]);
    }
    assert_int_equal(frames_late(host.frames), 1);
    expect_none(&host);
    host_end(&host);
  }
}

/* In a burst the values of a thread may be many intervals late. */
static void a_late_thread_is_no_clock_that_was_set(void **state) {
  (void)state;
  host_t host = host_begin();
  run_clock(&host, 0, 50, 0);
  for (int i = 0; i < 20; i++)
    put_every(&host, "g/gauge-late", 10 * i + 2, 10, 77, 500);
  run_clock(&host, 50, 100, 0);
  tick(&host, 1020);
  assert_int_equal(frames_late(host.frames), 20);
  assert_int_equal(check_clock(&host, 100, 1), 0);
  host_end(&host);
}

/* A sender that strays for good beside honest ones is never believed, and its
 * series are not remembered. */
static void strayed_series_are_not_kept(void **state) {
  (void)state;
  host_t host = host_begin();
  for (int i = 0; i < 2000; i++) {
    run_clock(&host, i, i + 1, 0);
    for (int j = 0; j < 10; j++) {
      char name[64];
      snprintf(name, sizeof(name), "g/gauge-%d-%d", i, j);
      put_every(&host, name, 1e8 + i * 10, 10, 77, i * 10 + 2);
    }
  }
  tick(&host, 20020);
  assert_int_equal(frames_dropped(host.frames), 2000 - FRAMES_QUEUE_MAX);
  assert_int_equal(check_clock(&host, FRAMES_QUEUE_MAX, 1), 0);
  host_end(&host);
}

static void times_that_are_none(void **state) {
  (void)state;
  host_t host = host_begin();
  fake_list_t list;
  fake_list(&list, "h/g/gauge", 0, 10, (double[]){1, 1, 1});
  assert_int_equal(put_list(&host, &list, 1), 0);
  list.vl.time = UINT64_MAX;
  assert_int_equal(put_list(&host, &list, 2), 0);
  list.vl.time = (cdtime_t)1 << 63;
  assert_int_equal(put_list(&host, &list, 2), 0);
  assert_int_equal(frames_late(host.frames), 3);
  tick(&host, 100);
  expect_none(&host);
  run_clock(&host, 0, 20, 0);
  tick(&host, 300);
  check_clock(&host, 20, 1);
  host_end(&host);
}

/* --- intervals --- */

static void a_slow_plugin_is_held(void **state) {
  (void)state;
  for (int slow_first = 0; slow_first <= 1; slow_first++) {
    host_t host = host_begin();
    for (int i = 0; i < 60; i++) {
      double now = 10 * i;
      if (i % 6 == 0 && slow_first)
        put_every(&host, "g/gauge-slow", now, 60, 100, now);
      put_every(&host, "g/gauge-fast", now + 1, 10, i, now + 1);
      if (i % 6 == 0 && !slow_first)
        put_every(&host, "g/gauge-slow", now + 2, 60, 100, now + 2);
      tick(&host, now + 6);
    }
    tick(&host, 700);
    seen_t seen;
    int frames = 0;
    for (; take(&host, &seen); frames++)
      /* the very first ones may have come before the other was known */
      if (frames > 1 && (seen.interval != 10 || seen.values[0] < 100))
        fail_msg("at %g (%g s): %g", seen.ts, seen.interval, seen.values[0]);
    assert_in_range(frames, 60, 61);
    host_end(&host);
  }
}

static void an_interval_that_changes(void **state) {
  (void)state;
  host_t host = host_begin();
  double now = 0;
  static const double intervals[] = {10, 60, 10, 60, 5};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(intervals); i++) {
    for (int j = 0; j < 30; j++, now += intervals[i]) {
      put_every(&host, "g/gauge-a", now, intervals[i], 3, now);
      put_every(&host, "g/gauge-b", now + 0.5, intervals[i], 4, now + 0.5);
      tick(&host, now + 1);
    }
    tick(&host, now);
    seen_t seen;
    int frames = 0;
    for (; take(&host, &seen); frames++)
      if (frames >= 2 && (seen.interval != intervals[i] || seen.values[0] != 7))
        fail_msg("%g s: frame %d at %g (%g s): %g", intervals[i], frames,
                 seen.ts, seen.interval, seen.values[0]);
    assert_in_range(frames, 28, 33);
  }
  host_end(&host);
}

static void absurd_intervals(void **state) {
  (void)state;
  static const struct {
    double given, used;
  } rows[] = {{0, 10}, {1e-9, 0.01}, {1e9, 86400}, {0.5, 0.5}, {86400, 86400}};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    host_t host = host_begin();
    put_every(&host, "g/gauge", 1, rows[i].given, 7, 1);
    tick(&host, 1 + 1.5 * rows[i].used);
    seen_t seen;
    assert_true(take(&host, &seen));
    assert_true(seen.values[0] == 7);
    assert_true(fabs(seen.interval - rows[i].used) < 1e-9);
    assert_true(seen.ts <= 1 && seen.ts > 1 - rows[i].used);
    host_end(&host);
  }
}

/* Reads that fall on the boundary of an interval, a millisecond before or
 * after it. */
static void jitter_around_boundaries(void **state) {
  (void)state;
  for (unsigned seed = 1; seed <= 50; seed++) {
    srandom(seed);
    host_t host = host_begin();
    double last = -1;
    for (int i = 0; i < 200; i++) {
      double time = 10 * i + 10 + 0.001 * (double)(random() % 3 - 1);
      put_every(&host, "g/gauge-a", time, 10, 3, time);
      put_every(&host, "g/gauge-b", time + 0.0005, 10, 4, time + 0.0005);
      put_every(&host, "c/cpu", time + 0.001, 10, 1000 * time, time + 0.001);
      tick(&host, time + 5);
    }
    tick(&host, 3000);
    seen_t seen;
    for (int frames = 0; take(&host, &seen); frames++) {
      if (seen.ts <= last)
        fail_msg("seed %u: at %g after %g", seed, seen.ts, last);
      last = seen.ts;
      if (frames > 1 &&
          (seen.values[0] != 7 || !(fabs(seen.values[1] - 1000) < 0.5)))
        fail_msg("seed %u: at %g %g %g", seed, seen.ts, seen.values[0],
                 seen.values[1]);
    }
    host_end(&host);
  }
}

/* --- hosts that fall silent, and memory --- */

static void a_silent_host_comes_back(void **state) {
  (void)state;
  static const int silences[] = {5, 20, 500, 5000}; /* in intervals */
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(silences); i++) {
    host_t host = host_begin();
    run_clock(&host, 0, 20, 0);
    tick(&host, 220);
    assert_int_equal(check_clock(&host, 20, 1), 0);
    int back = 20 + silences[i];
    for (int j = 22; j < back; j++)
      tick(&host, 10 * j);
    expect_none(&host);
    /* its first frame has all that it sends, though a tick comes between */
    put(&host, "g/gauge", 10 * back, 5);
    tick(&host, 10 * back + 1);
    put(&host, "g/gauge-b", 10 * back + 2, 30);
    tick(&host, 10 * back + 20);
    expect_frames(&host, {.ts = 10 * back, .values = G(35)});
    host_end(&host);
  }
}

static void the_queue_is_bounded(void **state) {
  (void)state;
  host_t host = host_begin();
  for (int i = 0; i < 3000; i++)
    put_every(&host, "g/gauge", 10 * i, 10, i, 0);
  assert_int_equal(frames_waiting(host.frames), FRAMES_QUEUE_MAX);
  assert_int_equal(frames_closed(host.frames), 3000);
  assert_int_equal(frames_dropped(host.frames), 3000 - FRAMES_QUEUE_MAX);
  seen_t seen;
  for (int i = 0; i < FRAMES_QUEUE_MAX; i++) {
    assert_true(take(&host, &seen));
    assert_true(seen.values[0] == i); /* the oldest are kept */
  }
  expect_none(&host);
  host_end(&host);
}

static void series_are_bounded(void **state) {
  (void)state;
  host_t host = host_begin();
  fake_list_t list;
  for (int i = 0; i < FRAMES_SLOTS_MAX + 100; i++) {
    char name[64];
    snprintf(name, sizeof(name), "h/g-%d/gauge", i);
    fake_list(&list, name, START, 10, (double[]){1});
    assert_int_equal(put_list(&host, &list, 0),
                     i < FRAMES_SLOTS_MAX ? 0 : E2BIG);
  }
  tick(&host, 20);
  expect_frames(&host, {.ts = 0, .values = G(FRAMES_SLOTS_MAX)});
  host_end(&host);
}

static int write_as(host_t *host, uint64_t number, const use_t *uses,
                    size_t num, const fake_list_t *list) {
  const series_t series = {.number = number};
  reading_t reading = series_reading(&series, &list->vl);
  reading.uses = uses;
  reading.uses_num = num;
  return frames_write(host->frames, &reading, 0);
}

/* Should two identifiers ever have one number, the second is refused. */
static void a_number_that_another_has(void **state) {
  (void)state;
  host_t host = host_begin();
  fake_list_t list;
  fake_list(&list, "h/g/gauge", START, 10, (double[]){1});
  const use_t uses[2] = {{.selected = true}, {.selected = true}};
  assert_int_equal(write_as(&host, 7, uses, 1, &list), 0);
  assert_int_equal(write_as(&host, 7, uses, 2, &list), E2BIG);
  assert_int_equal(write_as(&host, 8, uses, 1, &list), 0);
  assert_int_equal(write_as(&host, 7, uses, 2, &list), E2BIG);
  host_end(&host);
}

/* Containers' interfaces, 100,000 of them, each for a minute. */
static void names_that_never_come_back_are_forgotten(void **state) {
  (void)state;
  enum { FRAMES = 10000, NEW = 10 };
  host_t host = host_begin();
  size_t early = 0;
  for (int i = 0; i < FRAMES; i++) {
    double now = 60 * i;
    put_every(&host, "c-eth0/if_octets", now, 60, 6000.0 * i, now);
    put_every(&host, "g-stays/gauge", now, 60, 1, now);
    for (int j = 0; j < NEW; j++) {
      char name[64];
      snprintf(name, sizeof(name), "g-veth%d/gauge", i * NEW + j);
      put_every(&host, name, now, 60, 1, now);
    }
    tick(&host, now + 59);
    if (i == 200)
      early = mallinfo2().uordblks;
    seen_t seen;
    while (take(&host, &seen))
      /* those that have gone count for another interval */
      if (seen.ts > 120 &&
          (seen.values[0] < 1 + NEW || seen.values[0] > 1 + 3 * NEW ||
           seen.values[1] != 200))
        fail_msg("at %g: %g %g", seen.ts, seen.values[0], seen.values[1]);
  }
  size_t late = mallinfo2().uordblks;
  /* The cache of series fills up; one host's memory does not grow. */
  series_cache_destroy(host.series);
  host.series = NULL;
  size_t host_alone = mallinfo2().uordblks;
  assert_true(late >= host_alone);
  assert_true(host_alone <= early + 65536);
  assert_int_equal(frames_late(host.frames), 0);
  host_end(&host);
}

/* Series that were there before the clock was set and did not come back are
 * forgotten as well. */
static void series_lost_with_the_clock_are_forgotten(void **state) {
  (void)state;
  host_t host = host_begin();
  int frame = 0;
  for (int round = 0; round < 24; round++)
    for (int i = 0; i < 600; i++, frame++) {
      double now = 10 * frame;
      run_clock(&host, frame, frame + 1, -7200 * round);
      for (int j = 0; j < 400 && i < 10; j++) {
        char name[64];
        fake_list_t list;
        snprintf(name, sizeof(name), "h/g-%d-%d/gauge", round, j);
        fake_list(&list, name, START + now + 1 - 7200 * round, 10,
                  (double[]){0});
        assert_int_equal(put_list(&host, &list, now + 2), 0);
      }
      seen_t seen;
      while (take(&host, &seen))
        assert_true(seen.values[0] == 5);
    }
  host_end(&host);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_frame_closes_by_the_clock),
      cmocka_unit_test(complete_frames_close_at_once),
      cmocka_unit_test(incomplete_frames_close_by_later_ones),
      cmocka_unit_test(incomplete_frames_close_by_the_clock),
      cmocka_unit_test(frames_wait_for_the_one_before),
      cmocka_unit_test(a_new_series_is_waited_for),
      cmocka_unit_test(late_values_count_in_the_next_frame),
      cmocka_unit_test(a_late_value_counts_where_no_newer_comes),
      cmocka_unit_test(repeated_and_older_values_are_ignored),
      cmocka_unit_test(the_newest_value_of_a_frame_counts),
      cmocka_unit_test(numbers_that_are_none),
      cmocka_unit_test(a_sum_beyond_all_numbers_is_missing),
      cmocka_unit_test(counters_become_rates),
      cmocka_unit_test(packets_of_several_intervals),
      cmocka_unit_test(rates_go_by_time_stamps),
      cmocka_unit_test(the_order_of_arrival_does_not_matter),
      cmocka_unit_test(a_clock_that_is_set),
      cmocka_unit_test(a_clock_that_is_set_by_seconds),
      cmocka_unit_test(a_clock_that_is_set_again_and_again),
      cmocka_unit_test(strayed_values_do_not_disturb),
      cmocka_unit_test(a_late_thread_is_no_clock_that_was_set),
      cmocka_unit_test(strayed_series_are_not_kept),
      cmocka_unit_test(times_that_are_none),
      cmocka_unit_test(a_slow_plugin_is_held),
      cmocka_unit_test(an_interval_that_changes),
      cmocka_unit_test(absurd_intervals),
      cmocka_unit_test(jitter_around_boundaries),
      cmocka_unit_test(a_silent_host_comes_back),
      cmocka_unit_test(the_queue_is_bounded),
      cmocka_unit_test(series_are_bounded),
      cmocka_unit_test(a_number_that_another_has),
      cmocka_unit_test(names_that_never_come_back_are_forgotten),
      cmocka_unit_test(series_lost_with_the_clock_are_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

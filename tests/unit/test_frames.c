/* SPDX-License-Identifier: MIT */
/*
 * test_frames.c -- values in any order become frames in the order of time
 */
#include "tests/unit/frames_fixture.h"

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
      cmocka_unit_test(a_slow_plugin_is_held),
      cmocka_unit_test(an_interval_that_changes),
      cmocka_unit_test(absurd_intervals),
      cmocka_unit_test(jitter_around_boundaries),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_frames_clock.c -- clocks that are set, and hosts that fall silent
 */
#include "tests/unit/frames_fixture.h"

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
      cmocka_unit_test(a_clock_that_is_set),
      cmocka_unit_test(a_clock_that_is_set_by_seconds),
      cmocka_unit_test(a_clock_that_is_set_again_and_again),
      cmocka_unit_test(strayed_values_do_not_disturb),
      cmocka_unit_test(a_late_thread_is_no_clock_that_was_set),
      cmocka_unit_test(strayed_series_are_not_kept),
      cmocka_unit_test(times_that_are_none),
      cmocka_unit_test(a_silent_host_comes_back),
      cmocka_unit_test(series_lost_with_the_clock_are_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_silence.c -- maintenance windows: what is understood, and when they are
 */
#include "plugin/features/silence.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Central Europe by its rules, whatever zones this machine knows. */
#define ZONE "CET-1CEST,M3.5.0,M10.5.0/3"

static int set_zone(void **state) {
  (void)state;
  setenv("TZ", ZONE, 1);
  tzset();
  return 0;
}

/* Of a UTC time, "2026-11-21 15:00:00". */
static int64_t at(const char *utc) {
  struct tm tm = {0};
  assert_int_equal(sscanf(utc, "%d-%d-%d %d:%d:%d", &tm.tm_year, &tm.tm_mon,
                          &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec),
                   6);
  tm.tm_year -= 1900;
  tm.tm_mon--;
  return (int64_t)timegm(&tm) * 1000;
}

static void windows_by_the_local_clock(void **state) {
  (void)state;
  static const struct {
    const char *window;
    const char *utc; /* one hour, in summer two, behind the local time */
    bool open;
  } cases[] = {
      /* 2026-11-22 is a Sunday */
      {"Sun 02:00-04:00", "2026-11-22 00:59:59", false},
      {"Sun 02:00-04:00", "2026-11-22 01:00:00", true},
      {"Sun 02:00-04:00", "2026-11-22 02:59:59", true},
      {"Sun 02:00-04:00", "2026-11-22 03:00:00", false},
      {"Sun 02:00-04:00", "2026-11-21 01:30:00", false},
      {"sun 02:00-04:00", "2026-07-05 00:30:00", true}, /* summer */
      {"sun 02:00-04:00", "2026-07-05 02:30:00", false},
      /* the day is that of the beginning: none on Saturday night, and Friday's
       * ends on Saturday */
      {"Mon-Fri 22:00-06:00", "2026-11-20 21:00:00", true},
      {"Mon-Fri 22:00-06:00", "2026-11-21 04:59:00", true},
      {"Mon-Fri 22:00-06:00", "2026-11-21 05:00:00", false},
      {"Mon-Fri 22:00-06:00", "2026-11-21 21:00:00", false},
      {"Mon-Fri 22:00-06:00", "2026-11-23 04:00:00", false},
      {"Mon-Fri 22:00-06:00", "2026-11-23 21:00:00", true},
      {"Fri-Mon 00:00-24:00", "2026-11-22 12:00:00", true},
      {"Fri-Mon 00:00-24:00", "2026-11-23 22:59:59", true},
      {"Fri-Mon 00:00-24:00", "2026-11-23 23:00:00", false},
      {"Sun 22:00-00:00", "2026-11-22 22:59:59", true},
      {"Sun 22:00-00:00", "2026-11-22 23:00:00", false},
      {"daily  03:00-03:30", "2026-11-25 02:15:00", true},
      {"daily  03:00-03:30", "2026-11-25 02:30:00", false},
      /* clocks go forward on 2026-03-29, from 02:00 to 03:00 */
      {"Sun 02:00-03:00", "2026-03-29 00:59:59", false},
      {"Sun 02:00-03:00", "2026-03-29 01:00:00", false},
      {"Sun 01:30-03:30", "2026-03-29 00:30:00", true},
      {"Sun 01:30-03:30", "2026-03-29 01:29:59", true},
      {"Sun 01:30-03:30", "2026-03-29 01:30:00", false},
      /* and back on 2026-10-25, from 03:00 to 02:00 */
      {"Sun 02:00-03:00", "2026-10-25 00:00:00", true},
      {"Sun 02:00-03:00", "2026-10-25 01:59:59", true},
      {"Sun 02:00-03:00", "2026-10-25 02:00:00", false},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    silence_t silence = {0};
    assert_int_equal(silence_add(&silence, cases[i].window), 0);
    if (silence_covers(&silence, at(cases[i].utc)) != cases[i].open)
      fail_msg("%s at %s UTC", cases[i].window, cases[i].utc);
    silence_clear(&silence);
  }
}

static void several_windows(void **state) {
  (void)state;
  silence_t silence = {0};
  assert_false(silence_covers(&silence, at("2026-11-22 12:00:00")));
  assert_int_equal(silence_add(&silence, "Sun 02:00-04:00"), 0);
  assert_int_equal(silence_add(&silence, "Mon 02:00-04:00"), 0);
  assert_true(silence_covers(&silence, at("2026-11-22 02:00:00")));
  assert_true(silence_covers(&silence, at("2026-11-23 02:00:00")));
  assert_false(silence_covers(&silence, at("2026-11-24 02:00:00")));
  silence_clear(&silence);
}

static void anything_else_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "Sun",
      "02:00-04:00",
      "Sun 02:00",
      "Sun 2:00-4:00",
      "Sun 02:00 - 04:00",
      "Sun 02:00-04:00 ",
      "Sun 02:00-04:00 UTC",
      "Sunday 02:00-04:00",
      "Sun- 02:00-04:00",
      "Sun-Foo 02:00-04:00",
      "Sun,Mon 02:00-04:00",
      "daily02:00-04:00",
      "Sun 24:00-04:00",
      "Sun 02:00-24:01",
      "Sun 02:60-04:00",
      "Sun 02:00-02:00",
      "Sun +2:00-04:00",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    silence_t silence = {0};
    if (silence_add(&silence, texts[i]) != EINVAL)
      fail_msg("`%s' was understood", texts[i]);
    assert_int_equal(silence.windows_num, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(windows_by_the_local_clock),
      cmocka_unit_test(several_windows),
      cmocka_unit_test(anything_else_is_refused),
  };
  return cmocka_run_group_tests(tests, set_zone, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "tests/unit/drift_fixture.h"

#include <float.h>

/* Two days, beside the one under way and its quarter; they are counted in
 * quarters. */
static void test_two_days(void **state) {
  (void)state;
  static const double windows[] = {10 * MINUTE, MINUTE};
  for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
    fixture_t fixture = start(features, windows[i]);
    double length = WEEK / windows[i], hours = length;
    while (step(&fixture, hours < 71 ? 10 : 100, 5) <= 1 && hours < WEEK)
      hours += length;
    assert_true(fabs(hours - 72) < 0.05);
    end(&fixture);
  }
}

/* By far more than it ever moved, in a day: told before it is over, once, for
 * an hour; then it is known, also that it stays. Whichever feature, either
 * way. */
static void test_climb(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    double sign = i % 2 ? -1 : 1;
    fixture_t fixture = start(features, MINUTE);
    for (int k = 0; k < 8 * 1440; k++) {
      double a = series_noise(&fixture.random);
      double climbed = sign * fmax(0, k - 7 * 1440) / 1440 * 6;
      double b = climbed + series_noise(&fixture.random);
      step(&fixture, i < 2 ? a : b, i < 2 ? b : a);
      assert_true(k >= 7 * 1440 || fixture.runs == 0);
    }
    assert_int_equal(fixture.runs, 1);
    assert_true(abs(fixture.drifted - 60) <= 1);
    for (int k = 0; k < 3 * 1440; k++)
      step(&fixture, i < 2 ? 0 : sign * 6, i < 2 ? sign * 6 : 0);
    assert_int_equal(fixture.runs, 1);
    end(&fixture);
  }
}

/* What is usual for the feature is wide: two hours a day it is at 20. Then
 * `base` climbs under that by 60 in `days`. */
static double climb_of_habits(double days) {
  fixture_t fixture = start(features, MINUTE);
  double largest = 0;
  for (int k = 0; k < 9 * 1440; k++) {
    double base = 60 * fmax(0, k - 7 * 1440) / (1440 * days);
    double a = base + (k % 1440 < 120 ? 20 : 0) + series_noise(&fixture.random);
    largest = fmax(largest, step(&fixture, a, 5));
    assert_true(k >= 7 * 1440 || largest <= 0.3);
  }
  end(&fixture);
  return largest;
}

/* The last day is not in the range: what has grown for so long is found. What
 * is older is in it. */
static void test_last_day_is_unknown(void **state) {
  (void)state;
  assert_true(climb_of_habits(1) > 1);
  double slowly = climb_of_habits(2.5);
  assert_true(slowly > 0.5 && slowly <= 1);
}

/* A week ago is known, more is forgotten, for good. */
static void test_week(void **state) {
  (void)state;
  static const double hours[] = {144, 164, 210};
  for (int i = 0; i < 3; i++) {
    fixture_t fixture = start(features, MINUTE);
    stay(&fixture, 10, 10);
    stay(&fixture, 6, 100);
    assert_true(stay(&fixture, hours[i], 10) <= 1);
    assert_true((stay(&fixture, 5, 100) > 1) == (i > 0));
    end(&fixture);
  }
}

static void test_cycle(void **state) {
  (void)state;
  for (int phase = 0; phase < 8; phase++) {
    fixture_t fixture = start(features, MINUTE / 10);
    for (int k = 0; k < 14 * 144; k++) {
      double day = k / 144.0 + phase / 8.0;
      double a = 10 * sin(6.283185307 * day) + series_noise(&fixture.random);
      assert_true(step(&fixture, a, 5) < 0.3);
    }
    end(&fixture);
  }
}

/* However far, it takes more than an hour, less while there is a flag; and it
 * is over within minutes. */
static void test_sensation(void **state) {
  (void)state;
  static const double minutes[] = {1, 10, 70};
  for (int i = 0; i < 6; i++) {
    double absurd = i % 2 ? -1e300 : 1e300;
    fixture_t fixture = start(features, MINUTE);
    stay(&fixture, WEEK, 10);
    fixture_t other = start(features, MINUTE);
    stay(&other, WEEK, 10);
    stay(&fixture, minutes[i / 2] / 60, absurd);
    stay(&fixture, 24, 10);
    assert_int_equal(fixture.drifted, 0);
    other.held = i < 2;
    other.frozen = true;
    double taken = 60 * until_drift(&other, 3, absurd);
    assert_true(fabs(taken - (other.held ? 65 : 93)) < 10);
    stay(&other, 0.75, absurd);
    assert_true(other.flagged);
    stay(&other, 1 / 12.0, 10);
    other.held = other.flagged = false;
    assert_true(stay(&other, 1, 10) <= 1);
    end(&fixture);
    end(&other);
  }
}

/* The same is 1.5 / 1.2 times as far while there is a flag. */
static void test_held(void **state) {
  (void)state;
  fixture_t fixture = start(features, MINUTE), held = start(features, MINUTE);
  held.held = true;
  for (int k = 0; k < 9 * 1440; k++) {
    double a = series_noise(&fixture.random) + (k < 10000 ? 0 : 2.5);
    double b = series_noise(&fixture.random);
    double result = step(&fixture, a, b);
    assert_true(fabs(step(&held, a, b) - 1.25 * result) < 1e-12);
    assert_true(k < 10200 || k > 11000 || result > 0.2);
  }
  assert_int_equal(held.drifted, 0);
  end(&fixture);
  end(&held);
}

/* What a run has told opens no second drift, nor does the way back; what goes
 * further does. */
static void test_know(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    fixture_t fixture = start(features, MINUTE);
    stay(&fixture, 10, NAN);
    drift_know(fixture.drift); /* nothing yet */
    stay(&fixture, 120, 10);
    stay(&fixture, 1, 20);
    if (i == 1)
      drift_know(fixture.drift);
    stay(&fixture, 3 * 24, 20);
    assert_int_equal(fixture.runs, 1 - i);
    stay(&fixture, 3 * 24, 10);
    assert_int_equal(fixture.runs, 1 - i);
    stay(&fixture, 3, 60);
    assert_int_equal(fixture.runs, 2 - i);
    end(&fixture);
  }
}

/* All of the last day is known by that, its last minutes too, and the next
 * drift begins from there and is told for an hour again. */
static void test_know_all(void **state) {
  (void)state;
  for (int before = 0; before < 24; before += 2) {
    fixture_t fixture = start(features, MINUTE);
    stay(&fixture, WEEK, 10);
    assert_true(stay(&fixture, 1, 18) <= 1);
    stay(&fixture, before, 10);
    drift_know(fixture.drift);
    assert_true(stay(&fixture, 6, 14) <= 0.6);
    end(&fixture);
  }
  fixture_t fixture = start(features, MINUTE);
  stay(&fixture, WEEK, 10);
  fixture.frozen = true;
  until_drift(&fixture, 2, 100);
  stay(&fixture, 0.5, 100);
  drift_know(fixture.drift);
  stay(&fixture, 0.5, 10);
  stay(&fixture, 0.3, 100);
  drift_know(fixture.drift);
  fixture.drifted = 0;
  fixture.flagged = false;
  double taken = 60 * until_drift(&fixture, 3, 1e6);
  assert_true(fabs(taken - 83) < 5);
  stay(&fixture, 1.5, 1e6);
  assert_true(abs(fixture.drifted - 60) <= 1);
  end(&fixture);
}

/* Without `learn` no range grows, then or later, and none is forgotten. */
static void test_frozen(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    fixture_t fixture = start(features, MINUTE);
    stay(&fixture, WEEK, 10);
    fixture.frozen = i > 0;
    assert_true(stay(&fixture, 40, 12.8) <= 1);
    stay(&fixture, i < 2 ? 0 : 6, 10);
    fixture.frozen = i == 1;
    stay(&fixture, i < 2 ? 0 : 36, 10);
    assert_true((stay(&fixture, 4, 14.5) > 1) == (i > 0));
    end(&fixture);
  }
  fixture_t fixture = start(features, MINUTE);
  stay(&fixture, 12, 100);
  stay(&fixture, 90, 10);
  fixture.frozen = true;
  stay(&fixture, 2 * WEEK, 10);
  assert_true(stay(&fixture, 5, 100) <= 1);
  assert_true(stay(&fixture, 5, 1000) > 1);
  end(&fixture);
}

/* Missing for some hours is nothing; what columns forget starts anew. */
static void test_missing(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    fixture_t fixture = start(features, MINUTE);
    stay(&fixture, WEEK, 10);
    assert_true(stay(&fixture, i ? 24 : 20, i ? NAN : INFINITY) <= 1);
    assert_true(isnan(columns_deviation(fixture.columns, 0)) == (i == 1));
    double taken = until_drift(&fixture, 71, 100);
    assert_true(i ? taken >= 71 : taken > 1 && taken < 4);
    if (i == 1) /* it is known by then, and no more */
      assert_true(stay(&fixture, 12, 100) <= 1 && stay(&fixture, 3, 10) > 1);
    end(&fixture);
  }
}

/* A hair's breadth of what never moved is nothing, half of it is a drift. */
static void test_constant(void **state) {
  (void)state;
  static const double levels[] = {1e-6, 50, 3e9, -7, 1e140};
  for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
    fixture_t fixture = start(features, MINUTE);
    for (int k = 0; k < MINUTE; k++)
      assert_true(step(&fixture, levels[i], 0) == 0);
    for (int k = 0; k < 2 * 1440; k++)
      assert_true(step(&fixture, levels[i] * 1.001, 1e-300) <= 1);
    for (int k = 0; k < 720; k++)
      step(&fixture, levels[i] * 1.5, DBL_TRUE_MIN);
    assert_int_equal(fixture.runs, 1);
    end(&fixture);
  }
}

static void test_hostile(void **state) {
  (void)state;
  static const detector_feature_t deaf[N] = {{"a", "", DBL_MAX}, {"b", "", 0}};
  static const double values[] = {
      1e300, -1e300, DBL_MAX,  -DBL_MAX,  DBL_MIN, DBL_TRUE_MIN, 0,  -0.0,
      1,     -1,     INFINITY, -INFINITY, NAN,     1e150,        1e9};
  static const double windows[] = {604800, MINUTE, 168, 100, 24, 7, 1, 0.5};
  size_t num = sizeof(values) / sizeof(values[0]);
  for (size_t seed = 0; seed < 200; seed++) {
    fixture_t fixture = start(seed % 2 ? deaf : features, windows[seed % 8]);
    fixture.random.state = seed;
    double a = 1, b = 1;
    for (int k = 0; k < 3000; k++) {
      uint32_t choice = random_below(&fixture.random, 200);
      a = choice < 3 ? values[random_below(&fixture.random, num)] : a;
      b = choice == 4 ? values[random_below(&fixture.random, num)] : b;
      fixture.frozen = choice == 5 ? !fixture.frozen : fixture.frozen;
      step(&fixture, a, seed % 3 ? b : b * random_unit(&fixture.random));
      if (choice == 6)
        drift_know(fixture.drift);
    }
    end(&fixture);
  }
}

/* From a second to two hours: what is held is told once and for an hour, or a
 * frame that is longer. */
static void test_intervals(void **state) {
  (void)state;
  static const double seconds[] = {1, 10, 300, 3600, 5400, 7200};
  for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
    fixture_t fixture = start(features, 3600 * WEEK / seconds[i]);
    stay(&fixture, i > 0 ? WEEK : 80, 10);
    assert_int_equal(fixture.runs, 0);
    stay(&fixture, i > 0 ? 23 : 5, 20);
    assert_int_equal(fixture.runs, 1);
    double hours = fixture.drifted * WEEK / fixture.window;
    assert_true(fabs(hours - fmax(1, seconds[i] / 3600)) < 0.1);
    end(&fixture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_days),
                                     cmocka_unit_test(test_climb),
                                     cmocka_unit_test(test_last_day_is_unknown),
                                     cmocka_unit_test(test_week),
                                     cmocka_unit_test(test_cycle),
                                     cmocka_unit_test(test_sensation),
                                     cmocka_unit_test(test_held),
                                     cmocka_unit_test(test_know),
                                     cmocka_unit_test(test_know_all),
                                     cmocka_unit_test(test_frozen),
                                     cmocka_unit_test(test_missing),
                                     cmocka_unit_test(test_constant),
                                     cmocka_unit_test(test_hostile),
                                     cmocka_unit_test(test_intervals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

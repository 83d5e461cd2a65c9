/* SPDX-License-Identifier: MIT */
#include "tests/unit/threshold_fixture.h"

#include <stdlib.h>

typedef struct {
  double level, weight;
} maximum_t;

static int ascending(const void *a, const void *b) {
  double left = ((const maximum_t *)a)->level;
  double right = ((const maximum_t *)b)->level;
  return (left > right) - (left < right);
}

/* Each at the middle of what it weighs, linear between; 0 is the lowest. */
static double quantile(const maximum_t *sorted, size_t n, double q) {
  double middles[168] = {0};
  assert_true(n <= 168);
  for (size_t i = 1; i < n; i++)
    middles[i] = middles[i - 1] + (sorted[i - 1].weight + sorted[i].weight) / 2;
  size_t i = 1;
  while (i + 1 < n && middles[i] < q * middles[n - 1])
    i++;
  if (n == 1)
    return sorted[0].level;
  return sorted[i].level - (middles[i] - q * middles[n - 1]) /
                               (middles[i] - middles[i - 1]) *
                               (sorted[i].level - sorted[i - 1].level);
}

static double gumbel(double p) { return -log(-log(p)); }

/* The lines by brute force: from these maxima of the last hours of so many. The
 * first half day counts less and less until a day. */
typedef struct {
  double median, high, usual, tail;
} lines_t;

static lines_t lines_of(const float *maxima, size_t n, size_t hours) {
  maximum_t sorted[168] = {{0}};
  assert_true(n <= 168);
  for (size_t i = 0; i < n; i++) {
    double then = (double)(hours - n + i) + 0.5;
    sorted[i].level = maxima[i];
    sorted[i].weight = 1;
    if (then < 12)
      sorted[i].weight -= fmin(1, (double)hours / 24) * (1 - then / 12);
  }
  qsort(sorted, n, sizeof(*sorted), ascending);
  lines_t lines = {.median = quantile(sorted, n, 0.5),
                   .high = quantile(sorted, n, 0.85)};
  lines.usual = lines.median + 0.8 * (lines.high - lines.median) +
                1.25 * log(1 + 320.0 / FEATURES);
  /* 0.1 a day in hours */
  double reach =
      (gumbel(1 - 0.1 / 24) - gumbel(0.5)) / (gumbel(0.97) - gumbel(0.5));
  lines.tail = lines.median + (hours > 168 ? 2 : 1.2) * reach *
                                  (quantile(sorted, n, 0.97) - lines.median);
  return lines;
}

/* The offset of a model without alarms after one more hour: it falls by half an
 * alarm for each ninth of one allowed, to where ordinary hours are. */
static double sunk(double offset, const lines_t *lines) {
  return fmax(lines->high - fmin(lines->usual, lines->tail),
              offset - 0.5 * 0.2 * 6 * pow(60, 0.1) / 24);
}

/* Against brute force, by frames of an hour, so that the blocks' borders are
 * known: in the first week all of it; after many weeks the last 168 hours, and
 * the offset as low as it gets or, after alarms, as high. */
static void test_brute_force(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed < 20; seed++) {
    random_t random = {seed};
    threshold_t *threshold = create(0.2);
    threshold_t *open = create(0.2); /* whose offset goes back to 0 */
    float maxima[2000];
    size_t hours = sizeof(maxima) / sizeof(maxima[0]);
    lines_t young = {0};
    double offset = 0;
    for (size_t i = 0; i < hours; i++) {
      if (i > 0 && i <= 168) {
        offset = i > 1 ? sunk(offset, &young) : 0;
        young = lines_of(maxima, i, i);
        double expected =
            fmax(young.high, fmin(young.usual, young.tail) + offset);
        expected -= fmin(0.5, (expected - young.median) / 4);
        assert_true(fabs(threshold_lower(threshold) - expected) < 1e-3);
      }
      maxima[i] = (float)ordinary(&random);
      /* One above the line would be left out. */
      if (maxima[i] > threshold_upper(threshold) - 0.1)
        maxima[i] = (float)threshold_upper(threshold) - 0.1F;
      threshold_learn(threshold, (double)maxima[i], HOUR, false);
      threshold_learn(open, (double)maxima[i], HOUR, true);
    }
    lines_t old = lines_of(maxima + hours - 168, 168, hours);
    double base = fmin(old.usual, old.tail) - 0.5;
    assert_true(fabs(threshold_lower(open) - base) < 0.05);
    /* The base may rise faster than the offset falls. */
    double lowest = old.high - fmin(0.5, (old.high - old.median) / 4);
    assert_true(threshold_lower(threshold) > lowest - 1e-3);
    assert_true(threshold_lower(threshold) < fmin(old.usual, old.tail) - 1);
    for (int i = 0; i < 10; i++)
      threshold_alarm(threshold);
    assert_true(fabs(threshold_upper(threshold) - old.usual - 1) < 1e-3);
    assert_true(fabs(threshold_lower(threshold) - old.usual - 0.5) < 1e-3);
    threshold_destroy(threshold);
    threshold_destroy(open);
  }
}

/* A level averages over all columns: one bad feature of many lifts it less, and
 * must do so as soon. */
static void test_many_features(void **state) {
  (void)state;
  detector_t detector = DETECTOR_INIT;
  double before = LEVEL_MAX;
  for (size_t n = 1; n <= DETECTOR_FEATURES_MAX; n *= 2) {
    detector.features_num = n;
    threshold_t *threshold = threshold_create(&detector);
    random_t random = {1}; /* the same levels each time */
    for (size_t i = 0; i < 84; i++)
      threshold_learn(threshold, ordinary(&random), HOUR, false);
    for (int i = 0; i < 10; i++)
      threshold_alarm(threshold);
    double upper = threshold_upper(threshold);
    assert_true(upper < before);
    before = upper;
    threshold_destroy(threshold);
  }
}

/* What happens every day at the same hour is expected there, and only there. */
static void test_recurrence(void **state) {
  (void)state;
  threshold_t *threshold = create(0.2);
  size_t days = 8;
  for (size_t i = 0; i < days * 24; i++)
    threshold_learn(threshold, i % 24 == 3 ? 8 : -8, HOUR, false);
  double upper[24];
  for (size_t hour = 0; hour < 24; hour++) {
    upper[hour] = threshold_upper(threshold);
    threshold_learn(threshold, -8, HOUR, false);
  }
  for (size_t hour = 0; hour < 24; hour++)
    assert_true(hour >= 2 && hour <= 4 ? fabs(upper[hour] - 9) < 1e-6
                                       : upper[hour] < 0);
  threshold_destroy(threshold);
}

/* The same at cadences that hours are no multiple of, and where a day is no
 * multiple of blocks: the hour stays where it is, give or take two
 * blocks and a half. */
static void test_recurrence_stays(void **state) {
  (void)state;
  static const struct {
    double window, interval; /* days, minutes */
  } cases[] = {{7, 7}, {7, 90}, {20, 60}, {30, 60}, {10, 10}};
  const double day = 24 * HOUR;
  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    double interval = cases[c].interval * HOUR / 60;
    double block = fmax(cases[c].window * day / 168, interval);
    threshold_t *threshold = create_for(0.2, cases[c].window * 86400);
    for (double t = 0; t < 60 * day; t += interval) {
      double hour = fmod(t, day) / HOUR;
      bool busy = hour >= 3 && hour < 4;
      double off = fmin(fabs(hour - 3.5), 24 - fabs(hour - 3.5)) * HOUR;
      double upper = threshold_upper(threshold);
      assert_true(t < 40 * day || !busy || upper > 8);
      assert_true(t < 40 * day || off < HOUR / 2 + 2.5 * block || upper < 8);
      threshold_learn(threshold, busy ? 8 : -8, interval, false);
    }
    threshold_destroy(threshold);
  }
}

/* The larger the budget, the more days it takes: one recurrence in three is
 * chance where the line is among what is ordinary. */
static void test_recurrence_by_budget(void **state) {
  (void)state;
  static const double budgets[] = {0.1, 0.2, 1, 5};
  static const size_t days[] = {3, 3, 4, 5};
  for (size_t b = 0; b < 4; b++) {
    threshold_t *threshold = create(budgets[b]);
    size_t told = 0;
    for (size_t hour = 0; hour < 18 * 24; hour++) {
      bool busy = hour >= 10 * 24 && hour % 24 == 3;
      told += busy && threshold_upper(threshold) < 8;
      threshold_learn(threshold, busy ? 8 : -8, HOUR, false);
    }
    assert_int_equal(told, days[b]);
    threshold_destroy(threshold);
  }
}

static void test_nothing_learned(void **state) {
  (void)state;
  threshold_t *threshold = create(0.2);
  assert_true(threshold_upper(threshold) >= LEVEL_MAX);
  threshold_destroy(threshold);
}

/* From the first frames on, at any cadence: above what is ordinary, but not out
 * of reach. */
static void test_short_history(void **state) {
  (void)state;
  static const double intervals[] = {1e3, 10e3, 60e3, 300e3, 3600e3, 86400e3};
  for (size_t k = 0; k < sizeof(intervals) / sizeof(intervals[0]); k++) {
    random_t random = {k};
    threshold_t *threshold = create(0.2);
    for (size_t i = 0; i < 2000; i++) {
      double level = -8 + 3 * random_unit(&random);
      threshold_learn(threshold, level, intervals[k], false);
      assert_true(threshold_lower(threshold) <= threshold_upper(threshold));
      if (i < 30)
        continue;
      assert_true(threshold_upper(threshold) > -8);
      assert_true(threshold_upper(threshold) < 5);
    }
    threshold_destroy(threshold);
  }
}

/* In its first hours a model tells less, but what it told stays told. */
static void test_young_margin(void **state) {
  (void)state;
  random_t random = {4};
  threshold_t *threshold = create(0.2);
  double gap = LEVEL_MAX;
  for (size_t minute = 1; minute <= 7 * 60; minute++) {
    threshold_learn(threshold, ordinary(&random), 60e3, false);
    if (minute % 30 != 0)
      continue;
    double next = threshold_upper(threshold) - threshold_lower(threshold);
    if (minute == 30)
      assert_true(next > 3);
    assert_true(next < gap || minute > 6 * 60);
    gap = next;
  }
  assert_true(gap < 2);
  threshold_destroy(threshold);
}

/* An image taken between any two runs goes on as the threshold does. */
static void test_image(void **state) {
  (void)state;
  random_t random = {6};
  threshold_t *threshold = create(0.2);
  for (size_t i = 0; i < 168; i++)
    threshold_learn(threshold, i % 24 == 23 ? 8 : ordinary(&random), HOUR,
                    false);
  for (size_t i = 0; i < 40; i++) {
    run_to(threshold, &random, 5 + (double)(i / 10), 1);
    threshold_learn(threshold, 6.9, 60e3, true); /* one is open */
    uint8_t bytes[4096];
    image_t writer = image_writer(bytes, sizeof(bytes));
    threshold_image(threshold, &writer);
    assert_false(writer.failed);
    assert_true(writer.used <= threshold_size());
    threshold_t *copy = create(0.2);
    image_t reader = image_reader(bytes, writer.used);
    threshold_image(copy, &reader);
    assert_false(reader.failed);
    assert_true(threshold_upper(threshold) == threshold_upper(copy));
    random_t same = random;
    for (int k = 0; k < 3; k++) {
      run_to(copy, &random, 6, 1);
      random = same;
      run_to(threshold, &random, 6, 1);
      same = random;
      assert_true(threshold_upper(threshold) == threshold_upper(copy));
      assert_true(threshold_lower(threshold) == threshold_lower(copy));
    }
    threshold_destroy(copy);
  }
  threshold_destroy(threshold);
}

/* An image that says a day of a week's hours and leaves that day out: no block
 * was learned at an age above 0, and there still is a line. */
static void test_impossible_age(void **state) {
  (void)state;
  enum { AGE = 8, LEFT_OUT = 37 + 168 * 4 };
  random_t random = {7};
  threshold_t *threshold = create(0.2), *copy = create(0.2);
  for (size_t i = 0; i < 168; i++)
    threshold_learn(threshold, ordinary(&random), HOUR, false);
  uint8_t bytes[4096];
  image_t writer = image_writer(bytes, sizeof(bytes));
  threshold_image(threshold, &writer);
  double age = 24 * HOUR;
  image_t patch = image_writer(bytes + AGE, sizeof(age));
  image_f64(&patch, &age, 0, age);
  for (size_t i = 0; i < 168; i++)
    bytes[LEFT_OUT + i] = i >= 168 - 30;
  image_t reader = image_reader(bytes, writer.used);
  threshold_image(copy, &reader);
  assert_false(reader.failed);
  for (int i = 0; i < 3; i++) {
    threshold_learn(copy, -8, 60e3, false);
    threshold_learn(copy, 99, HOUR - 60e3, false);
    assert_true(threshold_upper(copy) < 50);
    assert_true(threshold_lower(copy) < threshold_upper(copy));
  }
  threshold_destroy(copy);
  threshold_destroy(threshold);
}

/* A gross incident in the first hours does not make deaf: whatever the cadence
 * and although it is a fifth of all that is known, the line is where it would
 * be without, but for the alarm. */
static void test_young_incident(void **state) {
  (void)state;
  static const double intervals[] = {1e3, 10e3, 60e3};
  for (size_t k = 0; k < 3; k++) {
    random_t random = {k + 1};
    threshold_t *threshold = create(0.2), *without = create(0.2);
    for (size_t i = 0; i < 600; i++) {
      double level = ordinary(&random);
      threshold_learn(without, level, intervals[k], false);
      threshold_learn(threshold, i >= 400 && i < 500 ? 12 : level, intervals[k],
                      false);
      assert_true(i < 100 ||
                  threshold_upper(threshold) < threshold_upper(without) + 0.5);
    }
    threshold_alarm(without);
    threshold_alarm(threshold);
    assert_true(fabs(threshold_upper(threshold) - threshold_upper(without)) <
                1.5);
    threshold_destroy(threshold);
    threshold_destroy(without);
  }
}

/* An incident of a day does not lift the base; one of weeks does. */
static void test_long_incident(void **state) {
  (void)state;
  random_t random = {4};
  threshold_t *threshold = create(0.2);
  for (size_t i = 0; i < 168; i++)
    threshold_learn(threshold, random_unit(&random) - 6, HOUR, false);
  double before = threshold_lower(threshold);
  for (size_t i = 0; i < 20; i++)
    threshold_learn(threshold, 10 + random_unit(&random), HOUR, false);
  assert_true(threshold_lower(threshold) < before + 2);
  for (size_t i = 0; i < 100; i++)
    threshold_learn(threshold, 10 + random_unit(&random), HOUR, false);
  assert_true(threshold_lower(threshold) > 5);
  threshold_destroy(threshold);
}

/* Learns two days of minutes, whose first nine hours are so much wilder. */
static threshold_t *two_days(uint64_t seed, double wilder) {
  random_t random = {seed};
  threshold_t *threshold = create(0.2);
  for (size_t i = 0; i < 2 * 1440; i++)
    threshold_learn(threshold,
                    ordinary(&random) - 2 + (i < 9 * 60 ? wilder : 0), 60e3,
                    false);
  return threshold;
}

/* What a model found strange in its first hours hardly keeps its line up: by
 * 10, if each of them counted as much as any other. */
static void test_early_maxima(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    threshold_t *without = two_days(seed, 0);
    threshold_t *threshold = two_days(seed, 10);
    assert_true(threshold_upper(threshold) < threshold_upper(without) + 4);
    assert_true(threshold_lower(threshold) < threshold_lower(without) + 4);
    threshold_destroy(threshold);
    threshold_destroy(without);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_brute_force),
      cmocka_unit_test(test_many_features),
      cmocka_unit_test(test_recurrence),
      cmocka_unit_test(test_recurrence_stays),
      cmocka_unit_test(test_recurrence_by_budget),
      cmocka_unit_test(test_nothing_learned),
      cmocka_unit_test(test_short_history),
      cmocka_unit_test(test_young_margin),
      cmocka_unit_test(test_image),
      cmocka_unit_test(test_impossible_age),
      cmocka_unit_test(test_young_incident),
      cmocka_unit_test(test_early_maxima),
      cmocka_unit_test(test_long_incident)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

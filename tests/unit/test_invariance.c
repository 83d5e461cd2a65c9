/* SPDX-License-Identifier: MIT */
/* What must make no difference: units, and the order of features and hosts. */
#include "tests/unit/host_fixture.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* A feature in other units gets the same verdicts. */
static void test_scale(void **state) {
  (void)state;
  static const double scales[] = {1e9, 1e-9};
  for (size_t s = 0; s < 2; s++) {
    host_t host = start(10, MINUTE), scaled = start(10, MINUTE);
    detector_feature_t features[SERIES_FEATURES];
    memcpy(features, series_features, sizeof(features));
    features[0].noise *= scales[s];
    features[2].noise *= scales[s];
    scaled.detector.features = features;
    for (size_t i = 0; i < 5 * DAY; i++) {
      frame_t frame = series_next(&host.series);
      if (i > DAY && i % 100 == 0)
        host.series.values[0] = 99;
      double values[SERIES_FEATURES];
      memcpy(values, frame.values, sizeof(values));
      values[0] *= scales[s];
      values[2] *= scales[s];
      judge(&host, &frame);
      frame.values = values;
      judge(&scaled, &frame);
      /* Not bit for bit: the products are rounded. */
      assert_true(host.verdict.flagged == scaled.verdict.flagged);
      assert_true(isnan(host.verdict.score) ||
                  fabs(host.verdict.score - scaled.verdict.score) < 0.02);
    }
    stop(&host);
    stop(&scaled);
  }
}

/* A host's verdicts are its own: alone, between others, or after them. */
static void test_order_of_hosts(void **state) {
  (void)state;
  enum { HOSTS = 3 };
  static double alone[HOSTS][DAY];
  host_t hosts[HOSTS];
  for (size_t k = 0; k < HOSTS; k++) {
    host_t host = start(30 + k, MINUTE);
    for (size_t i = 0; i < DAY; i++) {
      run(&host, 1);
      alone[k][i] = host.verdict.score - host.verdict.threshold;
    }
    stop(&host);
    hosts[k] = start(30 + k, MINUTE);
  }
  for (size_t i = 0; i < DAY; i++)
    for (size_t k = 0; k < HOSTS; k++) {
      size_t turn = (i + (i % 2 ? k : HOSTS - 1 - k)) % HOSTS;
      run(&hosts[turn], 1);
      double now = hosts[turn].verdict.score - hosts[turn].verdict.threshold;
      assert_memory_equal(&now, &alone[turn][i], sizeof(now));
    }
  for (size_t k = 0; k < HOSTS; k++)
    stop(&hosts[k]);
}

/* The same frames with their features in another order. The forest draws
 * other trees then, as with another seed: no more verdicts may differ. */
static void test_order_of_features(void **state) {
  (void)state;
  static const size_t order[SERIES_FEATURES] = {3, 0, 4, 2, 1};
  detector_feature_t features[SERIES_FEATURES];
  for (size_t i = 0; i < SERIES_FEATURES; i++)
    features[i] = series_features[order[i]];
  size_t reordered_differs = 0, reseeded_differs = 0, incidents = 0;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    host_t host = start(seed, MINUTE);
    host_t reordered = host, reseeded = host;
    reordered.detector.features = features;
    reseeded.detector.seed += 1000;
    for (int i = 0; i < 3 * DAY; i++) {
      frame_t frame = series_next(&host.series);
      double values[SERIES_FEATURES];
      bool incident = i >= DAY && i % 360 < 5;
      if (incident)
        host.series.values[i / 360 % SERIES_FEATURES] *= 2.5;
      judge(&host, &frame);
      judge(&reseeded, &frame);
      for (size_t k = 0; k < SERIES_FEATURES; k++)
        values[k] = frame.values[order[k]];
      frame.values = values;
      judge(&reordered, &frame);
      reordered_differs += host.verdict.flagged != reordered.verdict.flagged;
      reseeded_differs += host.verdict.flagged != reseeded.verdict.flagged;
    }
    incidents += host.opened;
    stop(&host);
    stop(&reordered);
    stop(&reseeded);
  }
  print_message("flags that differ: order %zu, seed %zu; %zu runs\n",
                reordered_differs, reseeded_differs, incidents);
  assert_true(incidents >= 20);
  assert_true((double)reordered_differs <= 1.25 * (double)reseeded_differs);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_scale),
                                     cmocka_unit_test(test_order_of_hosts),
                                     cmocka_unit_test(test_order_of_features)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

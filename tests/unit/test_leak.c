/* SPDX-License-Identifier: MIT */
/*
 * Slow leaks: one feature of ten climbs by about ten of its deviations within
 * six hours, twelve or a day, so slowly that every frame is like the one before
 */
#include "plugin/detector/detector.h"
#include "tests/unit/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE 60000
#define HOURS 60 /* frames of a minute */
#define DAYS (24 * HOURS)
#define HOSTS 6
#define FEATURES (2 * SERIES_FEATURES) /* two services on one host */
#define MEMORY 1
#define LEAKED 12.0 /* percent */

typedef struct {
  detector_feature_t features[FEATURES];
  detector_t detector;
  series_t services[2];
  model_t *model;
  size_t opened;
  size_t blamed; /* the first suspect of the first run */
} host_t;

static void start(host_t *host, uint64_t seed) {
  *host = (host_t){.detector = DETECTOR_INIT, .blamed = FEATURES};
  for (size_t i = 0; i < FEATURES; i++)
    host->features[i] = series_features[i % SERIES_FEATURES];
  for (size_t i = 0; i < 2; i++)
    host->services[i] =
        (series_t){.random = {seed * 7919 + i * 104729}, .interval = MINUTE};
  host->detector.features = host->features;
  host->detector.features_num = FEATURES;
  host->detector.seed = seed;
  host->model = model_create(&host->detector);
  assert_non_null(host->model);
}

/* So many frames, in which memory gains `leaked` on the way. */
static void run(host_t *host, size_t frames, double leaked) {
  for (size_t i = 0; i < frames; i++) {
    double values[FEATURES];
    frame_t frame = {.values = values};
    for (size_t k = 0; k < FEATURES; k++) {
      series_t *service = &host->services[k / SERIES_FEATURES];
      if (k % SERIES_FEATURES == 0)
        frame = series_next(service);
      values[k] = service->values[k % SERIES_FEATURES];
    }
    frame.values = values;
    values[MEMORY] += leaked * (double)i / (double)frames;
    verdict_t verdict;
    assert_int_equal(model_step(host->model, &frame, &verdict), 0);
    if (verdict.run_state != RUN_OPENED || host->opened++ > 0)
      continue;
    suspect_t suspects[DETECTOR_FEATURES_MAX];
    assert_true(model_explain(host->model, suspects) > 0);
    host->blamed = suspects[0].feature;
  }
}

/* Leaks of 6, 12, ... hours after so many days; all are found before they end,
 * by the feature's name, and told three times at most. */
static void leaks_after(size_t days, size_t longest) {
  for (uint64_t seed = 1; seed <= HOSTS; seed++) {
    host_t host;
    start(&host, seed);
    run(&host, days * DAYS + seed * 4 * HOURS, 0);
    void *image = malloc(model_image_max(&host.detector));
    assert_non_null(image);
    size_t size = model_save(host.model, image);
    for (size_t hours = 6; hours <= longest; hours *= 2) {
      char why[MODEL_WHY_SIZE];
      host_t leaking = host;
      leaking.detector.features = leaking.features;
      leaking.model = model_restore(&leaking.detector, image, size, why);
      assert_non_null(leaking.model);
      leaking.opened = 0;
      run(&leaking, hours * HOURS, LEAKED);
      print_message("after %zu days, of %zu h, host %d: %zu runs\n", days,
                    hours, (int)seed, leaking.opened);
      assert_in_range(leaking.opened, 1, 3);
      assert_int_equal(leaking.blamed, MEMORY);
      model_destroy(leaking.model);
    }
    free(image);
    model_destroy(host.model);
  }
}

static void test_after_four_days(void **state) {
  (void)state;
  leaks_after(4, 12);
}

static void test_after_ten_days(void **state) {
  (void)state;
  leaks_after(10, 24);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_after_four_days),
                                     cmocka_unit_test(test_after_ten_days)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/image.h"
#include "plugin/detector/model.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Where persist.c's header has the CRC, and where the state begins. */
#define CRC 16
#define HEADER 20

static detector_t make_detector(void) {
  detector_t detector = DETECTOR_INIT;
  detector.features = series_features;
  detector.features_num = SERIES_FEATURES;
  detector.trees = 10;
  detector.sample_size = 32;
  return detector;
}

/* A small model with some past, and its image. */
static uint8_t *make_image_of(const detector_t *detector, size_t frames,
                              int64_t interval, size_t *size) {
  model_t *model = model_create(detector);
  series_t series = {.random = {1}, .interval = interval};
  for (size_t i = 0; i < frames; i++) {
    frame_t frame = series_next(&series);
    verdict_t verdict;
    assert_int_equal(model_step(model, &frame, &verdict), 0);
  }
  uint8_t *image = malloc(model_image_max(detector));
  *size = model_save(model, image);
  assert_true(*size <= model_image_max(detector));
  model_destroy(model);
  return image;
}

static uint8_t *make_image(const detector_t *detector, size_t frames,
                           size_t *size) {
  return make_image_of(detector, frames, 60000, size);
}

static bool restores(const detector_t *detector, const void *image,
                     size_t size) {
  char why[MODEL_WHY_SIZE] = "unset";
  model_t *model = model_restore(detector, image, size, why);
  assert_true((model == NULL) == (why[0] != '\0'));
  model_destroy(model);
  return model != NULL;
}

static void test_numbers(void **state) {
  (void)state;
  uint8_t bytes[64];
  image_t writer = image_writer(bytes, sizeof(bytes));
  uint32_t small = 0x01020304;
  int64_t negative = -2;
  double real = -0.1;
  image_u32(&writer, &small, 0, UINT32_MAX);
  image_i64(&writer, &negative, INT64_MIN, INT64_MAX);
  image_f64(&writer, &real, -1, 1);
  assert_int_equal(bytes[0], 4); /* little-endian */
  assert_int_equal(writer.used, 20);

  image_t reader = image_reader(bytes, writer.used);
  image_u32(&reader, &small, 0, UINT32_MAX);
  image_i64(&reader, &negative, INT64_MIN, INT64_MAX);
  image_f64(&reader, &real, -1, 1);
  assert_true(small == 0x01020304 && negative == -2 && real == -0.1);
  assert_false(reader.failed);
  image_u32(&reader, &small, 7, 9); /* past the end */
  assert_true(reader.failed);
  assert_int_equal(small, 7);

  reader = image_reader(bytes, writer.used);
  image_u32(&reader, &small, 0, 3); /* out of range */
  assert_true(reader.failed);
  assert_int_equal(small, 0);
}

static void test_crc(void **state) {
  (void)state;
  assert_true(image_crc32(0, "123456789", 9) ==
              0xcbf43926); /* the check value */
  assert_true(image_crc32(image_crc32(0, "1234", 4), "56789", 5) == 0xcbf43926);
}

/* The threshold's history is condensed on the way. */
static void test_any_moment(void **state) {
  (void)state;
  detector_t detector = make_detector();
  for (size_t frames = 200; frames < 260; frames++) {
    size_t size = 0;
    uint8_t *image = make_image_of(&detector, frames, 56250, &size);
    assert_true(restores(&detector, image, size));
    free(image);
  }
}

/* Two models of one host; one of them is saved and restored after every frame,
 * and nobody can tell: what a module forgets to save shows as soon as it
 * counts. Incidents, gaps, maintenance and whatever is missing come and go, and
 * all is older than the window in the end. */
static void test_after_every_frame(void **state) {
  (void)state;
  detector_t detector = make_detector();
  detector.window = 40000;
  detector.false_alarms = 5;
  model_t *whole = model_create(&detector);
  model_t *pieces = model_create(&detector);
  uint8_t *image = malloc(model_image_max(&detector));
  uint8_t *other = malloc(model_image_max(&detector));
  series_t series = {.random = {11}, .interval = 60000};
  size_t opened = 0;
  for (size_t i = 0; i < 4000; i++) {
    series.ts += i % 901 == 900 ? 20 * series.interval : 0;
    frame_t frame = series_next(&series);
    frame.silent = i % 500 > 480;
    series.values[i / 400 % 2] += i % 400 > 390 ? 70 : 0;
    series.values[2] = i % 700 > 690 ? NAN : series.values[2];
    series.values[3] = i < 2000 ? NAN : series.values[3];
    verdict_t a = {0}, b = {0};
    assert_int_equal(model_step(whole, &frame, &a), 0);
    assert_int_equal(model_step(pieces, &frame, &b), 0);
    assert_memory_equal(&a.score, &b.score, sizeof(a.score));
    assert_memory_equal(&a.threshold, &b.threshold, sizeof(a.threshold));
    assert_true(a.flagged == b.flagged && a.warming_up == b.warming_up &&
                a.run_state == b.run_state);
    opened += a.run_state == RUN_OPENED;
    suspect_t suspects[2][DETECTOR_FEATURES_MAX];
    size_t n = model_explain(whole, suspects[0]);
    assert_int_equal(model_explain(pieces, suspects[1]), n);
    assert_memory_equal(suspects[0], suspects[1], n * sizeof(**suspects));
    size_t size = model_save(pieces, image);
    assert_int_equal(model_save(whole, other), size);
    assert_memory_equal(image, other, size);
    model_destroy(pieces);
    char why[MODEL_WHY_SIZE];
    pieces = model_restore(&detector, image, size, why);
    assert_non_null(pieces);
  }
  assert_true(opened > 2);
  free(image);
  free(other);
  model_destroy(whole);
  model_destroy(pieces);
}

static void test_truncated(void **state) {
  (void)state;
  detector_t detector = make_detector();
  size_t size = 0;
  uint8_t *image = make_image(&detector, 70, &size);
  assert_true(restores(&detector, image, size));
  for (size_t n = 0; n < size; n++) {
    /* Of its own, so that a sanitizer sees any step beyond. */
    uint8_t *part = malloc(n + 1);
    memcpy(part, image, n);
    assert_false(restores(&detector, part, n));
    free(part);
  }
  free(image);
}

static void test_every_byte_flipped(void **state) {
  (void)state;
  detector_t detector = make_detector();
  size_t size = 0;
  uint8_t *image = make_image(&detector, 70, &size);
  for (size_t i = 0; i < size; i++) {
    image[i] ^= 0x40;
    assert_false(restores(&detector, image, size));
    image[i] ^= 0x40;
  }
  free(image);
}

/* One byte more, of which header and checksum know. */
static void test_too_long(void **state) {
  (void)state;
  detector_t detector = make_detector();
  size_t size = 0;
  uint8_t *image = make_image(&detector, 70, &size);
  uint8_t *longer = calloc(1, size + 1);
  for (size_t more = 0; more <= 1; more++) {
    memcpy(longer, image, size);
    uint64_t body = size + more - HEADER;
    uint32_t crc = image_crc32(0, longer + HEADER, body);
    image_t writer = image_writer(longer + CRC - 8, 12);
    image_u64(&writer, &body);
    image_u32(&writer, &crc, 0, UINT32_MAX);
    assert_true(restores(&detector, longer, size + more) == (more == 0));
  }
  free(image);
  free(longer);
}

/* Forged images whose checksum is right: refused, or a model whose scores are
 * numbers of 0..1. */
static void test_forged(void **state) {
  (void)state;
  detector_t detector = make_detector();
  random_t random = {3};
  size_t size = 0, accepted = 0;
  uint8_t *image = make_image(&detector, 200, &size);
  uint8_t *forged = malloc(size);
  for (int k = 0; k < 1500; k++) {
    memcpy(forged, image, size);
    size_t wounds = 1 + random_below(&random, 4);
    for (size_t i = 0; i < wounds; i++)
      forged[HEADER + random_below(&random, size - HEADER)] =
          (uint8_t)random_bits(&random);
    uint32_t crc = image_crc32(0, forged + HEADER, size - HEADER);
    image_t writer = image_writer(forged + CRC, 4);
    image_u32(&writer, &crc, 0, UINT32_MAX);

    char why[MODEL_WHY_SIZE];
    model_t *model = model_restore(&detector, forged, size, why);
    if (model == NULL)
      continue;
    accepted++;
    series_t series = {.random = {4}, .interval = 60000};
    series.ts = model_last_ts(model) > INT64_MAX / 2 ? 0 : model_last_ts(model);
    for (int i = 0; i < 120; i++) {
      frame_t frame = series_next(&series);
      verdict_t verdict;
      suspect_t suspects[DETECTOR_FEATURES_MAX];
      if (model_step(model, &frame, &verdict) != 0)
        break;
      assert_true(isnan(verdict.score) ||
                  (verdict.score >= 0 && verdict.score <= 1));
      model_explain(model, suspects);
    }
    model_destroy(model);
  }
  assert_true(accepted > 0);
  free(image);
  free(forged);
}

/* Budget and the like, and Noise: the model goes on. */
static void test_unshaping_options(void **state) {
  (void)state;
  detector_t detector = make_detector();
  size_t size = 0;
  uint8_t *image = make_image(&detector, 70, &size);
  detector_feature_t features[SERIES_FEATURES];
  memcpy(features, series_features, sizeof(features));
  features[1].noise = 7;
  features[3].unit = "bit/s";
  detector.features = features;
  detector.false_alarms = 3;
  detector.warm_up = 5;
  detector.hits = 4;
  detector.clear = 7;
  assert_true(restores(&detector, image, size));
  free(image);
}

/* The old model and what `changed` makes of its image. */
typedef struct {
  detector_t detector;
  model_t *old, *model;
  char why[MODEL_WHY_SIZE];
} heir_t;

static void bequeath(heir_t *heir, const detector_t *changed) {
  heir->detector = make_detector();
  size_t size = 0;
  uint8_t *image = make_image(&heir->detector, 500, &size);
  heir->old = model_restore(&heir->detector, image, size, heir->why);
  assert_non_null(heir->old);
  heir->model = model_restore(changed, image, size, heir->why);
  assert_non_null(heir->model);
  free(image);
  assert_int_equal(model_last_ts(heir->model), model_last_ts(heir->old));
}

/* What is usual for feature `i` is what was for feature `was`. */
static void assert_inherited(const heir_t *heir, size_t i, size_t was) {
  for (double value = -10; value < 100; value += 7)
    assert_true(columns_standardise(heir->model->columns, i, value) ==
                columns_standardise(heir->old->columns, was, value));
  double low[2], high[2];
  range_usual(&heir->model->ranges[i], &low[0], &high[0]);
  range_usual(&heir->old->ranges[was], &low[1], &high[1]);
  assert_true(low[0] == low[1] && high[0] == high[1]);
}

static void assert_anew(const heir_t *heir, size_t i) {
  assert_true(columns_standardise(heir->model->columns, i, 1e6) == 0);
  double low, high;
  range_usual(&heir->model->ranges[i], &low, &high);
  assert_true(isnan(low) && isnan(high));
}

/* It can be stepped on, and saved and restored, like any other. */
static void end(heir_t *heir, const detector_t *changed) {
  double values[SERIES_FEATURES + 1] = {1, 2, 3, 4, 5, 6};
  for (int64_t i = 1; i <= 200; i++) {
    values[0] = (double)(i % 7);
    frame_t frame = {.ts = model_last_ts(heir->model) + 60000,
                     .interval = 60000,
                     .values = values};
    verdict_t verdict;
    assert_int_equal(model_step(heir->model, &frame, &verdict), 0);
    assert_true(i > 20 || isnan(verdict.score)); /* no forest yet */
    assert_true(i < 100 || (verdict.score >= 0 && verdict.score <= 1));
  }
  uint8_t *image = malloc(model_image_max(changed));
  size_t size = model_save(heir->model, image);
  assert_true(restores(changed, image, size));
  free(image);
  model_destroy(heir->model);
  model_destroy(heir->old);
}

static void test_changed_options(void **state) {
  (void)state;
  heir_t heir;
  detector_t changed[4] = {make_detector(), make_detector(), make_detector(),
                           make_detector()};
  changed[0].trees = 20;
  changed[1].sample_size = 64;
  changed[2].window = 3600;
  changed[3].seed = 7;
  static const char *const why[] = {
      "Trees 20 instead of 10", "SampleSize 64 instead of 32",
      "Window 3600 instead of 604800", "another seed"};
  for (size_t k = 0; k < 4; k++) {
    bequeath(&heir, &changed[k]);
    assert_string_equal(heir.why, why[k]);
    for (size_t i = 0; i < SERIES_FEATURES; i++)
      assert_inherited(&heir, i, i);
    end(&heir, &changed[k]);
  }
}

static void test_changed_features(void **state) {
  (void)state;
  heir_t heir;
  detector_t changed = make_detector();
  detector_feature_t features[SERIES_FEATURES + 1];
  memcpy(features, series_features, sizeof(series_features));
  features[SERIES_FEATURES] = (detector_feature_t){"swap", "%", 0};
  changed.features = features;
  changed.features_num = SERIES_FEATURES + 1;
  bequeath(&heir, &changed);
  assert_string_equal(heir.why, "feature \"swap\" is new");
  for (size_t i = 0; i < SERIES_FEATURES; i++)
    assert_inherited(&heir, i, i);
  assert_anew(&heir, SERIES_FEATURES);
  end(&heir, &changed);

  /* one is gone, and others take its place */
  for (size_t i = 2; i < SERIES_FEATURES; i++)
    features[i] = series_features[i + 1 < SERIES_FEATURES ? i + 1 : 1];
  features[1] = (detector_feature_t){"disc", "%", 0};
  changed.features_num = SERIES_FEATURES;
  changed.trees = 11;
  bequeath(&heir, &changed);
  assert_string_equal(heir.why, "Trees 11 instead of 10, feature \"disc\" is "
                                "new, feature \"disk\" is gone");
  assert_inherited(&heir, 0, 0);
  assert_anew(&heir, 1);
  assert_inherited(&heir, 2, 3);
  assert_inherited(&heir, 3, 4);
  assert_inherited(&heir, 4, 1);
  end(&heir, &changed);

  memcpy(features, series_features, sizeof(series_features));
  features[0] = series_features[1];
  features[1] = series_features[0];
  changed.trees = 10;
  bequeath(&heir, &changed);
  assert_string_equal(heir.why, "the features are in another order");
  assert_inherited(&heir, 0, 1);
  assert_inherited(&heir, 1, 0);
  end(&heir, &changed);
}

/* A run that is open when options change stays open, and closes as usual. */
static void test_open_run_is_kept(void **state) {
  (void)state;
  detector_t detector = make_detector(), changed = make_detector();
  changed.trees = 20;
  model_t *old = model_create(&detector);
  series_t series = {.random = {1}, .interval = 60000};
  verdict_t verdict = {.run_state = RUN_NONE};
  for (size_t i = 0; verdict.run_state != RUN_OPEN; i++) {
    assert_true(i < 600);
    frame_t frame = series_next(&series);
    series.values[0] += i > 500 ? 200 : 0;
    assert_int_equal(model_step(old, &frame, &verdict), 0);
  }
  int64_t started_at = verdict.run.started_at;
  uint8_t *image = malloc(model_image_max(&detector));
  size_t size = model_save(old, image);
  char why[MODEL_WHY_SIZE];
  model_t *model = model_restore(&changed, image, size, why);
  assert_non_null(model);
  for (unsigned i = 1; i <= changed.clear; i++) {
    frame_t frame = series_next(&series);
    assert_int_equal(model_step(model, &frame, &verdict), 0);
    assert_int_equal(verdict.run_state,
                     i < changed.clear ? RUN_OPEN : RUN_CLOSED);
    assert_true(verdict.run.started_at == started_at);
  }
  free(image);
  model_destroy(old);
  model_destroy(model);
}

/* However much has changed, the words are cut, not the memory. */
static void test_all_features_changed(void **state) {
  (void)state;
  heir_t heir;
  detector_t changed = make_detector();
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  char names[DETECTOR_FEATURES_MAX][100];
  for (size_t i = 0; i < DETECTOR_FEATURES_MAX; i++) {
    snprintf(names[i], sizeof(names[i]), "%02zu%090d", i, 0);
    features[i] = (detector_feature_t){names[i], "", 0};
  }
  changed.features = features;
  changed.features_num = DETECTOR_FEATURES_MAX;
  bequeath(&heir, &changed);
  assert_int_equal(strlen(heir.why), MODEL_WHY_SIZE - 1);
  uint8_t *image = malloc(model_image_max(&changed));
  size_t size = model_save(heir.model, image);
  assert_true(restores(&changed, image, size));
  free(image);
  model_destroy(heir.model);
  model_destroy(heir.old);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_crc),
      cmocka_unit_test(test_any_moment),
      cmocka_unit_test(test_after_every_frame),
      cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_every_byte_flipped),
      cmocka_unit_test(test_too_long),
      cmocka_unit_test(test_forged),
      cmocka_unit_test(test_unshaping_options),
      cmocka_unit_test(test_changed_options),
      cmocka_unit_test(test_changed_features),
      cmocka_unit_test(test_open_run_is_kept),
      cmocka_unit_test(test_all_features_changed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

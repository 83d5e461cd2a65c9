/* SPDX-License-Identifier: MIT */
#include "plugin/detector/detector.h"
#include "plugin/detector/image.h"
#include "tests/unit/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Where persist.c's header has the CRC, and where the state begins. */
#define CRC 24
#define HEADER 28

static detector_t make_detector(void) {
  detector_t detector = DETECTOR_INIT;
  detector.features = series_features;
  detector.features_num = SERIES_FEATURES;
  detector.trees = 10;
  detector.sample_size = 32;
  return detector;
}

/* A small model with some past, and its image. */
static uint8_t *make_image(const detector_t *detector, size_t frames,
                           size_t *size) {
  model_t *model = model_create(detector);
  series_t series = {.random = {1}, .interval = 60000};
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

static bool restores(const detector_t *detector, const void *image,
                     size_t size) {
  const char *why = "unset";
  model_t *model = model_restore(detector, image, size, &why);
  assert_true((model == NULL) == (why != NULL));
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

    const char *why = NULL;
    model_t *model = model_restore(&detector, forged, size, &why);
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

static void test_foreign(void **state) {
  (void)state;
  detector_t detector = make_detector();
  size_t size = 0;
  uint8_t *image = make_image(&detector, 70, &size);
  detector_feature_t renamed[SERIES_FEATURES];
  memcpy(renamed, series_features, sizeof(renamed));
  renamed[2].name = "disc";
  detector_t others[6] = {detector, detector, detector,
                          detector, detector, detector};
  others[0].features = renamed;
  others[1].features_num--;
  others[2].trees++;
  others[3].window *= 2;
  others[4].seed++;
  others[5].sample_size++;
  for (size_t i = 0; i < 6; i++)
    assert_false(restores(&others[i], image, size));
  /* What is learned does not depend on these. */
  detector.false_alarms = 3;
  detector.warm_up = 5;
  detector.hits = 4;
  detector.clear = 7;
  assert_true(restores(&detector, image, size));
  free(image);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers),
                                     cmocka_unit_test(test_crc),
                                     cmocka_unit_test(test_truncated),
                                     cmocka_unit_test(test_every_byte_flipped),
                                     cmocka_unit_test(test_forged),
                                     cmocka_unit_test(test_foreign)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

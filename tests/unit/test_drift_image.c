/* SPDX-License-Identifier: MIT */
#include "tests/unit/drift_fixture.h"

#include <float.h>
#include <string.h>

static void write_image(const fixture_t *fixture, uint8_t *bytes,
                        size_t *size) {
  image_t writer = image_writer(bytes, drift_size(N));
  drift_image(fixture->drift, &writer);
  assert_false(writer.failed);
  *size = writer.used;
}

/* Whether the image is valid. */
static bool read_image(drift_t *drift, const uint8_t *bytes, size_t size) {
  image_t reader = image_reader(bytes, size);
  drift_image(drift, &reader);
  return !reader.failed;
}

/* Saved and restored every few hours, it goes on bit for bit. */
static void test_image(void **state) {
  (void)state;
  fixture_t whole = start(features, MINUTE), pieces = start(features, MINUTE);
  static const double levels[] = {0, 0, 8, 40, 150, 600, 2000};
  uint8_t bytes[4096];
  size_t size = 0;
  for (int k = 0; k < 3 * MINUTE; k++) {
    double a = series_noise(&whole.random) + levels[k / 5000];
    double b = 5 * sin(k / 230.0) + k / 7000 * 30;
    if (k % 20000 > 7000 && k % 20000 < 8600)
      b = NAN;
    whole.frozen = pieces.frozen = k % 3000 > 2800;
    double result = step(&whole, a, b);
    assert_true(step(&pieces, a, b) == result);
    if (k % 6001 == 6000) {
      drift_know(whole.drift);
      drift_know(pieces.drift);
    }
    if (k % 97 != 0 && !(whole.flagged && k % 7 == 0))
      continue;
    write_image(&pieces, bytes, &size);
    drift_destroy(pieces.drift);
    pieces.drift = drift_create(N);
    assert_true(read_image(pieces.drift, bytes, size));
  }
  assert_true(whole.runs > 3);
  end(&whole);
  end(&pieces);
}

static void put(uint8_t *bytes, size_t at, size_t width, double number) {
  image_t writer = image_writer(bytes + at, width);
  if (width == 8) {
    image_f64(&writer, &number, -INFINITY, INFINITY);
    return;
  }
  uint32_t word = (uint32_t)(int64_t)number; /* -1 too */
  image_u32(&writer, &word, 0, UINT32_MAX);
}

/* Of each field the least and the most is taken, what is beyond is not. */
static void test_image_bounds(void **state) {
  (void)state;
  static const struct {
    size_t width;
    double min, max;
  } fields[] = {{4, 0, 27}, {8, 0, 6}, {4, 1, 5}, {8, 0, 1}};
  fixture_t fixture = start(features, MINUTE);
  stay(&fixture, WEEK, 10);
  uint8_t bytes[4096], whole[4096];
  size_t size = 0;
  write_image(&fixture, whole, &size);
  for (size_t n = 0; n < size; n++)
    assert_false(read_image(fixture.drift, whole, n));
  size_t field = 0, numbers = 0;
  for (size_t at = 0; at < size; field++) {
    size_t per_state = 1 + 2 + 2 * 28; /* fields: a bool, then doubles */
    bool is_bool = field >= 4 && (field - 4) % per_state == 0;
    size_t width = is_bool ? 1 : field < 4 ? fields[field].width : 8;
    double max = field < 4 ? fields[field].max : 2e150;
    double min = field < 4 ? fields[field].min : -2e150;
    double less = width == 8 ? -DBL_MAX : min - 1;
    double more = width == 8 ? max * (1 + 1e-15) : max + 1;
    const double tried[] = {min, max, less, more, INFINITY, -INFINITY};
    for (size_t k = 0; k < (width == 8 ? 6 : 4); k++) {
      memcpy(bytes, whole, size);
      if (is_bool)
        bytes[at] = k < 2 ? (uint8_t)k : (uint8_t)(k * 100);
      else
        put(bytes, at, width, tried[k]);
      assert_true(read_image(fixture.drift, bytes, size) == (k < 2));
      step(&fixture, 10, 5);
    }
    memset(bytes + at, 0xff, width); /* a NaN, too */
    assert_false(read_image(fixture.drift, bytes, size));
    at += width;
    numbers++;
  }
  assert_int_equal(numbers, 4 + N * (1 + 2 + 2 * 28));
  end(&fixture);
}

/* In a drift of frames longer than an hour, too. */
static void test_image_of_long_frames(void **state) {
  (void)state;
  fixture_t fixture = start(features, WEEK / 2);
  fixture.held = true;
  stay(&fixture, WEEK, 10);
  until_drift(&fixture, 23, 100);
  assert_true(fixture.flagged);
  uint8_t bytes[4096];
  size_t size = 0;
  write_image(&fixture, bytes, &size);
  assert_true(read_image(fixture.drift, bytes, size));
  end(&fixture);
}

/* A feature goes on under another index, in a drift or after it; the rest is
 * new. */
static void test_inherit(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    fixture_t old = start(features, MINUTE), heir = start(features, MINUTE);
    stay(&old, 150, 10);
    until_drift(&old, 4, 16);
    stay(&old, 0.5, 16);
    if (i == 1)
      drift_know(old.drift);
    columns_inherit(heir.columns, 1, old.columns, 0);
    drift_inherit(heir.drift, 1, old.drift, 0);
    heir.flagged = old.flagged;
    old.drifted = 0;
    for (int k = 0; k < 3 * 1440; k++) {
      double value = 16 + series_noise(&old.random) + 30 * (k / 2000);
      double result = step(&old, value, 5);
      assert_true(step(&heir, k % 7 ? 1e6 : 0, value) == result);
    }
    assert_true(old.drifted > 0);
    end(&old);
    end(&heir);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_image), cmocka_unit_test(test_image_bounds),
      cmocka_unit_test(test_image_of_long_frames),
      cmocka_unit_test(test_inherit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_image.c -- images of models: any bytes are safe to restore, and what has
 * been restored is safe to step
 *
 * The first byte says what the rest is:
 *   0  a whole image
 *   1  what follows an image's header, which is made to fit
 *   2  a count of frames, then changes of an image of a model that has learned
 *      them, three bytes each: where (16 bits), and what it is there
 *   3  the same, for a detector that has one feature more by now
 * The checksum is mended but for 0: it must not keep all else from being tried.
 */
#include "tests/fuzz/fuzz.h"

#include "plugin/detector/detector.h"
#include "plugin/detector/image.h"

#include <math.h>
#include <string.h>

const char fuzz_name[] = "image";

/* As in persist.c. */
#define HEADER 20
#define SIZE_AT 8

#define STEPS 40
#define INTERVAL 10000
#define DAY 86400000
#define NOW INT64_C(1767225600000)

static const detector_feature_t features[] = {
    {"cpu", "%", 2}, {"memory", "%", 1}, {"errors", "/s", 0.5}};

static detector_t make_detector(size_t features_num) {
  detector_t detector = DETECTOR_INIT;
  detector.name = "system";
  detector.features = features;
  detector.features_num = features_num;
  detector.trees = 3;
  detector.sample_size = 8;
  return detector;
}

static void check_verdict(const verdict_t *verdict) {
  REQUIRE(isnan(verdict->score) ||
          (verdict->score >= 0 && verdict->score <= 1));
  REQUIRE(isnan(verdict->threshold) ||
          (verdict->threshold >= 0 && verdict->threshold <= 1));
}

static void check_suspects(const model_t *model, size_t features_num) {
  suspect_t suspects[DETECTOR_FEATURES_MAX];
  size_t num = model_explain(model, suspects);
  REQUIRE(num <= features_num);
  for (size_t i = 0; i < num; i++) {
    REQUIRE(suspects[i].feature < features_num);
    REQUIRE(suspects[i].share > 0 && suspects[i].share <= 1.000001);
  }
}

/* Something usual, then extremes, then silence. */
static void step(model_t *model, const detector_t *detector, int64_t ts,
                 int frames) {
  double values[3];

  if (model_last_ts(model) > ts) /* as the plugin does */
    model_set_back(model, ts);
  for (int i = 0; i < frames; i++) {
    for (size_t j = 0; j < detector->features_num; j++)
      values[j] = i < frames - 3   ? 10 + (i * 7 + (int)j) % 5
                  : i < frames - 1 ? 1e308
                                   : NAN;
    frame_t frame = {.ts = ts += INTERVAL,
                     .interval = INTERVAL,
                     .values = values,
                     .silent = i % 17 == 16};
    verdict_t verdict;
    if (model_step(model, &frame, &verdict) != 0)
      continue;
    check_verdict(&verdict);
    if (verdict.flagged || i >= frames - 3)
      check_suspects(model, detector->features_num);
  }
  if (frames > 0)
    model_expect(model, values, 1);
}

typedef struct {
  uint8_t *bytes;
  size_t size;
} made_t;

/* The image of a model that has learned so many frames; kept for the next who
 * asks. */
static made_t make_image(const detector_t *detector, uint8_t frames) {
  static made_t kept[UINT8_MAX + 1];
  made_t *from = &kept[frames];
  if (from->bytes == NULL) {
    model_t *model = model_create(detector);
    from->bytes = malloc(model_image_max(detector));
    REQUIRE(model != NULL && from->bytes != NULL);
    step(model, detector, NOW, frames);
    from->size = model_save(model, from->bytes);
    model_destroy(model);
  }
  made_t made = {.bytes = malloc(from->size), .size = from->size};
  REQUIRE(made.bytes != NULL);
  memcpy(made.bytes, from->bytes, from->size);
  return made;
}

/* Makes size and checksum fit. */
static void mend(made_t *made) {
  const uint8_t *body = made->bytes + HEADER;
  uint64_t size = made->size - HEADER;
  uint32_t crc = image_crc32(0, body, size);
  image_t writer = image_writer(made->bytes + SIZE_AT, HEADER - SIZE_AT);
  image_u64(&writer, &size);
  image_u32(&writer, &crc, 0, UINT32_MAX);
}

/* The bytes behind the header of some model. */
static void replace_body(made_t *made, fuzz_bytes_t body) {
  made->bytes = realloc(made->bytes, HEADER + body.size);
  REQUIRE(made->bytes != NULL);
  if (body.size > 0)
    memcpy(made->bytes + HEADER, body.data, body.size);
  made->size = HEADER + body.size;
  mend(made);
}

static void change(made_t *made, fuzz_bytes_t changes) {
  while (changes.size > 0) {
    size_t at = fuzz_byte(&changes);
    at |= (size_t)fuzz_byte(&changes) << 8;
    made->bytes[HEADER + at % (made->size - HEADER)] = fuzz_byte(&changes);
  }
  mend(made);
}

/* An image of it is restored as the same. */
static void check_image(const model_t *model, const detector_t *detector) {
  char why[MODEL_WHY_SIZE] = "unset";
  size_t max = model_image_max(detector);
  uint8_t *first = malloc(max), *second = malloc(max);
  REQUIRE(first != NULL && second != NULL);
  size_t size = model_save(model, first);
  REQUIRE(size <= max);
  model_t *again = model_restore(detector, first, size, why);
  REQUIRE(again != NULL && why[0] == '\0');
  REQUIRE(model_save(again, second) == size);
  REQUIRE(memcmp(first, second, size) == 0);
  model_destroy(again);
  free(second);
  free(first);
}

/* `image` is of its own size, so that a sanitizer sees a step beyond. */
static void restore(const detector_t *detector, const uint8_t *image,
                    size_t size) {
  char why[MODEL_WHY_SIZE] = "unset";
  model_t *model = model_restore(detector, image, size, why);
  REQUIRE(memchr(why, '\0', sizeof(why)) != NULL);
  REQUIRE(model != NULL || why[0] != '\0');
  if (model == NULL)
    return;
  check_image(model, detector);
  step(model, detector, NOW + DAY, STEPS);
  check_image(model, detector);
  model_destroy(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_bytes_t bytes = {data, size};
  uint8_t kind = fuzz_byte(&bytes) & 3;
  detector_t then = make_detector(2);
  detector_t now = make_detector(kind == 3 ? 3 : 2);
  if (kind == 0) {
    restore(&now, bytes.data, bytes.size);
    return 0;
  }
  made_t made = make_image(&then, kind == 1 ? 0 : fuzz_byte(&bytes));
  if (kind == 1)
    replace_body(&made, bytes);
  else
    change(&made, bytes);
  restore(&now, made.bytes, made.size);
  free(made.bytes);
  return 0;
}

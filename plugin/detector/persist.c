/* SPDX-License-Identifier: MIT */
/*
 * Models to images and back. An image is a header of 20 bytes, the origin of
 * the state, and the modules' states one after the other:
 *
 *     u32 magic, u32 version,
 *     u64 bytes that follow the header, u32 CRC-32 of these
 *
 * What a state is and which values are valid, each module says itself. The
 * origin is what one must know of a detector to read its models.
 */
#include "plugin/detector/fixed.h"
#include "plugin/detector/model.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAGIC 0x4d4f4e41u /* "ANOM" */
#define VERSION 8
#define HEADER 20
#define EVIDENCE_MAX 1e30

/* --- where a state comes from -------------------------------------------- */

#define NAME_SIZE 64 /* longer names are told apart by their beginnings */
#define ORIGIN_BYTES(features_num) (28 + (features_num)*NAME_SIZE)

typedef struct {
  detector_t detector; /* with these features; noise is none of their state */
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  char names[DETECTOR_FEATURES_MAX][NAME_SIZE];
} origin_t;

static void origin_init(origin_t *origin, const detector_t *detector) {
  *origin = (origin_t){.detector = *detector};
  origin->detector.features = origin->features;
  for (size_t i = 0; i < DETECTOR_FEATURES_MAX; i++)
    origin->features[i].name = origin->names[i];
  for (size_t i = 0; i < detector->features_num; i++)
    snprintf(origin->names[i], NAME_SIZE, "%s", detector->features[i].name);
}

static void origin_image(origin_t *origin, image_t *image) {
  detector_t *detector = &origin->detector;
  uint32_t features_num = (uint32_t)detector->features_num;
  image_u32(image, &features_num, 1, DETECTOR_FEATURES_MAX);
  detector->features_num = features_num;
  image_u32(image, &detector->trees, 1, DETECTOR_TREES_MAX);
  image_u32(image, &detector->sample_size, 2, DETECTOR_SAMPLE_SIZE_MAX);
  image_f64(image, &detector->window, DBL_MIN, DBL_MAX);
  image_u64(image, &detector->seed);
  for (size_t i = 0; i < features_num; i++)
    image_text(image, origin->names[i], NAME_SIZE);
}

/* The feature's index, or features_num. */
static size_t origin_find(const origin_t *origin, const char *name) {
  size_t i = 0;
  while (i < origin->detector.features_num &&
         strcmp(origin->names[i], name) != 0)
    i++;
  return i;
}

__attribute__((format(printf, 2, 3))) static void
add_words(char why[MODEL_WHY_SIZE], const char *format, ...) {
  size_t used = strlen(why);
  if (used > 0 && used < MODEL_WHY_SIZE - 3) {
    memcpy(why + used, ", ", 3);
    used += 2;
  }
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why + used, MODEL_WHY_SIZE - used, format, arguments);
  va_end(arguments);
}

/* What has changed from `old` to `now`: "Trees 50 instead of 100, feature
 * "swap" is new"; "" when nothing has. Whoever changes the budget, the warm-up,
 * Hits, Clear or Noise keeps what was learned. */
static void tell_changes(const origin_t *old, const origin_t *now,
                         char why[MODEL_WHY_SIZE]) {
  const detector_t *from = &old->detector, *to = &now->detector;
  bool moved = false;
  why[0] = '\0';
  if (to->window != from->window)
    add_words(why, "Window %.10g instead of %.10g", to->window, from->window);
  if (to->trees != from->trees)
    add_words(why, "Trees %u instead of %u", to->trees, from->trees);
  if (to->sample_size != from->sample_size)
    add_words(why, "SampleSize %u instead of %u", to->sample_size,
              from->sample_size);
  if (to->seed != from->seed)
    add_words(why, "another seed");
  for (size_t i = 0; i < to->features_num; i++) {
    size_t was = origin_find(old, now->names[i]);
    moved = moved || was != i;
    if (was == from->features_num)
      add_words(why, "feature \"%s\" is new", now->names[i]);
  }
  for (size_t i = 0; i < from->features_num; i++)
    if (origin_find(now, old->names[i]) == to->features_num)
      add_words(why, "feature \"%s\" is gone", old->names[i]);
  if (moved && why[0] == '\0')
    add_words(why, "the features are in another order");
}

/* --- the state ----------------------------------------------------------- */

/* A double of which NaN means "none yet". */
static void image_optional(image_t *image, double *value, double min,
                           double max) {
  bool there = !isnan(*value);
  image_bool(image, &there);
  if (there) {
    *value = isnan(*value) ? min : *value;
    image_f64(image, value, min, max);
  } else
    *value = NAN;
}

static void model_image(model_t *model, image_t *image) {
  const detector_t *detector = model->detector;
  image_i64(image, &model->last_ts, INT64_MIN, INT64_MAX);
  image_bool(image, &model->silent);
  image_u64(image, &model->rows);
  image_f64(image, &model->learned, 0, DBL_MAX);
  image_u64(image, &model->random.state);
  image_u64(image, &model->range_random.state);
  image_u64(image, &model->burst_at);
  image_u32(image, &model->burst, 0, detector->trees);
  image_u32(image, &model->tree, 0, detector->trees - 1);
  image_f64(image, &model->due, 0, 1);
  image_optional(image, &model->quick, 0, EVIDENCE_MAX);
  image_optional(image, &model->slow, 0, EVIDENCE_MAX);
  image_bool(image, &model->flagged);
  columns_image(model->columns, image);
  drift_image(model->drift, image);
  residual_image(model->residual, image);
  rarity_image(model->rarity, image);
  reservoir_image(model->reservoir, image, FIXED_MAX);
  forest_image(model->forest, image);
  /* Trees are grown in order, and only from rows. */
  image_require(image, forest_ready(model->forest) ||
                           model->tree == forest_grown(model->forest));
  image_require(image,
                model->burst == 0 || reservoir_rows(model->reservoir) > 0);
  threshold_image(model->threshold, image);
  expected_image(model->expected, image);
  for (size_t i = 0; i < detector->features_num; i++)
    range_image(&model->ranges[i], image);
  runs_image(&model->runs, image);
  blame_image(&model->blame, detector->features_num, image);
}

static void header_image(image_t *image, uint32_t *magic, uint32_t *version,
                         uint64_t *size, uint32_t *crc) {
  image_u32(image, magic, 0, UINT32_MAX);
  image_u32(image, version, 0, UINT32_MAX);
  image_u64(image, size);
  image_u32(image, crc, 0, UINT32_MAX);
}

/* No module takes more bytes in the image than in memory. */
static size_t body_max(const detector_t *detector) {
  return ORIGIN_BYTES(detector->features_num) + model_bytes(detector);
}

size_t model_image_max(const detector_t *detector) {
  return HEADER + body_max(detector);
}

size_t model_save(const model_t *model, void *image) {
  uint8_t *body = (uint8_t *)image + HEADER;
  image_t writer = image_writer(body, body_max(model->detector));
  origin_t origin;
  origin_init(&origin, model->detector);
  origin_image(&origin, &writer);
  /* A writer only reads the model. */
  model_image((model_t *)model, &writer);

  uint32_t magic = MAGIC, version = VERSION;
  uint64_t size = writer.used;
  uint32_t crc = image_crc32(0, body, writer.used);
  image_t header = image_writer(image, HEADER);
  header_image(&header, &magic, &version, &size, &crc);
  return HEADER + writer.used;
}

/* --- and back ------------------------------------------------------------ */

/* NULL if the header announces a state of ours, undamaged; else why not. */
static const char *refuse(const void *image, size_t image_size) {
  uint32_t magic = 0, version = 0, crc = 0;
  uint64_t size = 0;
  image_t header = image_reader(image, image_size);
  header_image(&header, &magic, &version, &size, &crc);
  if (header.failed || magic != MAGIC)
    return "this is not the image of a model";
  if (version != VERSION)
    return "the image was written by another version";
  if (size != image_size - HEADER ||
      crc != image_crc32(0, (const uint8_t *)image + HEADER, (size_t)size))
    return "the image is damaged";
  return NULL;
}

static model_t *fail(char why[MODEL_WHY_SIZE], const char *reason) {
  snprintf(why, MODEL_WHY_SIZE, "%s", reason);
  return NULL;
}

/* The rest of the image as a model of the detector. */
static model_t *read_model(const detector_t *detector, image_t *reader,
                           char why[MODEL_WHY_SIZE]) {
  model_t *model = model_create(detector);
  if (model == NULL)
    return fail(why, "out of memory");
  model_image(model, reader);
  if (!reader->failed && reader->used == reader->size)
    return model;
  model_destroy(model);
  return fail(why, "the image is damaged");
}

/* A fresh model with what still fits of an old one. */
static model_t *inherit(const detector_t *detector, const origin_t *now,
                        const model_t *old, const origin_t *origin,
                        char why[MODEL_WHY_SIZE]) {
  model_t *model = model_create(detector);
  if (model == NULL)
    return fail(why, "out of memory");
  model->last_ts = old->last_ts;
  model->silent = old->silent;
  model->runs = old->runs;
  for (size_t i = 0; i < detector->features_num; i++) {
    size_t was = origin_find(origin, now->names[i]);
    if (was == origin->detector.features_num)
      continue;
    columns_inherit(model->columns, i, old->columns, was);
    drift_inherit(model->drift, i, old->drift, was);
    model->ranges[i] = old->ranges[was];
  }
  return model;
}

model_t *model_restore(const detector_t *detector, const void *image,
                       size_t image_size, char why[MODEL_WHY_SIZE]) {
  const char *reason = refuse(image, image_size);
  if (reason != NULL)
    return fail(why, reason);
  image_t reader =
      image_reader((const uint8_t *)image + HEADER, image_size - HEADER);
  origin_t old, now;
  origin_init(&now, detector);
  origin_init(&old, detector);
  origin_image(&old, &reader);
  if (reader.failed)
    return fail(why, "the image is damaged");
  tell_changes(&old, &now, why);
  if (why[0] == '\0')
    return read_model(detector, &reader, why);
  model_t *past = read_model(&old.detector, &reader, why);
  if (past == NULL)
    return NULL;
  model_t *model = inherit(detector, &now, past, &old, why);
  model_destroy(past);
  return model;
}

/* SPDX-License-Identifier: MIT */
/*
 * Models to images and back. An image is a header of 28 bytes and the modules'
 * states one after the other:
 *
 *     u32 magic, u32 version, u64 fingerprint of the detector,
 *     u64 bytes that follow the header, u32 CRC-32 of these
 *
 * What a state is and which values are valid, each module says itself.
 */
#include "plugin/detector/fixed.h"
#include "plugin/detector/model.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MAGIC 0x4d4f4e41u /* "ANOM" */
#define VERSION 3
#define HEADER 28
#define EVIDENCE_MAX 1e30

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
  const uint8_t *byte = bytes;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
  return hash;
}

/* Independent of the machine's byte order. */
static uint64_t hash_u64(uint64_t hash, uint64_t value) {
  uint8_t bytes[8];
  image_t image = image_writer(bytes, sizeof(bytes));
  image_u64(&image, &value);
  return hash_bytes(hash, bytes, sizeof(bytes));
}

static uint64_t hash_f64(uint64_t hash, double value) {
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(bits));
  return hash_u64(hash, bits);
}

/* What a learned state depends on. Whoever changes the budget, the warm-up,
 * Hits or Clear keeps what was learned. */
static uint64_t fingerprint(const detector_t *detector) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, 64 bits */
  hash = hash_u64(hash, detector->features_num);
  for (size_t i = 0; i < detector->features_num; i++) {
    const detector_feature_t *feature = &detector->features[i];
    hash = hash_bytes(hash, feature->name, strlen(feature->name) + 1);
    hash = hash_f64(hash, feature->noise);
  }
  hash = hash_f64(hash, detector->window);
  hash = hash_u64(hash, detector->trees);
  hash = hash_u64(hash, detector->sample_size);
  return hash_u64(hash, detector->seed);
}

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
  image_u64(image, &model->burst_at);
  image_u32(image, &model->burst, 0, detector->trees);
  image_u32(image, &model->tree, 0, detector->trees - 1);
  image_f64(image, &model->due, 0, 1);
  image_optional(image, &model->quick, 0, EVIDENCE_MAX);
  image_optional(image, &model->slow, 0, EVIDENCE_MAX);
  image_bool(image, &model->flagged);
  columns_image(model->columns, image);
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
                         uint64_t *hash, uint64_t *size, uint32_t *crc) {
  image_u32(image, magic, 0, UINT32_MAX);
  image_u32(image, version, 0, UINT32_MAX);
  image_u64(image, hash);
  image_u64(image, size);
  image_u32(image, crc, 0, UINT32_MAX);
}

/* No module takes more bytes in the image than in memory. */
size_t model_image_max(const detector_t *detector) {
  return HEADER + model_bytes(detector);
}

size_t model_save(const model_t *model, void *image) {
  uint8_t *body = (uint8_t *)image + HEADER;
  image_t writer = image_writer(body, model_bytes(model->detector));
  /* A writer only reads the model. */
  model_image((model_t *)model, &writer);

  uint32_t magic = MAGIC, version = VERSION;
  uint64_t hash = fingerprint(model->detector), size = writer.used;
  uint32_t crc = image_crc32(0, body, writer.used);
  image_t header = image_writer(image, HEADER);
  header_image(&header, &magic, &version, &hash, &size, &crc);
  return HEADER + writer.used;
}

/* NULL if the header announces the detector's own state, undamaged; else why
 * not. */
static const char *refuse(const detector_t *detector, const void *image,
                          size_t image_size) {
  uint32_t magic = 0, version = 0, crc = 0;
  uint64_t hash = 0, size = 0;
  image_t header = image_reader(image, image_size);
  header_image(&header, &magic, &version, &hash, &size, &crc);
  if (header.failed || magic != MAGIC)
    return "this is not the image of a model";
  if (version != VERSION)
    return "the image was written by another version";
  if (size != image_size - HEADER ||
      crc != image_crc32(0, (const uint8_t *)image + HEADER, (size_t)size))
    return "the image is damaged";
  if (hash != fingerprint(detector))
    return "the image was learned with other features or options";
  return NULL;
}

model_t *model_restore(const detector_t *detector, const void *image,
                       size_t image_size, const char **why) {
  *why = refuse(detector, image, image_size);
  if (*why != NULL)
    return NULL;
  model_t *model = model_create(detector);
  if (model == NULL) {
    *why = "out of memory";
    return NULL;
  }
  image_t reader =
      image_reader((const uint8_t *)image + HEADER, image_size - HEADER);
  model_image(model, &reader);
  if (reader.failed || reader.used != reader.size) {
    *why = "the image is damaged";
    model_destroy(model);
    return NULL;
  }
  return model;
}

/* SPDX-License-Identifier: MIT */
/*
 * image.h -- a model as bytes, and back
 *
 * Each module describes its state once, in a function that serves both
 * directions (the idea is XDR's): image_f64(image, &x) stores x while writing
 * and sets it while reading. So the two cannot drift apart.
 *
 * Numbers are little-endian. A reader takes any bytes: what is missing, not
 * finite or out of its stated range sets `failed` and yields a valid value, so
 * that the caller may go on and check once at the end.
 */
#ifndef ANOMALY_IMAGE_H
#define ANOMALY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *out;      /* while writing, else NULL */
  const uint8_t *in; /* while reading, else NULL */
  size_t size;       /* of the buffer, bytes */
  size_t used;       /* bytes written or read so far */
  bool failed;       /* something did not fit or was invalid */
} image_t;

/* The buffer stays the caller's. */
image_t image_writer(void *buffer, size_t size);
image_t image_reader(const void *buffer, size_t size);

/* Whole numbers; what is read beyond min..max fails and becomes min. */
void image_u32(image_t *image, uint32_t *value, uint32_t min, uint32_t max);
void image_i64(image_t *image, int64_t *value, int64_t min, int64_t max);
void image_u64(image_t *image, uint64_t *value);
void image_bool(image_t *image, bool *value);

/* Finite numbers in min..max; what is read beyond fails and becomes min. */
void image_f64(image_t *image, double *value, double min, double max);
void image_f32(image_t *image, float *value, float min, float max);
void image_f32s(image_t *image, float *values, size_t n, float min, float max);

/* A text in a field of `size` bytes, its NUL among them. */
void image_text(image_t *image, char *text, size_t size);

/* 48 bits of any value. */
void image_u48(image_t *image, uint64_t *value);

/* Signed 16-bit numbers in min..max. */
void image_i16s(image_t *image, int16_t *values, size_t n, int16_t min,
                int16_t max);

/* Fails unless `valid`; for what spans several fields. */
void image_require(image_t *image, bool valid);

/* CRC-32 (ISO 3309, as in zlib) of the bytes, continuing `crc`; start at 0. */
uint32_t image_crc32(uint32_t crc, const void *bytes, size_t size);

#endif /* ANOMALY_IMAGE_H */

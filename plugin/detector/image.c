/* SPDX-License-Identifier: MIT */
#include "plugin/detector/image.h"

#include <string.h>

image_t image_writer(void *buffer, size_t size) {
  return (image_t){.out = buffer, .size = size};
}

image_t image_reader(const void *buffer, size_t size) {
  return (image_t){.in = buffer, .size = size};
}

/* Moves the low `width` bytes of *bits; 0 is read past the end. */
static void image_bits(image_t *image, uint64_t *bits, size_t width) {
  if (image->failed || image->size - image->used < width) {
    image->failed = true;
    if (image->in != NULL)
      *bits = 0;
    return;
  }
  if (image->in != NULL)
    *bits = 0;
  for (size_t i = 0; i < width; i++)
    if (image->in != NULL)
      *bits |= (uint64_t)image->in[image->used + i] << (8 * i);
    else
      image->out[image->used + i] = (uint8_t)(*bits >> (8 * i));
  image->used += width;
}

void image_require(image_t *image, bool valid) {
  if (!valid)
    image->failed = true;
}

void image_u64(image_t *image, uint64_t *value) { image_bits(image, value, 8); }

void image_u32(image_t *image, uint32_t *value, uint32_t min, uint32_t max) {
  uint64_t bits = *value;
  image_bits(image, &bits, 4);
  bool valid = bits >= min && bits <= max;
  image_require(image, valid);
  *value = valid ? (uint32_t)bits : min;
}

void image_i64(image_t *image, int64_t *value, int64_t min, int64_t max) {
  uint64_t bits = (uint64_t)*value;
  image_bits(image, &bits, 8);
  int64_t number = 0;
  memcpy(&number, &bits, sizeof(number));
  bool valid = number >= min && number <= max;
  image_require(image, valid);
  *value = valid ? number : min;
}

void image_bool(image_t *image, bool *value) {
  uint32_t number = *value;
  image_u32(image, &number, 0, 1);
  *value = number != 0;
}

void image_f64(image_t *image, double *value, double min, double max) {
  uint64_t bits = 0;
  memcpy(&bits, value, sizeof(bits));
  image_bits(image, &bits, 8);
  double number = 0;
  memcpy(&number, &bits, sizeof(number));
  bool valid = number >= min && number <= max; /* never true of a NaN */
  image_require(image, valid);
  *value = valid ? number : min;
}

void image_f32(image_t *image, float *value, float min, float max) {
  uint32_t word = 0;
  memcpy(&word, value, sizeof(word));
  uint64_t bits = word;
  image_bits(image, &bits, 4);
  word = (uint32_t)bits;
  float number = 0;
  memcpy(&number, &word, sizeof(number));
  bool valid = number >= min && number <= max;
  image_require(image, valid);
  *value = valid ? number : min;
}

void image_f32s(image_t *image, float *values, size_t n, float min, float max) {
  for (size_t i = 0; i < n; i++)
    image_f32(image, &values[i], min, max);
}

void image_text(image_t *image, char *text, size_t size) {
  bool ended = false;
  for (size_t i = 0; i < size; i++) {
    uint64_t bits = ended ? 0 : (uint8_t)text[i];
    image_bits(image, &bits, 1);
    text[i] = (char)bits;
    ended = ended || bits == 0;
  }
  image_require(image, ended);
  text[size - 1] = '\0';
}

void image_u16(image_t *image, uint16_t *value) {
  uint64_t bits = *value;
  image_bits(image, &bits, 2);
  *value = (uint16_t)bits;
}

void image_i16s(image_t *image, int16_t *values, size_t n, int16_t min,
                int16_t max) {
  for (size_t i = 0; i < n; i++) {
    uint16_t word = (uint16_t)values[i];
    image_u16(image, &word);
    int16_t number = 0;
    memcpy(&number, &word, sizeof(number));
    bool valid = number >= min && number <= max;
    image_require(image, valid);
    values[i] = valid ? number : min;
  }
}

uint32_t image_crc32(uint32_t crc, const void *bytes, size_t size) {
  /* The usual table of 256 for four bits at a time: short, and fast enough for
   * an image an hour. */
  static const uint32_t nibbles[16] = {
      0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const uint8_t *byte = bytes;
  crc = ~crc;
  for (size_t i = 0; i < size; i++) {
    crc = nibbles[(crc ^ byte[i]) & 15] ^ (crc >> 4);
    crc = nibbles[(crc ^ (byte[i] >> 4)) & 15] ^ (crc >> 4);
  }
  return ~crc;
}

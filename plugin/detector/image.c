/* SPDX-License-Identifier: MIT */
#include "plugin/detector/image.h"

#include <string.h>

image_t image_writer(void *buffer, size_t size) {
  return (image_t){.out = buffer, .size = size};
}

image_t image_reader(const void *buffer, size_t size) {
  return (image_t){.in = buffer, .size = size};
}

/* Moves the low `width` bytes of *bits; 0 is read past the end. Inlined, so
 * that the loops become single loads and stores. */
static inline void image_bits(image_t *image, uint64_t *bits, size_t width) {
  bool fits = !image->failed && image->size - image->used >= width;
  image->failed = !fits;
  if (image->in != NULL)
    *bits = 0;
  if (!fits)
    return;
  if (image->in != NULL)
    for (size_t i = 0; i < width; i++)
      *bits |= (uint64_t)image->in[image->used + i] << (8 * i);
  else
    for (size_t i = 0; i < width; i++)
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
  uint64_t bits = *value;
  image_bits(image, &bits, 1);
  image_require(image, bits <= 1);
  *value = bits == 1;
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

void image_u48(image_t *image, uint64_t *value) { image_bits(image, value, 6); }

void image_i16s(image_t *image, int16_t *values, size_t n, int16_t min,
                int16_t max) {
  for (size_t i = 0; i < n; i++) {
    uint64_t bits = (uint16_t)values[i];
    image_bits(image, &bits, 2);
    uint16_t word = (uint16_t)bits;
    int16_t number = 0;
    memcpy(&number, &word, sizeof(number));
    bool valid = number >= min && number <= max;
    image_require(image, valid);
    values[i] = valid ? number : min;
  }
}

/* How many bytes the checksum takes at a time. */
#define SLICE 8

/* What a byte, followed by so many zeros, makes of the checksum. */
static uint32_t crc_table[SLICE][256];

__attribute__((constructor)) static void fill_crc_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++)
      crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    crc_table[0][byte] = crc;
  }
  for (size_t zeros = 1; zeros < SLICE; zeros++)
    for (size_t byte = 0; byte < 256; byte++) {
      uint32_t crc = crc_table[zeros - 1][byte];
      crc_table[zeros][byte] = (crc >> 8) ^ crc_table[0][crc & 255];
    }
}

/* Ten thousand images are checked at a start, and made at a stop: so it goes by
 * eight bytes at a time (Kounavis and Berry, "A systematic approach to building
 * high performance software-based CRC generators", 2005). */
uint32_t image_crc32(uint32_t crc, const void *bytes, size_t size) {
  const uint8_t *byte = bytes;
  crc = ~crc;
  for (; size >= SLICE; size -= SLICE, byte += SLICE) {
    uint32_t low = crc ^ ((uint32_t)byte[0] | (uint32_t)byte[1] << 8 |
                          (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24);
    crc = crc_table[7][low & 255] ^ crc_table[6][low >> 8 & 255] ^
          crc_table[5][low >> 16 & 255] ^ crc_table[4][low >> 24] ^
          crc_table[3][byte[4]] ^ crc_table[2][byte[5]] ^
          crc_table[1][byte[6]] ^ crc_table[0][byte[7]];
  }
  for (; size > 0; size--, byte++)
    crc = (crc >> 8) ^ crc_table[0][(crc ^ *byte) & 255];
  return ~crc;
}

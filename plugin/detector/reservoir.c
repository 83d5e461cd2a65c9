/* SPDX-License-Identifier: MIT */
#include "plugin/detector/reservoir.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reservoir_s {
  size_t capacity;
  size_t columns_num;
  uint64_t seen; /* rows offered */
  uint32_t rows; /* kept, 0..capacity */
  int16_t cells[];
};

size_t reservoir_size(size_t capacity, size_t columns_num) {
  return sizeof(reservoir_t) + capacity * columns_num * sizeof(int16_t);
}

reservoir_t *reservoir_create(size_t capacity, size_t columns_num) {
  reservoir_t *reservoir = calloc(1, reservoir_size(capacity, columns_num));
  if (reservoir == NULL)
    return NULL;
  reservoir->capacity = capacity;
  reservoir->columns_num = columns_num;
  return reservoir;
}

void reservoir_destroy(reservoir_t *reservoir) { free(reservoir); }

void reservoir_offer(reservoir_t *reservoir, const int16_t *row, double window,
                     random_t *random) {
  reservoir->seen++;
  size_t slot = reservoir->rows;
  if (slot < reservoir->capacity)
    reservoir->rows++;
  else {
    double pool = fmin((double)reservoir->seen, window);
    if (random_unit(random) * pool >= (double)reservoir->capacity)
      return;
    slot = random_below(random, reservoir->capacity);
  }
  memcpy(reservoir->cells + slot * reservoir->columns_num, row,
         reservoir->columns_num * sizeof(*row));
}

size_t reservoir_rows(const reservoir_t *reservoir) { return reservoir->rows; }

const int16_t *reservoir_row(const reservoir_t *reservoir, size_t i) {
  return reservoir->cells + i * reservoir->columns_num;
}

void reservoir_image(reservoir_t *reservoir, image_t *image, int16_t max) {
  image_u64(image, &reservoir->seen);
  image_u32(image, &reservoir->rows, 0, (uint32_t)reservoir->capacity);
  image_i16s(image, reservoir->cells, reservoir->rows * reservoir->columns_num,
             (int16_t)-max, max);
}

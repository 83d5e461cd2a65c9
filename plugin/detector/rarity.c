/* SPDX-License-Identifier: MIT */
#include "plugin/detector/rarity.h"

#include "plugin/detector/fixed.h"

#include <math.h>
#include <stdlib.h>

/* Five bins an octave of 1 + |r|, up to the clip of 30. */
#define BINS 25
#define BINS_AN_OCTAVE 5

/* Instead of fading all bins every row, each row weighs a little more than the
 * one before; when it weighs so much, all is scaled down. */
#define WEIGHT_MAX 1e6

struct rarity_s {
  size_t columns_num;
  double weight; /* of the next row, 1..WEIGHT_MAX */
  double total;  /* of the rows learned */
  float bins[][BINS];
};

size_t rarity_size(size_t columns_num) {
  return sizeof(rarity_t) + columns_num * BINS * sizeof(float);
}

rarity_t *rarity_create(size_t columns_num) {
  rarity_t *rarity = calloc(1, rarity_size(columns_num));
  if (rarity == NULL)
    return NULL;
  rarity->columns_num = columns_num;
  rarity->weight = 1;
  return rarity;
}

void rarity_destroy(rarity_t *rarity) { free(rarity); }

/* Where |residual| lies, in bins: 0..BINS. */
static float position(int16_t residual) {
  return log2f(1 + fabsf(fixed_float(residual))) * BINS_AN_OCTAVE;
}

static size_t bin_of(float at) { return at < BINS - 1 ? (size_t)at : BINS - 1; }

/* A residual that is small in itself is never a sensation, however still its
 * column has been: at most 3 + r^2 / 2, about what a normal one is worth. */
static float cap(int16_t residual, float rarity) {
  float r = fixed_float(residual);
  return fmaxf(0, fminf(fminf(rarity, 3 + r * r / 2), RARITY_MAX));
}

double rarity_judge(const rarity_t *rarity, const int16_t *residuals,
                    float *rarities) {
  double squares = 0;
  double half = 0.5 * rarity->weight; /* of a row: what was never seen is rare,
                                         not impossible */
  for (size_t i = 0; i < rarity->columns_num; i++) {
    float at = position(residuals[i]);
    size_t bin = bin_of(at);
    /* Rows are taken to be spread evenly within their bin. */
    double share = fmin(1, (double)at - (double)bin);
    double larger = (1 - share) * rarity->bins[i][bin];
    for (size_t k = bin + 1; k < BINS; k++)
      larger += rarity->bins[i][k];
    double survival = (larger + half) / (rarity->total + half);
    rarities[i] = cap(residuals[i], (float)-log(fmin(1, survival)));
    squares += (double)rarities[i] * rarities[i];
  }
  return squares / (double)rarity->columns_num;
}

static void scale_down(rarity_t *rarity) {
  float factor = (float)(1 / rarity->weight);
  for (size_t i = 0; i < rarity->columns_num; i++)
    for (size_t k = 0; k < BINS; k++)
      rarity->bins[i][k] *= factor;
  rarity->total /= rarity->weight;
  rarity->weight = 1;
}

void rarity_learn(rarity_t *rarity, const int16_t *residuals, double window) {
  for (size_t i = 0; i < rarity->columns_num; i++)
    rarity->bins[i][bin_of(position(residuals[i]))] += (float)rarity->weight;
  rarity->total += rarity->weight;
  rarity->weight *= 1 + 1 / fmax(window, 1);
  if (rarity->weight >= WEIGHT_MAX)
    scale_down(rarity);
}

void rarity_image(rarity_t *rarity, image_t *image) {
  image_f64(image, &rarity->weight, 1, WEIGHT_MAX);
  image_f64(image, &rarity->total, 0, 1e300);
  for (size_t i = 0; i < rarity->columns_num; i++)
    image_f32s(image, rarity->bins[i], BINS, 0, 1e30f);
}

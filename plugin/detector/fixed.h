/* SPDX-License-Identifier: MIT */
/*
 * fixed.h -- the columns' number format
 *
 * Columns are standardised: a few units wide and clipped to +-30. As 16-bit
 * fixed-point numbers with ten fractional bits they take half the memory of
 * floats, and the forest compares integers.
 */
#ifndef ANOMALY_FIXED_H
#define ANOMALY_FIXED_H

#include "plugin/detector/lanes.h"

#include <math.h>

#define FIXED_ONE 1024
#define FIXED_CLIP 30 /* standard deviations; anything beyond is "extreme" */
#define FIXED_MAX (FIXED_CLIP * FIXED_ONE)

/* The nearest fixed-point number, clipped; NaN becomes 0. */
static inline int16_t fixed_from(double value) {
  if (value >= FIXED_CLIP)
    return FIXED_MAX;
  if (value <= -FIXED_CLIP)
    return -FIXED_MAX;
  if (isnan(value))
    return 0;
  return (int16_t)(value * FIXED_ONE + (value < 0 ? -0.5 : 0.5));
}

static inline float fixed_float(int16_t fixed) {
  return (float)fixed / FIXED_ONE;
}

/* Of n weights and fixed-point numbers. Four partial sums make shorter chains
 * of additions, in an order that does not depend on the compiler. */
static inline int16_t fixed_dot(const float *weights, const int16_t *fixed,
                                size_t n) {
  lanes_t sums = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + LANES_NUM <= n; i += LANES_NUM)
    sums += lanes_load(weights + i) * lanes_load_fixed(fixed + i);
  for (; i < n; i++)
    sums[0] += weights[i] * fixed[i];
  return fixed_from(lanes_sum(sums) / FIXED_ONE);
}

#endif /* ANOMALY_FIXED_H */

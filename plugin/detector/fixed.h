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
  return (int16_t)(value * FIXED_ONE + copysign(0.5, value));
}

static inline float fixed_float(int16_t fixed) {
  return (float)fixed / FIXED_ONE;
}

#endif /* ANOMALY_FIXED_H */

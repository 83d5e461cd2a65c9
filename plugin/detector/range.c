/* SPDX-License-Identifier: MIT */
#include "plugin/detector/range.h"

#include "plugin/detector/sort.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define TAIL 0.02

static size_t sample_rows(const range_t *range) {
  return range->seen < RANGE_SAMPLE ? (size_t)range->seen : RANGE_SAMPLE;
}

void range_offer(range_t *range, double value, double window,
                 random_t *random) {
  size_t slot = sample_rows(range);
  range->seen++;
  if (slot == RANGE_SAMPLE) {
    double pool = fmin((double)range->seen, window);
    if (random_unit(random) * pool >= RANGE_SAMPLE)
      return;
    slot = random_below(random, RANGE_SAMPLE);
  }
  range->sample[slot] = (float)fmax(-FLT_MAX, fmin(FLT_MAX, value));
}

/* Linear between the two nearest of n >= 1 sorted values. */
static double quantile(const float *sorted, size_t n, double q) {
  double position = q * (double)(n - 1);
  size_t i = (size_t)position;
  if (i + 1 >= n)
    return sorted[n - 1];
  double part = position - (double)i;
  return (1 - part) * sorted[i] + part * sorted[i + 1];
}

void range_usual(const range_t *range, double *low, double *high) {
  float sorted[RANGE_SAMPLE];
  size_t n = sample_rows(range);
  *low = *high = NAN;
  if (n == 0)
    return;
  memcpy(sorted, range->sample, n * sizeof(*sorted));
  sort_floats(sorted, n);
  *low = quantile(sorted, n, TAIL);
  *high = quantile(sorted, n, 1 - TAIL);
}

void range_image(range_t *range, image_t *image) {
  image_u64(image, &range->seen);
  image_f32s(image, range->sample, sample_rows(range), -FLT_MAX, FLT_MAX);
}

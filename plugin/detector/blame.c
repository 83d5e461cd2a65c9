/* SPDX-License-Identifier: MIT */
#include "plugin/detector/blame.h"

#include "plugin/detector/fixed.h"

#include <math.h>

#define BLAME_MAX (2.0f * FIXED_CLIP * FIXED_CLIP * FIXED_CLIP)
#define SMOOTHING (2.0f / (15 + 1)) /* an exponential average of 15 frames */

static float size(int16_t fixed) { return fabsf(fixed_float(fixed)); }

void blame_step(blame_t *blame, const columns_t *columns, const int16_t *row,
                const int16_t *residuals, size_t n) {
  for (size_t i = 0; i < n; i++) {
    feature_state_t state = columns_state(columns, i);
    if (state != FEATURE_PRESENT) {
      blame->smoothed[i] = state == FEATURE_SILENT ? BLAME_MAX : 0;
      continue;
    }
    size_t mean = i + n; /* its column */
    float unexplained = size(residuals[i]) + size(residuals[mean]);
    float unusual = fmaxf(size(row[i]), size(row[mean])) *
                    (float)columns_steadiness(columns, i);
    float now = unexplained * unusual * unusual;
    blame->smoothed[i] += SMOOTHING * (now - blame->smoothed[i]);
  }
}

void blame_shares(const blame_t *blame, size_t n, double *shares) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    shares[i] = blame->smoothed[i];
    sum += shares[i];
  }
  for (size_t i = 0; i < n; i++)
    shares[i] = sum > 0 ? shares[i] / sum : i == 0;
}

void blame_image(blame_t *blame, size_t n, image_t *image) {
  image_f32s(image, blame->smoothed, n, 0, BLAME_MAX);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/residual.h"

#include "plugin/detector/fixed.h"
#include "plugin/detector/lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RIDGE 0.1f
#define INVERSE_MAX (2 / RIDGE)
#define DIAGONAL_MIN 1e-9f
#define CLIP 8.0f /* standard deviations; a single row must not rule S */

/* The squared length a column beyond which a row counts for less; 1 is usual.
 */
#define LONG 10.0

/* A renewal begins when the rows learned have grown by a tenth, at most every
 * 28th of the window (6 hours of a week). */
#define FIRST_RENEWAL 64
#define GROWTH 10
#define RENEWALS_A_WINDOW 28.0

#define PIVOTS_A_STEP 4

/* Symmetric matrices are packed: row i holds columns 0..i. */
struct residual_s {
  size_t n;
  uint64_t rows;  /* learned */
  double due;     /* rows until the next renewal begins */
  uint32_t pivot; /* the next one to sweep; n: no renewal under way */
  float *moments; /* S */
  float *inverse; /* P */
  float *work;    /* S + 0.1 I of when the renewal began, partly swept */
  float packed[];
};

static size_t packed_size(size_t n) { return n * (n + 1) / 2; }
static size_t packed_row(size_t i) { return i * (i + 1) / 2; }

size_t residual_size(size_t columns_num) {
  return sizeof(residual_t) + 3 * packed_size(columns_num) * sizeof(float);
}

residual_t *residual_create(size_t columns_num) {
  residual_t *residual = calloc(1, residual_size(columns_num));
  if (residual == NULL)
    return NULL;
  size_t size = packed_size(columns_num);
  residual->n = columns_num;
  residual->due = FIRST_RENEWAL;
  residual->pivot = (uint32_t)columns_num;
  residual->moments = residual->packed;
  residual->inverse = residual->packed + size;
  residual->work = residual->packed + 2 * size;
  for (size_t i = 0; i < columns_num; i++)
    residual->inverse[packed_row(i) + i] = 1 / (1 + RIDGE);
  return residual;
}

void residual_destroy(residual_t *residual) { free(residual); }

/* Four partial sums, as in dots.c. */
static float dot(const float *a, const float *b, size_t n) {
  lanes_t sums = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + LANES_NUM <= n; i += LANES_NUM)
    sums += lanes_load(a + i) * lanes_load(b + i);
  for (; i < n; i++)
    sums[0] += a[i] * b[i];
  return lanes_sum(sums);
}

/* to += factor * from */
static void add_scaled(float *to, float factor, const float *from, size_t n) {
  size_t i = 0;
  for (; i + LANES_NUM <= n; i += LANES_NUM)
    lanes_store(to + i, lanes_load(to + i) + factor * lanes_load(from + i));
  for (; i < n; i++)
    to[i] += factor * from[i];
}

/* to += weight * (factor * from - to) */
static void average_scaled(float *to, float weight, float factor,
                           const float *from, size_t n) {
  size_t i = 0;
  for (; i + LANES_NUM <= n; i += LANES_NUM) {
    lanes_t old = lanes_load(to + i);
    lanes_store(to + i, old + weight * (factor * lanes_load(from + i) - old));
  }
  for (; i < n; i++)
    to[i] += weight * (factor * from[i] - to[i]);
}

double residual_apply(const residual_t *residual, const int16_t *row,
                      int16_t *residuals) {
  size_t n = residual->n;
  float v[RESIDUAL_COLUMNS_MAX] = {0};
  float product[RESIDUAL_COLUMNS_MAX] = {0}; /* P v */
  for (size_t i = 0; i < n; i++)
    v[i] = fixed_float(row[i]);
  for (size_t i = 0; i < n; i++) {
    const float *p = residual->inverse + packed_row(i);
    add_scaled(product, v[i], p, i);
    product[i] += dot(p, v, i + 1);
  }
  double length = 0;
  for (size_t i = 0; i < n; i++) {
    float diagonal = residual->inverse[packed_row(i) + i];
    residuals[i] = fixed_from(product[i] / sqrtf(diagonal));
    length += (double)product[i] * v[i];
  }
  return fmax(length, 0) / (double)n;
}

void residual_weights(const residual_t *residual, size_t column,
                      float *weights) {
  const float *p = residual->inverse;
  float scale = 1 / sqrtf(p[packed_row(column) + column]);
  for (size_t i = 0; i < residual->n; i++)
    weights[i] = scale * (i <= column ? p[packed_row(column) + i]
                                      : p[packed_row(i) + column]);
}

/* Sweeps pivot k of the packed matrix a: after all pivots it is -a^-1. */
static void sweep(float *a, size_t n, size_t k) {
  float column[RESIDUAL_COLUMNS_MAX];
  for (size_t i = 0; i < n; i++)
    column[i] = i <= k ? a[packed_row(k) + i] : a[packed_row(i) + k];
  /* In exact arithmetic a pivot is at least RIDGE. */
  float pivot = fmaxf(column[k], RIDGE / 2);
  column[k] = 0;
  for (size_t i = 0; i < n; i++) {
    float factor = column[i] / pivot;
    add_scaled(a + packed_row(i), -factor, column, i + 1);
  }
  for (size_t i = 0; i < n; i++)
    a[i <= k ? packed_row(k) + i : packed_row(i) + k] = column[i] / pivot;
  a[packed_row(k) + k] = -1 / pivot;
}

static void renewal_begin(residual_t *residual) {
  size_t n = residual->n;
  memcpy(residual->work, residual->moments,
         packed_size(n) * sizeof(*residual->work));
  for (size_t i = 0; i < n; i++)
    residual->work[packed_row(i) + i] += RIDGE;
  residual->pivot = 0;
}

/* Takes the swept matrix over, unless rounding has spoilt it: S is positive
 * semidefinite, so no number of the inverse exceeds 1 / RIDGE. */
static void renewal_finish(residual_t *residual) {
  size_t size = packed_size(residual->n);
  for (size_t i = 0; i < residual->n; i++)
    if (!(residual->work[packed_row(i) + i] < -DIAGONAL_MIN))
      return;
  for (size_t i = 0; i < size; i++)
    if (!(fabsf(residual->work[i]) < INVERSE_MAX))
      return;
  for (size_t i = 0; i < size; i++)
    residual->inverse[i] = -residual->work[i];
}

static void renew(residual_t *residual, double window) {
  size_t n = residual->n;
  if (residual->pivot == n) {
    residual->due -= 1;
    if (residual->due > 0)
      return;
    residual->due = fmax(
        1, fmin((double)residual->rows / GROWTH, window / RENEWALS_A_WINDOW));
    renewal_begin(residual);
  }
  for (int i = 0; i < PIVOTS_A_STEP && residual->pivot < n; i++)
    sweep(residual->work, n, residual->pivot++);
  if (residual->pivot == n)
    renewal_finish(residual);
}

void residual_learn(residual_t *residual, const int16_t *row, double length,
                    double window) {
  size_t n = residual->n;
  residual->rows++;
  float weight = (float)(1 / fmax(1, fmin((double)residual->rows, window)));
  float trust = (float)(length > LONG ? LONG / length : 1);
  float v[RESIDUAL_COLUMNS_MAX] = {0};
  for (size_t i = 0; i < n; i++)
    v[i] = fmaxf(-CLIP, fminf(CLIP, fixed_float(row[i])));
  for (size_t i = 0; i < n; i++)
    average_scaled(residual->moments + packed_row(i), weight, trust * v[i], v,
                   i + 1);
  renew(residual, window);
}

void residual_image(residual_t *residual, image_t *image) {
  size_t n = residual->n;
  size_t size = packed_size(n);
  image_u64(image, &residual->rows);
  image_f64(image, &residual->due, -1, 1e18);
  image_u32(image, &residual->pivot, 0, (uint32_t)n);
  image_f32s(image, residual->moments, size, -2 * CLIP * CLIP, 2 * CLIP * CLIP);
  image_f32s(image, residual->inverse, size, -INVERSE_MAX, INVERSE_MAX);
  for (size_t i = 0; i < n; i++)
    image_require(image, residual->inverse[packed_row(i) + i] > DIAGONAL_MIN);
  /* Between renewals `work` is not read. */
  if (residual->pivot < n)
    image_f32s(image, residual->work, size, -1e9f, 1e9f);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/batch.h"

#include "plugin/detector/fixed.h"
#include "plugin/detector/forest.h"

#include <math.h>
#include <stdlib.h>

/* Half the interquartile range of a normal distribution. */
#define QUARTILE 0.6745

/* The forest is grown from rows clipped to so many robust deviations. Outliers
 * are among the rows that it learns from, and this keeps them outside of what
 * it knows (on made-up tables with outliers of 12 deviations the share found
 * rose from a half to nearly all). */
#define CLIP (4 * FIXED_ONE)

/* A score is flagged this many interquartile ranges above the third quartile of
 * all, both in logarithms: hardly one row in a thousand of a normal
 * distribution. Quartiles of a few rows are vague, so at most at double the
 * third one; where all rows are alike at least at a tenth above it. */
#define FENCE 6.0
#define FENCE_MIN 1.1
#define FENCE_MAX 2.0

struct batch_s {
  const detector_t *detector;
  size_t rows;
  size_t stride;  /* rows, rounded up as forest_scores() wants it */
  int16_t *cells; /* features_num x stride, standardised; missing: 0 */
  bool *missing;  /* rows x features_num */
  const double *values;
  forest_t *forest;
  double low[DETECTOR_FEATURES_MAX]; /* the usual range of each feature */
  double high[DETECTOR_FEATURES_MAX];
  double *scores; /* of each row */
  double threshold;
};

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

/* Of n >= 1 sorted numbers, linear between the nearest two. */
static double quantile(const double *sorted, size_t n, double q) {
  double position = q * (double)(n - 1);
  size_t i = (size_t)position;
  double part = position - (double)i;
  return i + 1 < n ? (1 - part) * sorted[i] + part * sorted[i + 1] : sorted[i];
}

/* A scale that outliers cannot widen: from the quartiles, or if these coincide
 * the 2nd and 98th percentile, or the extremes. */
static double robust_scale(const double *sorted, size_t n, double noise) {
  static const double tails[] = {0.25, 0.02, 0};
  static const double sigmas[] = {2 * QUARTILE, 4, 6};
  for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
    /* Halves, since the whole range of doubles does not fit into one. */
    double half = quantile(sorted, n, 1 - tails[i]) / 2 -
                  quantile(sorted, n, tails[i]) / 2;
    if (half > 0)
      return fmax(2 * fmin(half, 1e300) / sigmas[i], noise);
  }
  return 1;
}

/* Standardises one feature; `sorted` is scratch of `rows` numbers. */
static void standardise(batch_t *batch, size_t feature, double *sorted) {
  size_t num = batch->detector->features_num, n = 0;
  for (size_t i = 0; i < batch->rows; i++) {
    double value = batch->values[i * num + feature];
    batch->missing[i * num + feature] = !isfinite(value);
    if (isfinite(value))
      sorted[n++] = value;
  }
  batch->low[feature] = batch->high[feature] = NAN;
  if (n == 0)
    return;
  qsort(sorted, n, sizeof(*sorted), ascending);
  batch->low[feature] = quantile(sorted, n, 0.02);
  batch->high[feature] = quantile(sorted, n, 0.98);
  double median = quantile(sorted, n, 0.5);
  double noise = batch->detector->features[feature].noise;
  double scale = robust_scale(sorted, n, noise);
  for (size_t i = 0; i < batch->rows; i++) {
    size_t cell = i * num + feature;
    double distance = batch->values[cell] - median;
    if (!batch->missing[cell] && fabs(distance) > noise)
      batch->cells[feature * batch->stride + i] = fixed_from(distance / scale);
  }
}

/* A forest_column_f. */
static void batch_column(const void *source, size_t column,
                         const uint32_t *rows, size_t n, int16_t *values) {
  const batch_t *batch = source;
  for (size_t i = 0; i < n; i++) {
    int cell = batch->cells[column * batch->stride + rows[i]];
    values[i] = (int16_t)(cell > CLIP ? CLIP : cell < -CLIP ? -CLIP : cell);
  }
}

static void grow(batch_t *batch, size_t sample) {
  uint32_t rows[DETECTOR_SAMPLE_SIZE_MAX];
  random_t random = {batch->detector->seed};
  for (size_t tree = 0; tree < batch->detector->trees; tree++) {
    random_sample(&random, batch->rows, sample, rows);
    forest_build(batch->forest, tree, rows, sample, batch_column, batch,
                 &random);
  }
}

static void copy_row(const batch_t *batch, size_t row, int16_t *cells) {
  for (size_t i = 0; i < batch->detector->features_num; i++)
    cells[i] = batch->cells[i * batch->stride + row];
}

/* From the scores of all rows; `scratch` is room for as many numbers. */
static double find_threshold(const batch_t *batch, double *scratch) {
  for (size_t i = 0; i < batch->rows; i++)
    scratch[i] = log(batch->scores[i]);
  qsort(scratch, batch->rows, sizeof(*scratch), ascending);
  double third = quantile(scratch, batch->rows, 0.75);
  double range = third - quantile(scratch, batch->rows, 0.25);
  double fence = fmax(log(FENCE_MIN), fmin(log(FENCE_MAX), FENCE * range));
  return fmin(1, exp(third + fence));
}

batch_t *batch_create(const detector_t *detector, const double *values,
                      size_t rows) {
  size_t num = detector->features_num;
  size_t sample = rows < detector->sample_size ? rows : detector->sample_size;
  size_t stride = (rows / FOREST_BLOCK + 1) * FOREST_BLOCK;
  batch_t *batch = calloc(1, sizeof(*batch));
  double *scratch = calloc(rows > 0 ? rows : 1, sizeof(*scratch));
  if (batch == NULL || scratch == NULL)
    goto fail;
  *batch = (batch_t){.detector = detector,
                     .rows = rows,
                     .stride = stride,
                     .cells = calloc(stride * num, sizeof(*batch->cells)),
                     .missing = calloc(rows * num + 1, sizeof(*batch->missing)),
                     .values = values,
                     .scores = calloc(rows + 1, sizeof(*batch->scores)),
                     .forest =
                         forest_create(detector->trees, sample < 2 ? 2 : sample,
                                       num, FOREST_PADDING),
                     .threshold = 1};
  if (batch->cells == NULL || batch->missing == NULL || batch->scores == NULL ||
      batch->forest == NULL)
    goto fail;
  for (size_t i = 0; i < num; i++)
    standardise(batch, i, scratch);
  if (rows > 0) {
    grow(batch, sample);
    if (forest_scores(batch->forest, batch->cells, stride, rows,
                      batch->scores) < 0)
      goto fail;
    batch->threshold = find_threshold(batch, scratch);
  }
  free(scratch);
  return batch;

fail:
  free(scratch);
  batch_destroy(batch);
  return NULL;
}

double batch_threshold(const batch_t *batch) { return batch->threshold; }

static int by_share(const void *a, const void *b) {
  const suspect_t *left = a, *right = b;
  if (left->share != right->share)
    return left->share < right->share ? 1 : -1;
  return left->feature < right->feature ? -1 : 1;
}

/* Who is to blame: whatever lets the score fall when set back to its median.
 * Where no single one does, how far out each is decides. */
static size_t blame(const batch_t *batch, size_t row, double score,
                    suspect_t *suspects) {
  size_t num = batch->detector->features_num, n = 0;
  int16_t cells[DETECTOR_FEATURES_MAX];
  double losses[DETECTOR_FEATURES_MAX];
  double sum = 0;
  copy_row(batch, row, cells);
  for (size_t i = 0; i < num; i++) {
    int16_t cell = cells[i];
    cells[i] = 0;
    losses[i] = fmax(0, score - forest_score(batch->forest, cells));
    cells[i] = cell;
    sum += losses[i];
  }
  bool joint = !(sum > 0);
  for (size_t i = 0; joint && i < num; i++) {
    losses[i] = 1 + fabs((double)cells[i]);
    sum += losses[i];
  }
  for (size_t i = 0; i < num; i++)
    if (losses[i] > 0)
      suspects[n++] = (suspect_t){.feature = i,
                                  .share = losses[i] / sum,
                                  .value = batch->values[row * num + i],
                                  .low = batch->low[i],
                                  .high = batch->high[i]};
  qsort(suspects, n, sizeof(*suspects), by_share);
  return n;
}

void batch_judge(const batch_t *batch, size_t row, batch_verdict_t *verdict) {
  verdict->score = batch->scores[row];
  verdict->flagged = verdict->score > batch->threshold;
  verdict->suspects_num =
      verdict->flagged ? blame(batch, row, verdict->score, verdict->suspects)
                       : 0;
}

void batch_destroy(batch_t *batch) {
  if (batch == NULL)
    return;
  forest_destroy(batch->forest);
  free(batch->cells);
  free(batch->missing);
  free(batch->scores);
  free(batch);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/expected.h"

#include "plugin/detector/fixed.h"
#include "plugin/detector/scaler.h"

#include <math.h>
#include <stdlib.h>

/* All in standard deviations but for the factors. */
#define USUAL 3.0
#define USUAL_SHARE 0.5 /* of an example's largest, should that be less */
#define UNUSUAL_MIN 1.0 /* in some feature, or it is no example */
#define TOLERANCE 1.5
#define TOLERANCE_GROWTH 0.25

/* An example is passed over when another is so close to it: at this share of
 * the tolerance, so that several cover what is noisy. */
#define SAME 0.5

/* Frames for which an expected one shows in the columns' means. */
#define SETTLING 10

struct expected_s {
  size_t features_num;
  uint32_t count;    /* of examples, 0..EXPECTED_MAX */
  uint32_t next;     /* once it is full: the oldest; else equal to count */
  uint32_t settling; /* frames left, 0..SETTLING */
  uint64_t missing[EXPECTED_MAX]; /* an example's bit i: feature i was */
  double values[];                /* features_num an example; 0 where missing */
};

/* Values as the columns see them at present. */
typedef struct {
  double z[DETECTOR_FEATURES_MAX]; /* 0 where silent */
  uint64_t silent;                 /* bit i: feature i is, and that is news */
  double largest;                  /* |z|; FIXED_CLIP with a silence */
} view_t;

size_t expected_size(size_t features_num) {
  return sizeof(expected_t) + EXPECTED_MAX * features_num * sizeof(double);
}

expected_t *expected_create(size_t features_num) {
  expected_t *expected = calloc(1, expected_size(features_num));
  if (expected == NULL)
    return NULL;
  expected->features_num = features_num;
  return expected;
}

void expected_destroy(expected_t *expected) { free(expected); }

/* --- looking at values --------------------------------------------------- */

static void look(view_t *view, const columns_t *columns, size_t feature,
                 double value, bool silent) {
  if (silent)
    view->silent |= UINT64_C(1) << feature;
  view->z[feature] = silent ? 0 : columns_standardise(columns, feature, value);
  view->largest =
      fmax(view->largest, silent ? FIXED_CLIP : fabs(view->z[feature]));
}

/* A frame's values, whenever it came: what was missing then counts as silent
 * if its silence would be news today. */
static void look_back(const expected_t *expected, const columns_t *columns,
                      const double *values, uint64_t missing, view_t *view) {
  view->silent = 0;
  view->largest = 0;
  for (size_t i = 0; i < expected->features_num; i++)
    look(view, columns, i, values[i],
         (missing >> i & 1) != 0 &&
             columns_state(columns, i) != FEATURE_ABSENT);
}

/* The same of the frame that the columns stepped last. */
static void look_now(const expected_t *expected, const columns_t *columns,
                     const double *values, view_t *view) {
  view->silent = 0;
  view->largest = 0;
  for (size_t i = 0; i < expected->features_num; i++)
    look(view, columns, i, values[i],
         columns_state(columns, i) == FEATURE_SILENT);
}

/* --- comparing ----------------------------------------------------------- */

/* How much of the example fits the row best, by least squares. */
static double fit(const view_t *row, const view_t *example, size_t n) {
  double product = 0, square = 0;
  for (size_t i = 0; i < n; i++) {
    product += row->z[i] * example->z[i];
    square += example->z[i] * example->z[i];
  }
  return square > 0 ? fmax(0, fmin(1, product / square)) : 1;
}

/* `strictness` 1, or less to accept less. */
static bool alike(const view_t *row, const view_t *example, size_t n,
                  double strictness) {
  if (row->silent != example->silent)
    return false;
  double scale = fit(row, example, n);
  double usual = fmin(USUAL, USUAL_SHARE * example->largest);
  if (scale * example->largest < usual)
    return false;
  for (size_t i = 0; i < n; i++) {
    double z = row->z[i], e = scale * example->z[i];
    bool near =
        fabs(z - e) <= strictness * (TOLERANCE + TOLERANCE_GROWTH * fabs(e));
    if (!near && (fabs(z) > usual || fabs(e) > usual))
      return false;
  }
  return true;
}

static bool has_like(const expected_t *expected, const columns_t *columns,
                     const view_t *row, double strictness) {
  view_t view;
  for (size_t i = 0; i < expected->count; i++) {
    look_back(expected, columns, expected->values + i * expected->features_num,
              expected->missing[i], &view);
    if (alike(row, &view, expected->features_num, strictness))
      return true;
  }
  return false;
}

bool expected_step(expected_t *expected, const columns_t *columns,
                   const double *values, bool suspicious) {
  if (expected->count == 0)
    return false;
  bool settling = expected->settling > 0;
  if (settling)
    expected->settling--;
  if (!suspicious)
    return false;
  view_t row;
  look_now(expected, columns, values, &row);
  if (has_like(expected, columns, &row, 1)) {
    expected->settling = SETTLING;
    return true;
  }
  return settling && row.largest <= USUAL;
}

/* --- learning ------------------------------------------------------------ */

static uint64_t find_missing(const double *values, size_t n) {
  uint64_t missing = 0;
  for (size_t i = 0; i < n; i++)
    if (!isfinite(values[i]))
      missing |= UINT64_C(1) << i;
  return missing;
}

static void add(expected_t *expected, const double *values, uint64_t missing) {
  double *example = expected->values + expected->next * expected->features_num;
  expected->missing[expected->next] = missing;
  for (size_t i = 0; i < expected->features_num; i++)
    example[i] =
        (missing >> i & 1) != 0
            ? 0
            : fmax(-SCALER_VALUE_MAX, fmin(SCALER_VALUE_MAX, values[i]));
  expected->next = (expected->next + 1) % EXPECTED_MAX;
  if (expected->count < EXPECTED_MAX)
    expected->count++;
}

/* How far off the row is in its most unusual feature. */
static double how_unusual(const expected_t *expected, const columns_t *columns,
                          const double *values) {
  view_t view;
  look_back(expected, columns, values,
            find_missing(values, expected->features_num), &view);
  return view.largest;
}

/* Unless there is one like it. */
static size_t add_new(expected_t *expected, const columns_t *columns,
                      const double *values) {
  uint64_t missing = find_missing(values, expected->features_num);
  view_t view;
  look_back(expected, columns, values, missing, &view);
  if (has_like(expected, columns, &view, SAME))
    return 0;
  add(expected, values, missing);
  return 1;
}

size_t expected_learn(expected_t *expected, const columns_t *columns,
                      const double *rows, size_t n) {
  size_t width = expected->features_num;
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    largest = fmax(largest, how_unusual(expected, columns, rows + i * width));
  /* The run outlasts the event; its last rows are but usual ones. */
  double usual = fmin(USUAL, fmax(UNUSUAL_MIN, USUAL_SHARE * largest));
  size_t unusual = 0;
  for (size_t i = 0; i < n; i++)
    unusual += how_unusual(expected, columns, rows + i * width) > usual;

  size_t added = 0, taken = 0, seen = 0;
  for (size_t i = 0; i < n; i++) {
    const double *values = rows + i * width;
    if (!(how_unusual(expected, columns, values) > usual))
      continue;
    /* Takes the rows nearest to an even spacing. */
    if (seen++ * EXPECTED_A_LESSON < taken * unusual)
      continue;
    taken++;
    added += add_new(expected, columns, values);
  }
  return added;
}

/* --- keeping ------------------------------------------------------------- */

void expected_image(expected_t *expected, image_t *image) {
  size_t n = expected->features_num;
  image_u32(image, &expected->count, 0, EXPECTED_MAX);
  image_u32(image, &expected->next, 0, EXPECTED_MAX - 1);
  image_u32(image, &expected->settling, 0, SETTLING);
  image_require(image, expected->count == EXPECTED_MAX ||
                           expected->next == expected->count);
  for (size_t i = 0; i < expected->count; i++) {
    image_u64(image, &expected->missing[i]);
    image_require(image, n == 64 || expected->missing[i] >> n == 0);
  }
  for (size_t i = 0; i < expected->count * n; i++)
    image_f64(image, &expected->values[i], -SCALER_VALUE_MAX, SCALER_VALUE_MAX);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/columns.h"

#include "plugin/detector/fixed.h"
#include "plugin/detector/scaler.h"

#include <math.h>
#include <stdlib.h>

#define WINDOW 10      /* frames of a feature's short past */
#define NEW 16         /* values before a feature's moments mean something */
#define SILENT_AFTER 3 /* missing frames that make a silence */

/* What has stood still for a week has no deviation of its own to measure a
 * hair's breadth by. So a change of this share of the mean does not count, less
 * what the feature deviates anyway; and the least deviation is this share of
 * the level, or the larger one until the feature moves for the first time. */
#define HAIR_UNCOUNTED 2e-3
#define HAIR 1e-3
#define HAIR_CONSTANT 0.05
#define CONSTANT 1e-9

/* The least deviation there is: only tells "constant 0" from anything else. */
#define TINY 1e-140

/* Added to the deviation within the window before its logarithm is taken, so
 * that standing still is not infinitely remarkable; and the least deviation of
 * that logarithm. */
#define SPREAD_OFFSET 0.1
#define SPREAD_FLOOR 0.25

/* Silences are counted, at most one an hour, and forgotten while the feature is
 * there: whether a silence is news is settled when it begins. But a disk that
 * was taken away for good must not hide for long what happens to the rest of
 * its host. */
#define HABIT 1.5      /* silences a window that make it a habit */
#define NEWS 8.0       /* hours of a silence that are news */
#define FORGOTTEN 23.5 /* hours of silence until a feature is: within a day */

typedef struct {
  scaler_t value;       /* of the values as they come */
  scaler_t spread;      /* of the log deviations within the window */
  float window[WINDOW]; /* the last standardised values, a ring */
  uint32_t window_rows; /* 0..WINDOW */
  uint32_t window_next; /* 0..WINDOW-1 */
  uint32_t missing;     /* frames in a row */
  double silence;       /* hours of the present silence */
  double habit; /* silences, exponentially forgotten; 0..DETECTOR_HOURS */
  bool counted; /* one of the present hour has been counted */
} state_t;

struct columns_s {
  const detector_feature_t *features;
  size_t features_num;
  double hour; /* 0..1, how much of the present hour has passed */
  int16_t row[DETECTOR_FEATURES_MAX * COLUMNS_PER_FEATURE]; /* the last one */
  state_t states[];
};

size_t columns_size(size_t features_num) {
  return sizeof(columns_t) + features_num * sizeof(state_t);
}

columns_t *columns_create(const detector_feature_t *features,
                          size_t features_num) {
  columns_t *columns = calloc(1, columns_size(features_num));
  if (columns == NULL)
    return NULL;
  columns->features = features;
  columns->features_num = features_num;
  return columns;
}

void columns_destroy(columns_t *columns) { free(columns); }

/* Mean and log deviation of the window. The mean takes frames not seen yet for
 * usual ones, so that it grows with the evidence. */
static double window_mean(const state_t *state) {
  double sum = 0;
  for (uint32_t i = 0; i < state->window_rows; i++)
    sum += state->window[i];
  return sum / WINDOW;
}

static double window_spread(const state_t *state) {
  double mean = window_mean(state);
  double squares = 0;
  for (uint32_t i = 0; i < WINDOW; i++)
    squares += (state->window[i] - mean) * (state->window[i] - mean);
  return log(sqrt(squares / (WINDOW - 1)) + SPREAD_OFFSET);
}

static void window_push(state_t *state, double standardised) {
  state->window[state->window_next] = (float)standardised;
  state->window_next = (state->window_next + 1) % WINDOW;
  if (state->window_rows < WINDOW)
    state->window_rows++;
}

static void window_clear(state_t *state) {
  state->window_rows = 0;
  state->window_next = 0;
}

/* The least deviation of the feature when it is at `value`. */
static double deviation_floor(const scaler_t *scaler, double value,
                              double noise) {
  double level = fmax(fabs(scaler->mean), fabs(value));
  bool constant = sqrt(scaler->variance) <= CONSTANT * fabs(scaler->mean);
  return fmax(TINY, fmax(noise, (constant ? HAIR_CONSTANT : HAIR) * level));
}

/* How unusual |value| <= SCALER_VALUE_MAX is by itself. */
static double standardise(const state_t *state, double value, double noise) {
  double hair =
      HAIR_UNCOUNTED * fabs(state->value.mean) - sqrt(state->value.variance);
  if (state->value.rows < NEW)
    return 0;
  double standardised =
      scaler_standardise(&state->value, value, fmax(noise, hair),
                         deviation_floor(&state->value, value, noise));
  return fmax(-FIXED_CLIP, fmin(FIXED_CLIP, standardised));
}

/* The feature's three columns for a value that is there; cells[i * stride]. */
static void step_value(state_t *state, double value, double noise,
                       double window, bool learn, int16_t *cells,
                       size_t stride) {
  value = fmax(-SCALER_VALUE_MAX, fmin(SCALER_VALUE_MAX, value));
  double standardised = standardise(state, value, noise);
  /* How far a far value moves the moments is measured by themselves; only what
   * was always 0 has no measure of its own. */
  bool blank = state->value.mean == 0 && state->value.variance == 0;
  if (learn)
    scaler_learn(&state->value, value, window,
                 deviation_floor(&state->value, blank ? value : 0, noise));
  window_push(state, standardised);

  double restlessness = 0;
  if (state->window_rows == WINDOW) {
    double spread = window_spread(state);
    if (state->spread.rows >= NEW)
      restlessness =
          scaler_standardise(&state->spread, spread, 0, SPREAD_FLOOR);
    if (learn)
      scaler_learn(&state->spread, spread, window, SPREAD_FLOOR);
  }
  cells[0] = fixed_from(standardised);
  cells[stride] = fixed_from(window_mean(state));
  cells[2 * stride] = fixed_from(restlessness);
}

/* The same for one that is not there. */
static void step_missing(state_t *state, double hours, bool learn,
                         int16_t *cells, size_t stride) {
  if (state->value.rows == 0)
    return;
  state->missing++;
  if (state->missing < SILENT_AFTER)
    return;
  if (learn && state->silence == 0 && !state->counted) {
    state->counted = true;
    state->habit = fmin(DETECTOR_HOURS, state->habit + 1);
  }
  state->silence += hours;
  if (state->silence >= FORGOTTEN && state->missing > SILENT_AFTER) {
    state->value = (scaler_t){.rows = 0};
    state->spread = (scaler_t){.rows = 0};
  }
  window_clear(state);
  cells[0] = cells[stride] = cells[2 * stride] = 0;
}

void columns_step(columns_t *columns, const double *values, double window,
                  bool learn, int16_t *row) {
  size_t n = columns->features_num;
  double hours = learn ? DETECTOR_HOURS / window : 0;
  columns->hour += hours;
  double over = floor(columns->hour);
  columns->hour -= over;

  for (size_t i = 0; i < n; i++) {
    state_t *state = &columns->states[i];
    if (isfinite(values[i])) {
      state->missing = 0;
      state->silence = 0;
      step_value(state, values[i], columns->features[i].noise, window, learn,
                 &columns->row[i], n);
    } else
      step_missing(state, hours, learn, &columns->row[i], n);
    if (over > 0) {
      state->counted = false;
      if (state->silence == 0)
        state->habit *= pow(1 - 1 / DETECTOR_HOURS, over);
    }
  }
  for (size_t i = 0; i < n * COLUMNS_PER_FEATURE; i++)
    row[i] = columns->row[i];
}

void columns_gap(columns_t *columns) {
  for (size_t i = 0; i < columns->features_num; i++)
    window_clear(&columns->states[i]);
}

void columns_inherit(columns_t *columns, size_t feature,
                     const columns_t *others, size_t others_feature) {
  columns->hour = others->hour;
  columns->states[feature] = others->states[others_feature];
  for (size_t i = 0; i < COLUMNS_PER_FEATURE; i++)
    columns->row[feature + i * columns->features_num] =
        others->row[others_feature + i * others->features_num];
}

feature_state_t columns_state(const columns_t *columns, size_t feature) {
  const state_t *state = &columns->states[feature];
  if (state->value.rows == 0)
    return FEATURE_ABSENT;
  if (state->missing < SILENT_AFTER)
    return FEATURE_PRESENT;
  /* One frame is news, though it may be longer than eight hours. */
  bool fresh = state->silence < NEWS || state->missing == SILENT_AFTER;
  /* The present one counts already. */
  return state->habit < HABIT + 1 && fresh ? FEATURE_SILENT : FEATURE_ABSENT;
}

double columns_standardise(const columns_t *columns, size_t feature,
                           double value) {
  if (!isfinite(value))
    return 0;
  value = fmax(-SCALER_VALUE_MAX, fmin(SCALER_VALUE_MAX, value));
  return standardise(&columns->states[feature], value,
                     columns->features[feature].noise);
}

double columns_deviation(const columns_t *columns, size_t feature) {
  const scaler_t *scaler = &columns->states[feature].value;
  double noise = columns->features[feature].noise;
  if (scaler->rows == 0)
    return NAN;
  return fmax(deviation_floor(scaler, scaler->mean, noise),
              sqrt(scaler->variance));
}

double columns_steadiness(const columns_t *columns, size_t feature) {
  double deviation = columns_deviation(columns, feature);
  double wide = sqrt(columns->states[feature].value.wide);
  return deviation < wide ? deviation / wide : 1;
}

static void state_image(state_t *state, image_t *image) {
  scaler_image(&state->value, image);
  scaler_image(&state->spread, image);
  image_f32s(image, state->window, WINDOW, -FIXED_CLIP, FIXED_CLIP);
  image_u32(image, &state->window_rows, 0, WINDOW);
  image_u32(image, &state->window_next, 0, WINDOW - 1);
  image_u32(image, &state->missing, 0, UINT32_MAX);
  image_f64(image, &state->silence, 0, INFINITY);
  image_f64(image, &state->habit, 0, 1e9);
  image_bool(image, &state->counted);
}

void columns_image(columns_t *columns, image_t *image) {
  image_f64(image, &columns->hour, 0, 1);
  image_i16s(image, columns->row, columns->features_num * COLUMNS_PER_FEATURE,
             -FIXED_MAX, FIXED_MAX);
  for (size_t i = 0; i < columns->features_num; i++)
    state_image(&columns->states[i], image);
}

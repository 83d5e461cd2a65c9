/* SPDX-License-Identifier: MIT */
#include "plugin/detector/drift.h"

#include "plugin/detector/scaler.h"

#include <math.h>
#include <stdlib.h>

#define BLOCKS 28 /* ranges a window, each of the hourly means of: */
#define BLOCK_HOURS (DETECTOR_HOURS / BLOCKS)

/* The block under way and a day before it are not known yet; a range of less
 * than two days has not seen what a day does. */
#define UNKNOWN (1 + 4)
#define ENOUGH 8

/* Hourly means may leave their range by 1.5 times its width, which is at least
 * two deviations of the feature; by 1.2 while there is a flag. With 1.2 and 1
 * one metric of 38 changes its habits so far every few days. */
#define TOLERATED 1.5
#define TOLERATED_HELD 1.2
#define WIDTH_MIN 2.0

/* A value counts for no more than one so many widths outside, so that it takes
 * most of an hour, not a single sensation. */
#define FAR 2.0

#define HELD 1.0 /* hours until a drift is known */

/* A feature has drifted while it is outside: by an average over so few frames
 * that it follows at once, over so many that noise does not end a run; but
 * never over more than the hour. */
#define RECENT (2.0 / (10 + 1))

typedef struct {
  double min, max; /* min > max: nothing */
} span_t;

static const span_t nothing = {SCALER_VALUE_MAX, -SCALER_VALUE_MAX};

typedef struct {
  bool seen;     /* else all below is as at the start */
  double hourly; /* exponential average over an hour */
  double recent;
  span_t blocks[BLOCKS]; /* a ring */
  span_t known;          /* of those that are known */
  uint32_t known_num;    /* of them, not empty */
} state_t;

struct drift_s {
  size_t features_num;
  uint32_t block;   /* the one under way */
  double filled;    /* hours of it, < BLOCK_HOURS */
  uint32_t unknown; /* of the newest blocks, 1..UNKNOWN */
  double held;      /* hours of drift since the last time that all was known */
  state_t states[];
};

size_t drift_size(size_t features_num) {
  return sizeof(drift_t) + features_num * sizeof(state_t);
}

static void forget(state_t *state) {
  *state = (state_t){.known = nothing};
  for (size_t i = 0; i < BLOCKS; i++)
    state->blocks[i] = nothing;
}

drift_t *drift_create(size_t features_num) {
  drift_t *drift = calloc(1, drift_size(features_num));
  if (drift == NULL)
    return NULL;
  drift->features_num = features_num;
  drift->unknown = UNKNOWN;
  for (size_t i = 0; i < features_num; i++)
    forget(&drift->states[i]);
  return drift;
}

void drift_destroy(drift_t *drift) { free(drift); }

static bool empty(span_t span) { return span.min > span.max; }

static span_t joined(span_t a, span_t b) {
  return (span_t){fmin(a.min, b.min), fmax(a.max, b.max)};
}

static span_t *block_ago(const drift_t *drift, state_t *state, uint32_t ago) {
  return &state->blocks[(drift->block + BLOCKS - ago) % BLOCKS];
}

static void refresh_known(drift_t *drift) {
  for (size_t i = 0; i < drift->features_num; i++) {
    state_t *state = &drift->states[i];
    state->known = nothing;
    state->known_num = 0;
    for (uint32_t ago = drift->unknown; ago < BLOCKS; ago++) {
      span_t block = *block_ago(drift, state, ago);
      state->known = joined(state->known, block);
      state->known_num += !empty(block);
    }
  }
}

static void next_block(drift_t *drift) {
  drift->block = (drift->block + 1) % BLOCKS;
  drift->filled = fmod(drift->filled, BLOCK_HOURS);
  if (drift->unknown < UNKNOWN)
    drift->unknown++;
  for (size_t i = 0; i < drift->features_num; i++)
    *block_ago(drift, &drift->states[i], 0) = nothing;
  refresh_known(drift);
}

void drift_know(drift_t *drift) {
  drift->unknown = 1;
  drift->held = 0;
  for (size_t i = 0; i < drift->features_num; i++) {
    state_t *state = &drift->states[i];
    if (!state->seen)
      continue;
    state->hourly = state->recent;
    span_t *last = block_ago(drift, state, 1);
    *last = joined(*last, *block_ago(drift, state, 0));
    *last = joined(*last, (span_t){state->recent, state->recent});
  }
  refresh_known(drift);
}

/* How far the feature is outside what is known, in widths of that. */
static double step_feature(state_t *state, double value, double deviation,
                           double hours) {
  const span_t known = state->known;
  bool enough = state->known_num >= ENOUGH;
  double width = fmax(known.max - known.min, WIDTH_MIN * deviation);
  value = fmax(-SCALER_VALUE_MAX, fmin(SCALER_VALUE_MAX, value));
  if (enough)
    value = fmax(known.min - FAR * width, fmin(known.max + FAR * width, value));
  if (!state->seen)
    state->hourly = state->recent = value;
  state->seen = true;
  double of_hour = fmin(1, hours);
  state->hourly += of_hour * (value - state->hourly);
  state->recent += fmax(RECENT, of_hour) * (value - state->recent);
  if (!enough)
    return 0;
  double above = fmin(state->hourly, state->recent) - known.max;
  double below = known.min - fmax(state->hourly, state->recent);
  return fmax(0, fmax(above, below)) / width;
}

double drift_step(drift_t *drift, const columns_t *columns,
                  const double *values, double window, bool learn,
                  bool flagged) {
  double hours = DETECTOR_HOURS / window;
  double furthest = 0;
  for (size_t i = 0; i < drift->features_num; i++) {
    state_t *state = &drift->states[i];
    double deviation = columns_deviation(columns, i);
    if (isfinite(values[i]))
      furthest =
          fmax(furthest, step_feature(state, values[i], deviation, hours));
    else if (isnan(deviation))
      forget(state);
    if (learn && state->seen) {
      span_t *block = block_ago(drift, state, 0);
      *block = joined(*block, (span_t){state->hourly, state->hourly});
    }
  }
  if (learn)
    drift->filled += hours;
  if (drift->filled >= BLOCK_HOURS)
    next_block(drift);

  double drifted = furthest / (flagged ? TOLERATED_HELD : TOLERATED);
  if (drifted <= 1)
    return drifted;
  /* One frame is told of, though it may be longer than an hour. */
  bool told = drift->held > 0;
  drift->held += hours;
  if (told && drift->held > HELD) {
    drift_know(drift);
    return 0;
  }
  drift->held = fmin(HELD, drift->held);
  return drifted;
}

void drift_inherit(drift_t *drift, size_t feature, const drift_t *others,
                   size_t others_feature) {
  drift->block = others->block;
  drift->filled = others->filled;
  drift->unknown = others->unknown;
  drift->held = others->held;
  drift->states[feature] = others->states[others_feature];
}

void drift_image(drift_t *drift, image_t *image) {
  double max = 2 * SCALER_VALUE_MAX;
  image_u32(image, &drift->block, 0, BLOCKS - 1);
  image_f64(image, &drift->filled, 0, BLOCK_HOURS);
  image_u32(image, &drift->unknown, 1, UNKNOWN);
  image_f64(image, &drift->held, 0, HELD);
  for (size_t i = 0; i < drift->features_num; i++) {
    state_t *state = &drift->states[i];
    image_bool(image, &state->seen);
    image_f64(image, &state->hourly, -max, max);
    image_f64(image, &state->recent, -max, max);
    for (size_t k = 0; k < BLOCKS; k++) {
      image_f64(image, &state->blocks[k].min, -max, max);
      image_f64(image, &state->blocks[k].max, -max, max);
    }
  }
  if (image->in != NULL)
    refresh_known(drift);
}

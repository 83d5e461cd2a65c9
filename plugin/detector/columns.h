/* SPDX-License-Identifier: MIT */
/*
 * columns.h -- from a frame's values to what the forest looks at
 *
 * Three columns a feature: the value, standardised by its own running mean and
 * deviation; the mean of that over the last ten frames; and the logarithm of
 * its deviation within these ten frames, standardised in turn. So a jump, a
 * drift and a change of restlessness are each far out in some column.
 *
 * Missing values: a feature that was never seen has its columns at 0, as does
 * one that is new (until its moments mean something). One that is missing
 * keeps its columns for two frames and has "fallen silent" at the third: its
 * columns go to 0 and its window starts afresh, so its return is no jump. The
 * silence itself is news as long as it is rare, see columns_state().
 */
#ifndef ANOMALY_COLUMNS_H
#define ANOMALY_COLUMNS_H

#include "plugin/detector/detector.h"
#include "plugin/detector/image.h"

#define COLUMNS_PER_FEATURE 3

/* Column j of features_num * COLUMNS_PER_FEATURE belongs to this feature: all
 * values come first, then all means, then all deviations. */
static inline size_t columns_feature(size_t column, size_t features_num) {
  return column % features_num;
}

typedef struct columns_s columns_t;

/* `features` must outlive the columns. NULL: out of memory. */
columns_t *columns_create(const detector_feature_t *features,
                          size_t features_num);
void columns_destroy(columns_t *columns);
size_t columns_size(size_t features_num); /* bytes */

/* Judges features_num values by what was learned before and writes their
 * columns (fixed.h), then learns them; without `learn` the last ten frames are
 * all that changes.
 * window: frames in the detector's window at the present cadence, > 0 */
void columns_step(columns_t *columns, const double *values, double window,
                  bool learn, int16_t *row);

/* Time has passed unseen: the ten frames start afresh. */
void columns_gap(columns_t *columns);

/* Takes over what was learned of a feature by others. */
void columns_inherit(columns_t *columns, size_t feature,
                     const columns_t *others, size_t others_feature);

/* Whether a feature can be told anything of. */
typedef enum {
  FEATURE_ABSENT,  /* never seen, or silent and nobody wonders */
  FEATURE_PRESENT, /* there, or missing for a frame or two */
  FEATURE_SILENT,  /* fallen silent, and that is news: more than two silences a
                      window make it a habit, it is none after eight hours
                      or the first frame, whichever is longer, and forgotten
                      after 23.5 (DETECTOR_HOURS) */
} feature_state_t;

feature_state_t columns_state(const columns_t *columns, size_t feature);

/* What the feature's value column would be for `value` by what has been learned
 * so far, in standard deviations within +-FIXED_CLIP; 0 while it is new, and
 * for what is not finite. */
double columns_standardise(const columns_t *columns, size_t feature,
                           double value);

/* The feature's deviation in its unit, by what it was up to now: > 0. NaN: it
 * has not been seen, or was forgotten. */
double columns_deviation(const columns_t *columns, size_t feature);

/* How little the feature jumps, above 0, at most 1: its deviation as a share of
 * the one that it has if its jumps count in full. */
double columns_steadiness(const columns_t *columns, size_t feature);

/* Both directions; see image.h. */
void columns_image(columns_t *columns, image_t *image);

#endif /* ANOMALY_COLUMNS_H */

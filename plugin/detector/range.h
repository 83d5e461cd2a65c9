/* SPDX-License-Identifier: MIT */
/*
 * range.h -- a feature's usual range
 *
 * For people, not for the score: the central 96 % of a feature's unflagged
 * values, from a sample of them spread over the window.
 */
#ifndef ANOMALY_RANGE_H
#define ANOMALY_RANGE_H

#include "plugin/detector/image.h"
#include "plugin/detector/random.h"

#define RANGE_SAMPLE 160

/* All zero: nothing seen yet. */
typedef struct {
  uint64_t seen;              /* values offered */
  float sample[RANGE_SAMPLE]; /* min(seen, RANGE_SAMPLE) of them */
} range_t;

/* Offers a finite value; `window`: values in the window, > 0. */
void range_offer(range_t *range, double value, double window, random_t *random);

/* The 2nd and the 98th percentile; NaN while nothing has been seen. */
void range_usual(const range_t *range, double *low, double *high);

/* Both directions; see image.h. */
void range_image(range_t *range, image_t *image);

#endif /* ANOMALY_RANGE_H */

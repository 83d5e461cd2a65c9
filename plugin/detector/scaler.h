/* SPDX-License-Identifier: MIT */
/*
 * scaler.h -- running mean and variance of one column
 *
 * Exponentially weighted, so that "usual" follows the series; the frozen
 * moments of a prefix rank clearly worse.
 */
#ifndef ANOMALY_SCALER_H
#define ANOMALY_SCALER_H

#include "plugin/detector/image.h"

/* A value beyond this is treated as this: its square still is finite. */
#define SCALER_VALUE_MAX 1e150

/* All zero: nothing seen yet. */
typedef struct {
  double mean;
  double variance; /* of the population; >= 0 */
  double wide;     /* the same if far values count in full, see below */
  uint64_t rows;   /* values learned */
} scaler_t;

/* How far `value` is from the mean, in standard deviations, unclipped. The
 * first `dead` units of the distance do not count (continuously, so a value
 * just beyond hardly counts either), and the deviation is taken to be at least
 * `floor` > 0. */
double scaler_standardise(const scaler_t *scaler, double value, double dead,
                          double floor);

/* Learns `value`, |value| <= SCALER_VALUE_MAX, with weight
 * 1 / min(values learned, window): the plain mean and variance of the first
 * `window` values, exponentially weighted ones from then on
 * (Finch, "Incremental calculation of weighted mean and variance", 2009).
 * `floor` as above bounds from below the step by which a far value may move
 * them, so that one absurd value cannot blind the column for good.
 *
 * A column that jumps far now and then therefore never learns that it does:
 * each jump stays a sensation. `wide` learns it: there a value counts for what
 * it is, except that no single one more than doubles the variance. */
void scaler_learn(scaler_t *scaler, double value, double window, double floor);

/* Both directions; see image.h. */
void scaler_image(scaler_t *scaler, image_t *image);

#endif /* ANOMALY_SCALER_H */

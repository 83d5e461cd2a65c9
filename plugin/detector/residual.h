/* SPDX-License-Identifier: MIT */
/*
 * residual.h -- what the other columns do not explain
 *
 * Metrics move together: a busy hour raises cpu, memory and network alike.
 * With P the inverse of the columns' regularised second moments S + 0.1 I,
 *
 *     r_j = (P v)_j / sqrt(P_jj)
 *
 * is the standardised error of predicting column j from all others by ridge
 * regression, i.e. small in a busy hour and large when the pattern breaks
 * (partial regression by the precision matrix: Whittaker, "Graphical Models in
 * Applied Multivariate Statistics", 1990, section 5.8).
 *
 * Inverting takes n^3 / 2 operations, too many for one frame with many
 * features. The symmetric sweep (Goodnight, "A tutorial on the SWEEP
 * operator", 1979) inverts in place, a pivot at a time, so it is spread over
 * frames while the previous inverse serves.
 */
#ifndef ANOMALY_RESIDUAL_H
#define ANOMALY_RESIDUAL_H

#include "plugin/detector/detector.h"
#include "plugin/detector/image.h"

#include <stddef.h>
#include <stdint.h>

#define RESIDUAL_COLUMNS_MAX (3 * DETECTOR_FEATURES_MAX)

typedef struct residual_s residual_t;

/* Until enough rows are learned the columns count as uncorrelated. NULL: out of
 * memory. */
residual_t *residual_create(size_t columns_num);
void residual_destroy(residual_t *residual);
size_t residual_size(size_t columns_num); /* bytes */

/* Writes columns_num residuals of the row, both in fixed.h's format, and
 * returns the squared Mahalanobis length v'Pv per column, >= 0. */
double residual_apply(const residual_t *residual, const int16_t *row,
                      int16_t *residuals);

/* Writes the columns_num weights whose dot product with a row (in units, see
 * fixed_float()) is residual `column`. */
void residual_weights(const residual_t *residual, size_t column,
                      float *weights);

/* Learns the row with weight 1 / min(rows, window) and carries the renewal of
 * the inverse forward by a few pivots. `length` is what residual_apply() said
 * of the row: an unusually long one counts for less, lest an incident teaches
 * that its columns belong together. */
void residual_learn(residual_t *residual, const int16_t *row, double length,
                    double window);

/* Both directions; see image.h. */
void residual_image(residual_t *residual, image_t *image);

#endif /* ANOMALY_RESIDUAL_H */

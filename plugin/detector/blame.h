/* SPDX-License-Identifier: MIT */
/*
 * blame.h -- which features a frame is anomalous by
 *
 * To blame is what is unlike itself and unlike what the others let expect. In a
 * busy hour all features are far out but explain each other; and where one
 * breaks a pattern, the residuals of the others grow as well, but they are
 * where they use to be. And what jumps every other hour is not to blame for
 * jumping again. So with value z, mean m, their residuals and the feature's
 * steadiness s (columns.h)
 *
 *     blame = (|r_z| + |r_m|) (s max(|z|, |m|))^2
 *
 * smoothed over the last frames as the score is. (On labelled incidents this
 * names a causing feature first in nine of ten; the deviation columns only
 * mislead here.)
 */
#ifndef ANOMALY_BLAME_H
#define ANOMALY_BLAME_H

#include "plugin/detector/columns.h"
#include "plugin/detector/image.h"

/* All zero: no frame yet. */
typedef struct {
  float smoothed[DETECTOR_FEATURES_MAX]; /* 0..BLAME_MAX */
} blame_t;

/* Takes the frame that the columns of n features stepped last: its row and its
 * residuals (fixed.h). An absent feature gets no blame, a silent one the most.
 */
void blame_step(blame_t *blame, const columns_t *columns, const int16_t *row,
                const int16_t *residuals, size_t n);

/* The shares of n features, each > 0 or exactly 0, together 1. If nothing
 * stands out, the first feature takes it all. */
void blame_shares(const blame_t *blame, size_t n, double *shares);

/* Both directions; see image.h. */
void blame_image(blame_t *blame, size_t n, image_t *image);

#endif /* ANOMALY_BLAME_H */

/* SPDX-License-Identifier: MIT */
/*
 * drift.h -- whether the hours of a feature have left all that they were
 *
 * What grows slowly is learned on its way: no frame is far from those before
 * it. So each feature's hourly mean is held against the range of hourly means
 * of the last week, without the last day, which what is growing now has shaped
 * already. A day is 24 hours, see DETECTOR_HOURS.
 */
#ifndef ANOMALY_DRIFT_H
#define ANOMALY_DRIFT_H

#include "plugin/detector/columns.h"

typedef struct drift_s drift_t;

/* NULL: out of memory. */
drift_t *drift_create(size_t features_num);
void drift_destroy(drift_t *drift);
size_t drift_size(size_t features_num); /* bytes */

/* Takes a frame in; `values` as in a frame, NaN: missing, after columns_step()
 * took the same; `window` > 0 in rows, `learn`: as there. `flagged`: the frame
 * before was.
 *
 * Returns how far the furthest feature has drifted as a multiple of what is
 * tolerated: >= 0, and above 1 it is an anomaly. That takes two days of
 * history beside the last one. It lasts for an hour, or a frame that is longer;
 * then it is known. */
double drift_step(drift_t *drift, const columns_t *columns,
                  const double *values, double window, bool learn,
                  bool flagged);

/* All that was up to now is known: a run has told it. */
void drift_know(drift_t *drift);

/* Takes over what others know of a feature. */
void drift_inherit(drift_t *drift, size_t feature, const drift_t *others,
                   size_t others_feature);

/* Both directions; see image.h. */
void drift_image(drift_t *drift, image_t *image);

#endif /* ANOMALY_DRIFT_H */

/* SPDX-License-Identifier: MIT */
/*
 * expected.h -- what somebody has called normal although it looks otherwise
 *
 * A nightly backup, a release, a load test: a person says of a run that it was
 * to be expected, and the like of it shall not be flagged again. Waiting until
 * the model gets used to it would take days, so the run's frames are kept as
 * examples.
 *
 * With the standardised values z of a frame and e of an example, the frame is
 * expected when for some s in 0..1, the best fit, every feature has
 *
 *     |z - s e| <= 1.5 + |s e| / 4,
 *
 * or both |z| and |s e| are usual, and s e is not usual throughout. That is:
 * the same features are off, in the same direction and proportion, and hardly
 * farther. The smaller s are for intervals that the event covers in part. Only
 * values are compared: the means and deviations of the last frames follow from
 * them, so for as long as these last a frame whose values are usual again is
 * expected as well.
 *
 * Examples are kept as values and standardised by the columns' present moments
 * whenever they are looked at: what is usual may drift, a backup does not.
 */
#ifndef ANOMALY_EXPECTED_H
#define ANOMALY_EXPECTED_H

#include "plugin/detector/columns.h"
#include "plugin/detector/image.h"

/* Examples kept, the oldest are given up first; and added by one lesson. */
#define EXPECTED_MAX 64
#define EXPECTED_A_LESSON 16

typedef struct expected_s expected_t;

/* NULL: out of memory. */
expected_t *expected_create(size_t features_num);
void expected_destroy(expected_t *expected);
size_t expected_size(size_t features_num); /* bytes */

/* Learns up to EXPECTED_A_LESSON examples, evenly spread, of n rows with
 * features_num values each (not finite: missing). Rows that hardly differ from
 * usual ones or from an example are passed over. Returns how many were added.
 */
size_t expected_learn(expected_t *expected, const columns_t *columns,
                      const double *rows, size_t n);

/* Whether the values of the frame that the columns stepped last are expected;
 * once a frame, in order. Examples are looked at only for a `suspicious` one,
 * and no other is ever expected. */
bool expected_step(expected_t *expected, const columns_t *columns,
                   const double *values, bool suspicious);

/* Both directions; see image.h. */
void expected_image(expected_t *expected, image_t *image);

#endif /* ANOMALY_EXPECTED_H */

/* SPDX-License-Identifier: MIT */
/*
 * reservoir.h -- a bounded sample of the window's rows
 *
 * A row enters with chance capacity / min(rows seen, rows in the window) and
 * replaces a random one: uniform over all rows at first (Vitter, "Random
 * sampling with a reservoir", 1985), later biased to about a window's age.
 */
#ifndef ANOMALY_RESERVOIR_H
#define ANOMALY_RESERVOIR_H

#include "plugin/detector/image.h"
#include "plugin/detector/random.h"

typedef struct reservoir_s reservoir_t;

/* NULL: out of memory. */
reservoir_t *reservoir_create(size_t capacity, size_t columns_num);
void reservoir_destroy(reservoir_t *reservoir);
size_t reservoir_size(size_t capacity, size_t columns_num); /* bytes */

/* Offers a row of columns_num numbers; `window`: rows in the window, > 0. */
void reservoir_offer(reservoir_t *reservoir, const int16_t *row, double window,
                     random_t *random);

size_t reservoir_rows(const reservoir_t *reservoir); /* 0..capacity */

/* Row i < reservoir_rows(); valid until the next offer. Rows lie one behind the
 * other. */
const int16_t *reservoir_row(const reservoir_t *reservoir, size_t i);

/* Both directions, numbers within -max..max; see image.h. */
void reservoir_image(reservoir_t *reservoir, image_t *image, int16_t max);

#endif /* ANOMALY_RESERVOIR_H */

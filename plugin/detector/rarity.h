/* SPDX-License-Identifier: MIT */
/*
 * rarity.h -- how seldom residuals are as large as this
 *
 * A residual of 5 is nothing in a column that jumps every hour and a sensation
 * in one that never does. Each column keeps a histogram of its residuals'
 * sizes over the window; the rarity of a residual is -ln of the share of them
 * that are at least as large: 0 for the most ordinary, 9 for one row in 10,000.
 */
#ifndef ANOMALY_RARITY_H
#define ANOMALY_RARITY_H

#include "plugin/detector/image.h"

typedef struct rarity_s rarity_t;

/* NULL: out of memory. */
rarity_t *rarity_create(size_t columns_num);
void rarity_destroy(rarity_t *rarity);
size_t rarity_size(size_t columns_num); /* bytes */

/* Rarities are at most this. */
#define RARITY_MAX 30

/* Writes the rarities of columns_num residuals (fixed.h), each >= 0, and
 * returns the mean of their squares. */
double rarity_judge(const rarity_t *rarity, const int16_t *residuals,
                    float *rarities);

/* Learns them; exponentially forgotten over `window` > 0 rows. */
void rarity_learn(rarity_t *rarity, const int16_t *residuals, double window);

/* Both directions; see image.h. */
void rarity_image(rarity_t *rarity, image_t *image);

#endif /* ANOMALY_RARITY_H */

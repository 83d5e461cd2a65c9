/* SPDX-License-Identifier: MIT */
/*
 * dots.h -- a column of many rows that is a weighted sum of their others
 *
 * Trees ask for such columns (residual.h) of a few hundred rows at a time, each
 * of up to 192 numbers: with many features that is most of what growing a tree
 * costs. With 38 features and four rows at a time, 0.9 of a tree's 1.2 million
 * instructions are here, row by row it would be 1.9. An AVX2 version takes 0.5,
 * and would be a second one to get every bit right.
 */
#ifndef ANOMALY_DOTS_H
#define ANOMALY_DOTS_H

#include <stddef.h>
#include <stdint.h>

/* values[i] becomes the dot product of n weights and row rows[i], clipped, for
 * i < rows_num. Rows have n numbers (fixed.h) each and lie one behind the
 * other. The numbers of a row are added up in four partial sums, each in the
 * order of the columns, so the result depends neither on the compiler nor on
 * the other rows. */
void dots(const float *weights, const int16_t *cells, size_t n,
          const uint32_t *rows, size_t rows_num, int16_t *values);

#endif /* ANOMALY_DOTS_H */

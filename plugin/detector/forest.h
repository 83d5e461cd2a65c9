/* SPDX-License-Identifier: MIT */
/*
 * forest.h -- an isolation forest
 *
 * Liu, Ting and Zhou, "Isolation forest" (ICDM 2008): random splits isolate an
 * outlier after fewer steps than an ordinary row.
 *
 * Two things differ from the paper. The split of a column is drawn from the
 * range of the node's rows widened by four times its width on both sides, so
 * what lies beyond everything seen falls out early, and the farther the
 * earlier; a column that was constant is split as well. And since most padded
 * splits cut off empty space, trees are 20 levels deeper than log2(rows).
 *
 * Trees are flat arrays of 6-byte nodes, eight trees walk at once so that their
 * memory accesses overlap, and a leaf leads to itself, so that the walk needs
 * no branch.
 */
#ifndef ANOMALY_FOREST_H
#define ANOMALY_FOREST_H

#include "plugin/detector/image.h"
#include "plugin/detector/random.h"

#define FOREST_ROWS_MAX 4096

/* A row to be scored has this behind its last column. */
#define FOREST_END INT16_MIN

typedef struct forest_s forest_t;

/* Where a tree gets its rows from: writes the column's numbers of n rows,
 * greater than FOREST_END. */
typedef void forest_column_f(const void *source, size_t column,
                             const uint32_t *rows, size_t n, int16_t *values);

/* A forest of no trees yet, of sample_size rows a tree, 2..FOREST_ROWS_MAX.
 * NULL: out of memory. */
forest_t *forest_create(size_t trees, size_t sample_size, size_t columns_num);
void forest_destroy(forest_t *forest);
size_t forest_size(size_t trees, size_t sample_size); /* bytes */

/* Grows tree number `tree` anew from n >= 1 rows; at most sample_size. */
void forest_build(forest_t *forest, size_t tree, const uint32_t *rows, size_t n,
                  forest_column_f *column, const void *source,
                  random_t *random);

/* How many trees have been grown, and whether all have. The first time they
 * must be grown in order. */
size_t forest_grown(const forest_t *forest);
bool forest_ready(const forest_t *forest);

/* The anomaly score 2^(-E(h) / c(sample_size)) of a row of columns_num numbers
 * and FOREST_END: above 0, at most 1. The forest must be ready. */
double forest_score(const forest_t *forest, const int16_t *row);

/* c(n): the mean path length of an unsuccessful search in a binary search tree
 * of n keys (equation 1 of the paper), 0 for n <= 1. */
double forest_mean_path(size_t n);

/* Both directions; see image.h. */
void forest_image(forest_t *forest, image_t *image);

#endif /* ANOMALY_FOREST_H */

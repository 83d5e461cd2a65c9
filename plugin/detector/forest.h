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
 * Layout: trees are flat arrays of 6-byte nodes, breadth-first (see
 * forest_nodes.h). A row walks down twenty trees at once, so that their memory
 * accesses overlap, and always the same number of steps: a leaf leads to
 * itself, so there is nothing to mispredict. Many rows are better off when a
 * tree is evaluated whole for 64 of them at a time (forest_block.h). 100 trees
 * of 256 rows on a Zen 4 core, ns a row with 5 columns (38):
 *
 *                                       one row       of 100,000 rows
 *     the paper's trees, 8 levels       615 (640)     260 (290)
 *     padded trees, 28 levels         1,500 (1,500)   330 (315)
 *     scikit-learn 1.2, 8 levels       1.6e7          13,200 (17,300)
 *
 * Tried for one row, padded: the same with 8 trees at once 1,670, 10 1,600, 25
 * 1,510, 100 2,000; 8-byte nodes in one array 1,600; threshold, column and step
 * in an array each 1,850; 6-byte structures 1,700 to 6,000; all fields in one
 * 32-bit word 2,000. Every field in 16-bit structures with 8 trees, whose state
 * does not stay in registers: 3,900. A padded tree cannot be walked in fewer
 * steps: nine rows of ten go down all 28 levels, and with 30 columns or more
 * hardly any split is implied by one above it.
 */
#ifndef ANOMALY_FOREST_H
#define ANOMALY_FOREST_H

#include "plugin/detector/image.h"
#include "plugin/detector/random.h"

#define FOREST_ROWS_MAX 4096

#define FOREST_COLUMNS_MAX 384
#define FOREST_DEPTH_MAX 32 /* log2(FOREST_ROWS_MAX), and 20 when padded */

/* Widths of padding on each side of a node's range; 0 makes the paper's
 * trees. */
#define FOREST_PADDING 4

typedef struct forest_s forest_t;

/* Where a tree gets its rows from: writes the column's numbers (fixed.h) of n
 * rows. */
typedef void forest_column_f(const void *source, size_t column,
                             const uint32_t *rows, size_t n, int16_t *values);

/* A forest of no trees yet, of sample_size rows a tree, 2..FOREST_ROWS_MAX,
 * with 1..FOREST_COLUMNS_MAX columns. NULL: out of memory. */
forest_t *forest_create(size_t trees, size_t sample_size, size_t columns_num,
                        unsigned padding);
void forest_destroy(forest_t *forest);
size_t forest_size(size_t trees, size_t sample_size,
                   unsigned padding); /* bytes */

/* Grows tree number `tree` anew from n >= 1 rows; at most sample_size. */
void forest_build(forest_t *forest, size_t tree, const uint32_t *rows, size_t n,
                  forest_column_f *column, const void *source,
                  random_t *random);

/* How many trees have been grown, and whether all have. The first time they
 * must be grown in order. */
size_t forest_grown(const forest_t *forest);
bool forest_ready(const forest_t *forest);

/* The anomaly score 2^(-E(h) / c(sample_size)) of a row of columns_num
 * numbers (fixed.h): above 0, at most 1. The forest must be ready. */
double forest_score(const forest_t *forest, const int16_t *row);

/* The same of many rows at once, several times as fast: the numbers of column c
 * are cells[c * stride + row]. `stride` is a multiple of FOREST_BLOCK and at
 * least `rows`; what lies beyond `rows` does not matter.
 * 0, or -1: out of memory. */
#define FOREST_BLOCK 64
int forest_scores(const forest_t *forest, const int16_t *cells, size_t stride,
                  size_t rows, double *scores);

/* c(n): the mean path length of an unsuccessful search in a binary search tree
 * of n keys (equation 1 of the paper), 0 for n <= 1. */
double forest_mean_path(size_t n);

/* Both directions; see image.h. */
void forest_image(forest_t *forest, image_t *image);

#endif /* ANOMALY_FOREST_H */

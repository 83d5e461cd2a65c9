/* SPDX-License-Identifier: MIT */
/*
 * forest_block.h -- many rows walk a tree at once
 *
 * A block of 64 rows goes down a tree together: every split compares all of
 * them in a few instructions, whether they have come to it or not, and divides
 * those that have. So there are no branches and no addresses that wait for what
 * was just loaded. Row by row, most of the time is spent waiting.
 *
 * That takes wide registers, so there are versions for kinds of processors. All
 * give the same bits: path lengths are whole numbers.
 *
 * Tried and given up: SSE2 (1.5 times slower than row by row), AVX-512 (mask
 * registers; 1.1 times slower than AVX2 on Zen 4), passing by the parts of a
 * tree that no row of the block has come to (5 times slower: where to go next
 * waits for the comparison), adding up every leaf's path instead of counting
 * splits and adding what leaves have beyond their depth (twice as slow).
 */
#ifndef ANOMALY_FOREST_BLOCK_H
#define ANOMALY_FOREST_BLOCK_H

#include "plugin/detector/forest.h"

/* A tree's nodes, made ready for walking. */
typedef struct plan_s plan_t;

/* Adds to sums[i] the length of row i's path, of FOREST_BLOCK rows. Number i of
 * column c is cells[c * stride + i]; `reached` is room for FOREST_BLOCK bytes a
 * node, aligned to as many. */
typedef void forest_paths_f(const plan_t *plan, const int16_t *cells,
                            size_t stride, void *reached, int32_t *sums);

typedef struct {
  const char *name;
  bool (*supported)(void); /* by this processor */
  forest_paths_f *paths;   /* NULL: row by row */
} forest_version_t;

/* The best first; the last one runs everywhere. */
#define FOREST_VERSIONS 2
extern const forest_version_t forest_versions[FOREST_VERSIONS];

/* forest_scores() by this version, which must be supported. */
int forest_scores_by(const forest_version_t *version, const forest_t *forest,
                     const int16_t *cells, size_t stride, size_t rows,
                     double *scores);

#endif /* ANOMALY_FOREST_BLOCK_H */

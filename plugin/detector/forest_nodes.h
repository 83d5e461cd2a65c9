/* SPDX-License-Identifier: MIT */
/*
 * forest_nodes.h -- how a forest lies in memory
 *
 * Private to the modules that walk it. A node is a 32-bit word beside a column.
 * The word's upper half is the split's threshold as an unsigned number, its
 * lower half how many nodes ahead its first child is; the second one follows.
 * A row's number in the upper half above a lower half of all ones compares with
 * the whole word as it does with the threshold, so nothing needs unpacking:
 *
 *     at += step + (key[column] >= node)
 *
 * A leaf has the path length that it stands for as its threshold, a step of 0
 * and a column behind all others whose key is 0: it leads to itself.
 */
#ifndef ANOMALY_FOREST_NODES_H
#define ANOMALY_FOREST_NODES_H

#include "plugin/detector/forest.h"

/* Path lengths are in 512ths, (FOREST_DEPTH_MAX + c(4096)) * 512 < 2^15. */
#define FOREST_PATH_ONE 512

struct forest_s {
  size_t trees;
  size_t sample_size;
  size_t columns_num;
  unsigned padding;
  size_t nodes_max;   /* a tree */
  uint32_t depth_max; /* of a tree */
  double mean_path;   /* c(sample_size) */
  uint32_t grown;     /* trees grown at least once; they are the first ones */
  uint32_t *nodes;    /* nodes_max of each tree, breadth-first; and behind
                         them a leaf of length 0 */
  uint16_t *columns;  /* the same */
  uint16_t *counts;   /* nodes of each tree */
};

static inline uint32_t forest_node(int threshold, size_t step) {
  return (uint32_t)(threshold - INT16_MIN) << 16 | (uint32_t)step;
}

static inline int forest_threshold(uint32_t node) {
  return (int)(node >> 16) + INT16_MIN;
}

static inline uint32_t forest_step(uint32_t node) { return node & 0xffff; }

static inline uint32_t forest_key(int16_t number) {
  return forest_node(number, 0xffff);
}

/* The score of a row whose path lengths in all trees sum up to this. */
double forest_score_of(const forest_t *forest, int64_t sum);

#endif /* ANOMALY_FOREST_NODES_H */

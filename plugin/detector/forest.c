/* SPDX-License-Identifier: MIT */
#include "plugin/detector/forest.h"

#include "plugin/detector/fixed.h"

#include <math.h>
#include <stdlib.h>

#define PADDING 4
#define WIDTH_MIN (FIXED_ONE / 5) /* of a node's range, before padding */
#define EXTRA_DEPTH 20
#define LANES 8

/* Path lengths are in 512ths: (12 + EXTRA_DEPTH + c(4096)) * 512 < 2^15. */
#define PATH_ONE 512

typedef struct {
  int16_t threshold; /* a smaller number goes to `child`, else to child + 1;
                        in a leaf the path length that it stands for */
  uint16_t column;   /* in a leaf columns_num: FOREST_END is there, smaller than
                        any threshold, so the walk stays */
  uint16_t child;    /* in a leaf the leaf itself */
} node_t;

struct forest_s {
  size_t trees;
  size_t sample_size;
  size_t columns_num;
  size_t nodes_max;   /* a tree */
  uint32_t depth_max; /* of a tree */
  double mean_path;   /* c(sample_size) */
  uint32_t grown;     /* trees grown at least once; they are the first ones */
  uint16_t *counts;   /* nodes of each tree */
  node_t *nodes;      /* nodes_max of each tree */
};

/* Trees of n rows take about 0.6 n nodes (most leaves are empty space and
 * most rows share one); the few that want more are cut short. */
static size_t nodes_max(size_t sample_size) {
  return sample_size + sample_size / 8 + 8;
}

size_t forest_size(size_t trees, size_t sample_size) {
  return sizeof(forest_t) +
         trees * (sizeof(uint16_t) + nodes_max(sample_size) * sizeof(node_t));
}

forest_t *forest_create(size_t trees, size_t sample_size, size_t columns_num) {
  forest_t *forest = calloc(1, forest_size(trees, sample_size));
  if (forest == NULL)
    return NULL;
  forest->trees = trees;
  forest->sample_size = sample_size;
  forest->columns_num = columns_num;
  forest->nodes_max = nodes_max(sample_size);
  forest->depth_max = (uint32_t)ceil(log2((double)sample_size)) + EXTRA_DEPTH;
  forest->mean_path = forest_mean_path(sample_size);
  forest->counts = (uint16_t *)(forest + 1);
  forest->nodes = (node_t *)(forest->counts + trees);
  return forest;
}

void forest_destroy(forest_t *forest) { free(forest); }

double forest_mean_path(size_t n) {
  static const double euler = 0.57721566490153286;
  if (n <= 1)
    return 0;
  if (n == 2)
    return 1;
  double last = (double)n - 1;
  return 2 * (log(last) + euler) - 2 * last / (double)n;
}

/* A tree being grown: nodes are numbered breadth-first, so the ones still to be
 * split form a queue, and a tree that runs out of nodes loses its deepest
 * level everywhere alike. */
typedef struct {
  node_t *nodes;
  size_t count;
  struct {
    uint16_t first, n; /* the node's rows in `rows` */
    uint8_t depth;
  } parts[FOREST_ROWS_MAX + FOREST_ROWS_MAX / 8 + 8];
  uint32_t rows[FOREST_ROWS_MAX];
  int16_t values[FOREST_ROWS_MAX]; /* of one node's rows, in one column */
} growth_t;

static int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

static int16_t draw_threshold(const int16_t *values, size_t n,
                              random_t *random) {
  int low = values[0], high = values[0];
  for (size_t i = 1; i < n; i++) {
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
  }
  int pad = PADDING * (high - low > WIDTH_MIN ? high - low : WIDTH_MIN);
  int span = high - low + 2 * pad;
  int drawn = low - pad + (int)random_below(random, (uint64_t)span + 1);
  /* Nothing lies beyond the clip, so no threshold needs to. */
  return (int16_t)clamp(drawn, -FIXED_MAX, FIXED_MAX + 1);
}

/* Moves the rows below the threshold to the front; returns how many. */
static size_t partition(uint32_t *rows, int16_t *values, size_t n,
                        int16_t threshold) {
  size_t low = 0, high = n;
  while (low < high) {
    if (values[low] < threshold) {
      low++;
      continue;
    }
    high--;
    uint32_t row = rows[low];
    rows[low] = rows[high];
    rows[high] = row;
    values[low] = values[high]; /* the other one is not looked at again */
  }
  return low;
}

/* Adds a child; a leaf until it is split. */
static void add_node(growth_t *growth, size_t first, size_t n, unsigned depth,
                     size_t columns_num) {
  size_t i = growth->count++;
  growth->parts[i].first = (uint16_t)first;
  growth->parts[i].n = (uint16_t)n;
  growth->parts[i].depth = (uint8_t)depth;
  double path = depth + forest_mean_path(n);
  growth->nodes[i] = (node_t){.threshold = (int16_t)lround(path * PATH_ONE),
                              .column = (uint16_t)columns_num,
                              .child = (uint16_t)i};
}

static void split_node(const forest_t *forest, growth_t *growth, size_t i,
                       forest_column_f *column, const void *source,
                       random_t *random) {
  size_t n = growth->parts[i].n, first = growth->parts[i].first;
  unsigned depth = growth->parts[i].depth;
  uint32_t *rows = growth->rows + first;
  uint32_t drawn = random_below(random, forest->columns_num);
  column(source, drawn, rows, n, growth->values);
  int16_t threshold = draw_threshold(growth->values, n, random);
  size_t below = partition(rows, growth->values, n, threshold);
  growth->nodes[i] = (node_t){.threshold = threshold,
                              .column = (uint16_t)drawn,
                              .child = (uint16_t)growth->count};
  add_node(growth, first, below, depth + 1, forest->columns_num);
  add_node(growth, first + below, n - below, depth + 1, forest->columns_num);
}

void forest_build(forest_t *forest, size_t tree, const uint32_t *rows, size_t n,
                  forest_column_f *column, const void *source,
                  random_t *random) {
  growth_t growth;
  growth.nodes = forest->nodes + tree * forest->nodes_max;
  growth.count = 0;
  for (size_t i = 0; i < n; i++)
    growth.rows[i] = rows[i];
  add_node(&growth, 0, n, 0, forest->columns_num);
  for (size_t i = 0; i < growth.count; i++)
    if (growth.parts[i].n > 1 && growth.parts[i].depth < forest->depth_max &&
        growth.count + 2 <= forest->nodes_max)
      split_node(forest, &growth, i, column, source, random);
  forest->counts[tree] = (uint16_t)growth.count;
  if (tree == forest->grown)
    forest->grown++;
}

size_t forest_grown(const forest_t *forest) { return forest->grown; }

bool forest_ready(const forest_t *forest) {
  return forest->grown == forest->trees;
}

/* The sum of the path lengths of up to LANES trees. */
static int32_t walk(const forest_t *forest, size_t tree, size_t lanes,
                    const int16_t *row) {
  const node_t *nodes[LANES] = {0};
  uint16_t at[LANES] = {0};
  for (size_t i = 0; i < LANES; i++)
    nodes[i] = forest->nodes + (tree + (i < lanes ? i : 0)) * forest->nodes_max;
  for (uint32_t depth = 0; depth < forest->depth_max; depth++)
    for (size_t i = 0; i < LANES; i++) {
      const node_t *node = nodes[i] + at[i];
      at[i] = (uint16_t)(node->child + (row[node->column] >= node->threshold));
    }
  int32_t sum = 0;
  for (size_t i = 0; i < lanes; i++)
    sum += nodes[i][at[i]].threshold;
  return sum;
}

double forest_score(const forest_t *forest, const int16_t *row) {
  int64_t sum = 0;
  for (size_t tree = 0; tree < forest->trees; tree += LANES) {
    size_t lanes = forest->trees - tree;
    sum += walk(forest, tree, lanes < LANES ? lanes : LANES, row);
  }
  double path = (double)sum / (double)forest->trees / PATH_ONE;
  return exp2(-path / forest->mean_path);
}

/* A node that was read must lead forward inside its tree, or be a leaf. */
static bool node_valid(const forest_t *forest, const node_t *node, size_t i,
                       size_t count) {
  if (node->column == forest->columns_num)
    return node->child == i && node->threshold >= 0;
  return node->column < forest->columns_num && node->child > i &&
         node->child + 1u < count && node->threshold > FOREST_END;
}

static void tree_image(forest_t *forest, size_t tree, image_t *image) {
  uint32_t count = forest->counts[tree];
  image_u32(image, &count, 1, (uint32_t)forest->nodes_max);
  forest->counts[tree] = (uint16_t)count;
  node_t *nodes = forest->nodes + tree * forest->nodes_max;
  for (size_t i = 0; i < count; i++) {
    node_t *node = &nodes[i];
    image_i16s(image, &node->threshold, 1, FOREST_END, INT16_MAX);
    image_u16(image, &node->column);
    image_u16(image, &node->child);
    if (node_valid(forest, node, i, count))
      continue;
    image_require(image, false);
    *node =
        (node_t){.column = (uint16_t)forest->columns_num, .child = (uint16_t)i};
  }
}

void forest_image(forest_t *forest, image_t *image) {
  image_u32(image, &forest->grown, 0, (uint32_t)forest->trees);
  for (size_t tree = 0; tree < forest->grown; tree++)
    tree_image(forest, tree, image);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/forest.h"

#include "plugin/detector/fixed.h"
#include "plugin/detector/forest_nodes.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH_MIN (FIXED_ONE / 5) /* of a node's range, before padding */
#define EXTRA_DEPTH 20            /* of padded trees */

/* Trees that walk at once. */
#define LANES 20

/* Trees of n rows whose splits are padded take about 0.6 n nodes (most leaves
 * are empty space and most rows share one); the few that want more are cut
 * short. Others take 2 n - 1 at most; the rest keeps the trees from lying a
 * power of two apart, where they would share the same lines of the cache (960
 * ns a row instead of 600). */
static size_t nodes_max(size_t sample_size, unsigned padding) {
  return padding > 0 ? sample_size + sample_size / 8 + 8 : 2 * sample_size + 32;
}

size_t forest_size(size_t trees, size_t sample_size, unsigned padding) {
  size_t nodes = trees * nodes_max(sample_size, padding) + 1;
  return sizeof(forest_t) + nodes * (sizeof(uint32_t) + sizeof(uint16_t)) +
         trees * sizeof(uint16_t);
}

forest_t *forest_create(size_t trees, size_t sample_size, size_t columns_num,
                        unsigned padding) {
  forest_t *forest = calloc(1, forest_size(trees, sample_size, padding));
  if (forest == NULL)
    return NULL;
  size_t nodes = trees * nodes_max(sample_size, padding) + 1;
  *forest = (forest_t){.trees = trees,
                       .sample_size = sample_size,
                       .columns_num = columns_num,
                       .padding = padding,
                       .nodes_max = nodes_max(sample_size, padding),
                       .depth_max = (uint32_t)ceil(log2((double)sample_size)) +
                                    (padding > 0 ? EXTRA_DEPTH : 0),
                       .mean_path = forest_mean_path(sample_size),
                       .nodes = (uint32_t *)(forest + 1),
                       .columns = (uint16_t *)(forest + 1) + 2 * nodes,
                       .counts = (uint16_t *)(forest + 1) + 3 * nodes};
  forest->nodes[nodes - 1] = forest_node(0, 0);
  forest->columns[nodes - 1] = (uint16_t)columns_num;
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
  uint32_t *nodes;
  uint16_t *columns;
  size_t count;
  struct {
    uint16_t first, n; /* the node's rows in `rows` */
    uint8_t depth;
  } parts[2 * FOREST_ROWS_MAX];
  uint32_t rows[FOREST_ROWS_MAX];
  int16_t values[FOREST_ROWS_MAX]; /* of one node's rows, in one column */
} growth_t;

static int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

/* The least and the greatest of n >= 1 values, of which eight are looked at in
 * a few instructions. */
static void find_range(const int16_t *values, size_t n, int *low, int *high) {
  enum { WIDTH = 8 };
  int16_t lows[WIDTH], highs[WIDTH];
  for (size_t k = 0; k < WIDTH; k++)
    lows[k] = highs[k] = values[0];
  size_t i = 0;
  for (; i + WIDTH <= n; i += WIDTH)
    for (size_t k = 0; k < WIDTH; k++) {
      int16_t value = values[i + k];
      lows[k] = value < lows[k] ? value : lows[k];
      highs[k] = value > highs[k] ? value : highs[k];
    }
  for (; i < n; i++) {
    lows[0] = values[i] < lows[0] ? values[i] : lows[0];
    highs[0] = values[i] > highs[0] ? values[i] : highs[0];
  }
  *low = lows[0];
  *high = highs[0];
  for (size_t k = 1; k < WIDTH; k++) {
    *low = lows[k] < *low ? lows[k] : *low;
    *high = highs[k] > *high ? highs[k] : *high;
  }
}

static int draw_threshold(int low, int high, int padding, random_t *random) {
  int pad = padding * (high - low > WIDTH_MIN ? high - low : WIDTH_MIN);
  int span = high - low + 2 * pad;
  int drawn = low - pad + (int)random_below(random, (uint64_t)span + 1);
  /* Nothing lies beyond the clip, so no threshold needs to. */
  return clamp(drawn, -FIXED_MAX, FIXED_MAX + 1);
}

/* Moves the rows below the threshold to the front; returns how many. */
static size_t partition(uint32_t *rows, int16_t *values, size_t n,
                        int threshold) {
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
  growth->nodes[i] = forest_node((int)lround(path * FOREST_PATH_ONE), 0);
  growth->columns[i] = (uint16_t)columns_num;
}

static void split_node(const forest_t *forest, growth_t *growth, size_t i,
                       forest_column_f *column, const void *source,
                       random_t *random) {
  size_t n = growth->parts[i].n, first = growth->parts[i].first;
  unsigned depth = growth->parts[i].depth;
  uint32_t *rows = growth->rows + first;
  uint32_t drawn = random_below(random, forest->columns_num);
  column(source, drawn, rows, n, growth->values);
  int low, high;
  find_range(growth->values, n, &low, &high);
  int threshold = draw_threshold(low, high, (int)forest->padding, random);
  /* Most padded splits have all rows on one side. */
  size_t below = threshold <= low ? 0
                 : threshold > high
                     ? n
                     : partition(rows, growth->values, n, threshold);
  growth->nodes[i] = forest_node(threshold, growth->count - i);
  growth->columns[i] = (uint16_t)drawn;
  add_node(growth, first, below, depth + 1, forest->columns_num);
  add_node(growth, first + below, n - below, depth + 1, forest->columns_num);
}

void forest_build(forest_t *forest, size_t tree, const uint32_t *rows, size_t n,
                  forest_column_f *column, const void *source,
                  random_t *random) {
  growth_t growth;
  growth.nodes = forest->nodes + tree * forest->nodes_max;
  growth.columns = forest->columns + tree * forest->nodes_max;
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

/* Path lengths as a score. */
double forest_score_of(const forest_t *forest, int64_t sum) {
  double path = (double)sum / (double)forest->trees / FOREST_PATH_ONE;
  return exp2(-path / forest->mean_path);
}

/* The sum of the path lengths of LANES trees, of those that there are. The
 * loops over them must be unrolled whole, or `at` would not be in registers. */
static int32_t walk(const forest_t *forest, size_t tree, const uint32_t *keys) {
  const uint32_t *nodes = forest->nodes;
  const uint16_t *columns = forest->columns;
  uint32_t at[LANES];
  size_t end = forest->trees * forest->nodes_max; /* a leaf of length 0 */
  size_t start = tree * forest->nodes_max;
#pragma GCC unroll 20
  for (size_t i = 0; i < LANES; i++, start += forest->nodes_max)
    at[i] = (uint32_t)(start < end ? start : end);
  for (uint32_t depth = 0; depth < forest->depth_max; depth++)
#pragma GCC unroll 20
    for (size_t i = 0; i < LANES; i++) {
      uint32_t node = nodes[at[i]];
      at[i] += forest_step(node) + (keys[columns[at[i]]] >= node);
    }
  int32_t sum = 0;
#pragma GCC unroll 20
  for (size_t i = 0; i < LANES; i++)
    sum += forest_threshold(nodes[at[i]]);
  return sum;
}

double forest_score(const forest_t *forest, const int16_t *row) {
  uint32_t keys[FOREST_COLUMNS_MAX + 1];
  for (size_t i = 0; i < forest->columns_num; i++)
    keys[i] = forest_key(row[i]);
  keys[forest->columns_num] = 0; /* smaller than any node: a leaf holds */
  int64_t sum = 0;
  for (size_t tree = 0; tree < forest->trees; tree += LANES)
    sum += walk(forest, tree, keys);
  return forest_score_of(forest, sum);
}

/* A node as it is stored: threshold, column and number of the first child, of
 * which a leaf is its own. */
typedef struct {
  int16_t threshold;
  uint16_t column, child;
} stored_t;

/* Three numbers of 16 bits each. There are tens of thousands of nodes, hence
 * one call. */
static void node_image(stored_t *node, image_t *image) {
  uint64_t bits = (uint16_t)node->threshold | (uint64_t)node->column << 16 |
                  (uint64_t)node->child << 32;
  image_u48(image, &bits);
  uint16_t threshold = (uint16_t)bits;
  memcpy(&node->threshold, &threshold, sizeof(threshold));
  node->column = (uint16_t)(bits >> 16);
  node->child = (uint16_t)(bits >> 32);
}

static void tree_image(forest_t *forest, size_t tree, image_t *image) {
  uint32_t count = forest->counts[tree];
  image_u32(image, &count, 1, (uint32_t)forest->nodes_max);
  forest->counts[tree] = (uint16_t)count;
  uint32_t *nodes = forest->nodes + tree * forest->nodes_max;
  uint16_t *columns = forest->columns + tree * forest->nodes_max;
  uint8_t depths[2 * FOREST_ROWS_MAX] = {0};
  size_t next = 1; /* the first child of the next node that has some */
  for (size_t i = 0; i < count; i++) {
    stored_t node = {.threshold = (int16_t)forest_threshold(nodes[i]),
                     .column = columns[i],
                     .child = (uint16_t)(i + forest_step(nodes[i]))};
    node_image(&node, image);
    bool leaf = node.column == forest->columns_num && node.child == i &&
                node.threshold >= 0;
    bool inner = node.column < forest->columns_num && node.child == next &&
                 next + 1 < count && depths[i] < forest->depth_max;
    image_require(image, leaf || inner);
    nodes[i] = forest_node(inner  ? node.threshold
                           : leaf ? node.threshold
                                  : 0,
                           inner ? next - i : 0);
    columns[i] = inner ? node.column : (uint16_t)forest->columns_num;
    if (inner) {
      depths[next] = depths[next + 1] = (uint8_t)(depths[i] + 1);
      next += 2;
    }
  }
  image_require(image, next == count);
}

void forest_image(forest_t *forest, image_t *image) {
  image_u32(image, &forest->grown, 0, (uint32_t)forest->trees);
  for (size_t tree = 0; tree < forest->grown; tree++)
    tree_image(forest, tree, image);
}

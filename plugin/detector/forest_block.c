/* SPDX-License-Identifier: MIT */
#include "plugin/detector/forest_block.h"

#include "plugin/detector/forest_nodes.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#define X86 1
#include <immintrin.h>
#endif

/* Rows that go down tree after tree: their sums stay in the nearest cache. */
#define CHUNK (16 * FOREST_BLOCK)

#define ALIGNMENT 64

struct plan_s {
  size_t splits_num;
  size_t leaves_num;
  struct {
    uint16_t at; /* its number in the tree */
    int16_t threshold;
    uint32_t column;
  } splits[FOREST_ROWS_MAX];
  struct {
    uint16_t at;
    uint16_t extra; /* its path is longer than its depth by so much */
  } leaves[FOREST_ROWS_MAX];
  uint8_t depths[2 * FOREST_ROWS_MAX]; /* of all nodes */
};

/* Breadth-first, the children of split k are the nodes 2 k + 1 and 2 k + 2. */
static void make_plan(const forest_t *forest, size_t tree, plan_t *plan) {
  const uint32_t *nodes = forest->nodes + tree * forest->nodes_max;
  const uint16_t *columns = forest->columns + tree * forest->nodes_max;
  size_t splits = 0, leaves = 0;
  plan->depths[0] = 0;
  for (size_t i = 0; i < forest->counts[tree]; i++) {
    int threshold = forest_threshold(nodes[i]);
    uint8_t depth = plan->depths[i];
    if (columns[i] < forest->columns_num) {
      plan->splits[splits].at = (uint16_t)i;
      plan->splits[splits].threshold = (int16_t)threshold;
      plan->splits[splits].column = columns[i];
      plan->depths[2 * splits + 1] = plan->depths[2 * splits + 2] = depth + 1;
      splits++;
    } else if (threshold != depth * FOREST_PATH_ONE) {
      plan->leaves[leaves].at = (uint16_t)i;
      plan->leaves[leaves].extra =
          (uint16_t)(threshold - depth * FOREST_PATH_ONE);
      leaves++;
    }
  }
  plan->splits_num = splits;
  plan->leaves_num = leaves;
}

#ifdef X86

#define AVX2 __attribute__((target("avx2")))

static bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }

/* A byte for each of 32 rows, all ones where it is below the threshold. Bytes 8
 * to 15 and 16 to 23 are exchanged, which spread_avx2() undoes. */
AVX2 static inline __m256i below_avx2(const int16_t *numbers, __m256i limit) {
  const __m256i *vectors = (const __m256i *)(const void *)numbers;
  __m256i a = _mm256_cmpgt_epi16(limit, _mm256_loadu_si256(vectors));
  __m256i b = _mm256_cmpgt_epi16(limit, _mm256_loadu_si256(vectors + 1));
  return _mm256_packs_epi16(a, b);
}

/* Adds 32 path lengths, of depths and bytes of what is extra, to sums. */
AVX2 static inline void add_avx2(int32_t *sums, __m256i depth, __m256i low,
                                 __m256i high) {
  int16_t paths[32];
  __m256i *vectors = (__m256i *)(void *)paths;
  __m256i zero = _mm256_setzero_si256();
  /* FOREST_PATH_ONE is 2^9 */
  __m256i a = _mm256_slli_epi16(_mm256_unpacklo_epi8(zero, depth), 1);
  __m256i b = _mm256_slli_epi16(_mm256_unpackhi_epi8(zero, depth), 1);
  a = _mm256_add_epi16(a, _mm256_unpacklo_epi8(low, high));
  b = _mm256_add_epi16(b, _mm256_unpackhi_epi8(low, high));
  _mm256_storeu_si256(vectors, a);
  _mm256_storeu_si256(vectors + 1, b);
  for (size_t i = 0; i < 32; i++)
    sums[i] += paths[i];
}

AVX2 static void paths_avx2(const plan_t *plan, const int16_t *cells,
                            size_t stride, void *reached, int32_t *sums) {
  __m256i *there = reached; /* two of each node */
  __m256i depth[2], low[2], high[2];
  for (size_t i = 0; i < 2; i++) {
    there[i] = _mm256_set1_epi8(-1);
    depth[i] = low[i] = high[i] = _mm256_setzero_si256();
  }
  for (size_t k = 0; k < plan->splits_num; k++) {
    const int16_t *numbers = cells + plan->splits[k].column * stride;
    __m256i limit = _mm256_set1_epi16(plan->splits[k].threshold);
    const __m256i *parent = there + 2 * plan->splits[k].at;
    __m256i *children = there + 4 * k + 2;
    for (size_t i = 0; i < 2; i++) {
      __m256i below = below_avx2(numbers + 32 * i, limit);
      __m256i both = parent[i];
      children[i] = _mm256_and_si256(below, both);
      children[i + 2] = _mm256_andnot_si256(below, both);
      depth[i] = _mm256_sub_epi8(depth[i], both);
    }
  }
  for (size_t k = 0; k < plan->leaves_num; k++) {
    const __m256i *leaf = there + 2 * plan->leaves[k].at;
    __m256i extra = _mm256_set1_epi16((int16_t)plan->leaves[k].extra);
    __m256i extra_low = _mm256_shuffle_epi8(extra, _mm256_setzero_si256());
    __m256i extra_high = _mm256_shuffle_epi8(extra, _mm256_set1_epi8(1));
    for (size_t i = 0; i < 2; i++) {
      low[i] = _mm256_or_si256(low[i], _mm256_and_si256(leaf[i], extra_low));
      high[i] = _mm256_or_si256(high[i], _mm256_and_si256(leaf[i], extra_high));
    }
  }
  for (size_t i = 0; i < 2; i++)
    add_avx2(sums + 32 * i, depth[i], low[i], high[i]);
}

#else

static bool has_avx2(void) { return false; }
#define paths_avx2 NULL

#endif

static bool always(void) { return true; }

const forest_version_t forest_versions[FOREST_VERSIONS] = {
    {"avx2", has_avx2, paths_avx2}, {"scalar", always, NULL}};

static void score_one(const forest_t *forest, const int16_t *cells,
                      size_t stride, size_t rows, double *scores) {
  int16_t row[FOREST_COLUMNS_MAX];
  for (size_t i = 0; i < rows; i++) {
    for (size_t column = 0; column < forest->columns_num; column++)
      row[column] = cells[column * stride + i];
    scores[i] = forest_score(forest, row);
  }
}

int forest_scores_by(const forest_version_t *version, const forest_t *forest,
                     const int16_t *cells, size_t stride, size_t rows,
                     double *scores) {
  if (version->paths == NULL) {
    score_one(forest, cells, stride, rows, scores);
    return 0;
  }
  int32_t sums[CHUNK];
  plan_t *plan = malloc(sizeof(*plan));
  void *reached = aligned_alloc(ALIGNMENT, forest->nodes_max * FOREST_BLOCK);
  if (plan == NULL || reached == NULL) {
    free(plan);
    free(reached);
    return -1;
  }
  for (size_t start = 0; start < rows; start += CHUNK) {
    size_t n = rows - start < CHUNK ? rows - start : CHUNK;
    memset(sums, 0, sizeof(sums));
    for (size_t tree = 0; tree < forest->trees; tree++) {
      make_plan(forest, tree, plan);
      for (size_t i = 0; i < n; i += FOREST_BLOCK)
        version->paths(plan, cells + start + i, stride, reached, sums + i);
    }
    for (size_t i = 0; i < n; i++)
      scores[start + i] = forest_score_of(forest, sums[i]);
  }
  free(plan);
  free(reached);
  return 0;
}

int forest_scores(const forest_t *forest, const int16_t *cells, size_t stride,
                  size_t rows, double *scores) {
  size_t i = 0;
  while (!forest_versions[i].supported())
    i++;
  return forest_scores_by(&forest_versions[i], forest, cells, stride, rows,
                          scores);
}

/* SPDX-License-Identifier: MIT */
/*
 * bench_detector.c -- what a row costs in the forest, and a frame in a model
 *
 *   bench_detector forest       the forest alone: rows one by one, and many
 *   bench_detector models       whole models: one, and many in turn
 *   bench_detector worst N      the longest of the first N steps
 *
 * Prints a line for each figure: NAME VALUE UNIT. Times are the thread's own
 * processor time: what else the machine does counts only as far as it empties
 * the caches. bench_detector.py puts scikit-learn beside it.
 */
#include "plugin/detector/detector.h"
#include "plugin/detector/fixed.h"
#include "plugin/detector/forest.h"
#include "plugin/detector/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TREES 100
#define SAMPLE_SIZE 256
#define TRAINING_ROWS 2048
#define BATCH_ROWS 100000
#define ROUNDS 5 /* the best of them counts */
#define WORST_ROUNDS 3

#define FRAMES 4096 /* different ones */
#define INTERVAL 10000
#define START INT64_C(1700000000000)

static double now_ns(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

static void *must(void *memory) {
  if (memory == NULL) {
    perror("bench_detector");
    exit(1);
  }
  return memory;
}

static void print(const char *name, size_t num, double value,
                  const char *unit) {
  printf("%s_%zu %.1f %s\n", name, num, value, unit);
  fflush(stdout);
}

/* Roughly normal: mean 0, variance 1. */
static double normal(random_t *random) {
  double sum = -6;
  for (int i = 0; i < 12; i++)
    sum += random_unit(random);
  return sum;
}

/* --- the forest alone --- */

typedef struct {
  size_t columns, stride;
  int16_t *cells; /* columns x stride, as forest_scores() wants them */
} table_t;

static table_t make_table(size_t rows, size_t columns, random_t *random) {
  table_t table = {.columns = columns,
                   .stride = (rows / FOREST_BLOCK + 1) * FOREST_BLOCK};
  table.cells = must(calloc(columns * table.stride, sizeof(*table.cells)));
  for (size_t i = 0; i < columns * table.stride; i++)
    table.cells[i] = fixed_from(normal(random));
  return table;
}

/* A forest_column_f. */
static void table_column(const void *source, size_t column,
                         const uint32_t *rows, size_t n, int16_t *values) {
  const table_t *table = source;
  for (size_t i = 0; i < n; i++)
    values[i] = table->cells[column * table->stride + rows[i]];
}

static void grow(forest_t *forest, size_t columns, random_t *random) {
  table_t table = make_table(TRAINING_ROWS, columns, random);
  uint32_t rows[SAMPLE_SIZE];
  for (size_t tree = 0; tree < TREES; tree++) {
    random_sample(random, TRAINING_ROWS, SAMPLE_SIZE, rows);
    forest_build(forest, tree, rows, SAMPLE_SIZE, table_column, &table, random);
  }
  free(table.cells);
}

/* ns a row, each scored by itself. The rows are different ones. */
static double one_by_one(const forest_t *forest, const table_t *table,
                         double *scores) {
  int16_t *rows = must(calloc(BATCH_ROWS * table->columns, sizeof(*rows)));
  for (size_t i = 0; i < BATCH_ROWS; i++)
    for (size_t c = 0; c < table->columns; c++)
      rows[i * table->columns + c] = table->cells[c * table->stride + i];
  double start = now_ns();
  for (size_t i = 0; i < BATCH_ROWS; i++)
    scores[i] = forest_score(forest, rows + i * table->columns);
  double end = now_ns();
  free(rows);
  return (end - start) / BATCH_ROWS;
}

static double all_at_once(const forest_t *forest, const table_t *table,
                          double *scores) {
  double start = now_ns();
  if (forest_scores(forest, table->cells, table->stride, BATCH_ROWS, scores) <
      0)
    (void)must(NULL);
  return (now_ns() - start) / BATCH_ROWS;
}

static void bench_forest(const char *name, size_t columns, unsigned padding) {
  random_t random = {columns};
  char line[64];
  forest_t *forest = must(forest_create(TREES, SAMPLE_SIZE, columns, padding));
  table_t table = make_table(BATCH_ROWS, columns, &random);
  double *scores = must(calloc(BATCH_ROWS, sizeof(*scores)));
  double tree = INFINITY, row = INFINITY, batch = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now_ns();
    grow(forest, columns, &random);
    tree = fmin(tree, (now_ns() - start) / TREES);
    row = fmin(row, one_by_one(forest, &table, scores));
    batch = fmin(batch, all_at_once(forest, &table, scores));
  }
  snprintf(line, sizeof(line), "%s_tree", name);
  print(line, columns, tree, "ns/tree");
  snprintf(line, sizeof(line), "%s_one_row", name);
  print(line, columns, row, "ns/row");
  snprintf(line, sizeof(line), "%s_batch", name);
  print(line, columns, 1e9 / batch, "rows/s");
  free(scores);
  free(table.cells);
  forest_destroy(forest);
}

/* --- models --- */

/* Frames of a busy host, one after the other, around again after FRAMES. */
typedef struct {
  detector_t detector;
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  char names[DETECTOR_FEATURES_MAX][8];
  double *values;
} host_t;

static void make_host(host_t *host, size_t features) {
  random_t random = {features};
  *host = (host_t){.detector = DETECTOR_INIT};
  host->detector.features = host->features;
  host->detector.features_num = features;
  for (size_t i = 0; i < features; i++) {
    snprintf(host->names[i], sizeof(host->names[i]), "f%zu", i);
    host->features[i].name = host->names[i];
  }
  host->values = must(calloc(FRAMES * features, sizeof(*host->values)));
  for (size_t i = 0; i < FRAMES * features; i++) {
    size_t frame = i / features, feature = i % features;
    double phase = 6.283185307 * (double)(frame * (1 + feature % 4)) / FRAMES;
    host->values[i] = 50 + 10 * sin(phase) + normal(&random);
  }
}

static void step(const host_t *host, model_t *model, size_t frame) {
  const frame_t next = {.ts = START + (int64_t)frame * INTERVAL,
                        .interval = INTERVAL,
                        .values = host->values +
                                  frame % FRAMES * host->detector.features_num};
  verdict_t verdict;
  (void)model_step(model, &next, &verdict);
}

static double measure(const host_t *host, model_t **models, size_t num,
                      size_t first, size_t frames) {
  double start = now_ns();
  for (size_t frame = first; frame < first + frames; frame++)
    for (size_t i = 0; i < num; i++)
      step(host, models[i], frame);
  return (now_ns() - start) / (double)(frames * num);
}

/* `num` copies of a model with a past, stepped in turn. */
static void bench_models(size_t features, size_t num) {
  const size_t past = 30000, frames = num == 1 ? 20000 : 5;
  host_t host;
  make_host(&host, features);
  model_t *first = must(model_create(&host.detector));
  (void)measure(&host, &first, 1, 0, past);
  uint8_t *image = must(malloc(model_image_max(&host.detector)));
  size_t size = model_save(first, image);
  model_t **models = must(calloc(num, sizeof(*models)));
  char why[MODEL_WHY_SIZE] = "";
  for (size_t i = 0; i < num; i++)
    models[i] = must(model_restore(&host.detector, image, size, why));
  if (why[0] != '\0') { /* would be a fresh one, which costs less */
    fprintf(stderr, "bench_detector: %s\n", why);
    exit(1);
  }
  double best = INFINITY;
  for (size_t round = 0; round < ROUNDS; round++)
    best =
        fmin(best, measure(&host, models, num, past + round * frames, frames));
  print(num == 1 ? "model_step" : "model_step_in_turn", features, best,
        "ns/frame");
  if (num == 1)
    print("model_size", features, (double)model_size(first), "bytes");
  for (size_t i = 0; i < num; i++)
    model_destroy(models[i]);
  model_destroy(first);
  free(models);
  free(image);
  free(host.values);
}

/* All steps from the first one on, in some rounds. Every round does the same,
 * step by step: what a step takes in each is the model's, what it takes in one
 * alone, an interrupt's say, the machine's. */
static void bench_worst(size_t features, size_t frames) {
  host_t host;
  make_host(&host, features);
  double *times = must(calloc(frames, sizeof(*times)));
  double longest = 0;
  for (size_t round = 0; round < WORST_ROUNDS; round++) {
    model_t *model = must(model_create(&host.detector));
    for (size_t frame = 0; frame < frames; frame++) {
      double start = now_ns();
      step(&host, model, frame);
      double time = now_ns() - start;
      times[frame] = round == 0 ? time : fmin(times[frame], time);
      longest = fmax(longest, time);
    }
    model_destroy(model);
  }
  double worst = 0;
  for (size_t frame = 0; frame < frames; frame++)
    worst = fmax(worst, times[frame]);
  print("model_step_worst", features, worst / 1000, "us");
  print("model_step_worst_with_machine", features, longest / 1000, "us");
  free(times);
  free(host.values);
}

int main(int argc, char **argv) {
  static const size_t widths[] = {5, 38};
  const char *what = argc > 1 ? argv[1] : "";
  for (size_t i = 0; i < 2; i++) {
    if (strcmp(what, "forest") == 0) {
      bench_forest("forest", widths[i], 0);
      bench_forest("forest_padded", widths[i], FOREST_PADDING);
    } else if (strcmp(what, "models") == 0) {
      bench_models(widths[i], 1);
      if (i == 0)
        bench_models(widths[i], 10000);
    } else if (strcmp(what, "worst") == 0 && argc > 2)
      bench_worst(widths[i], strtoul(argv[2], NULL, 10));
    else
      return 2;
  }
  return 0;
}

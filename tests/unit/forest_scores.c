/* SPDX-License-Identifier: MIT */
/*
 * forest_scores.c -- the forest alone, for a comparison with another one
 *
 *   forest_scores COLUMNS ROWS PADDING SEED < numbers > scores
 *
 * Both are bare doubles in the machine's order. 100 trees of 256 rows each
 * learn from all ROWS x COLUMNS numbers, which are standardised already, and
 * then score them.
 */
#include "plugin/detector/fixed.h"
#include "plugin/detector/forest.h"

#include <stdio.h>
#include <stdlib.h>

#define TREES 100
#define SAMPLE_SIZE 256

typedef struct {
  size_t stride;
  int16_t *cells; /* as forest_scores() wants them */
} table_t;

/* A forest_column_f. */
static void table_column(const void *source, size_t column,
                         const uint32_t *rows, size_t n, int16_t *values) {
  const table_t *table = source;
  for (size_t i = 0; i < n; i++)
    values[i] = table->cells[column * table->stride + rows[i]];
}

static int read_table(table_t *table, size_t columns, size_t rows) {
  for (size_t i = 0; i < rows * columns; i++) {
    double number;
    if (fread(&number, sizeof(number), 1, stdin) != 1)
      return -1;
    table->cells[i % columns * table->stride + i / columns] =
        fixed_from(number);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5)
    return 2;
  size_t columns = strtoul(argv[1], NULL, 10);
  size_t rows = strtoul(argv[2], NULL, 10);
  unsigned padding = (unsigned)strtoul(argv[3], NULL, 10);
  random_t random = {strtoull(argv[4], NULL, 10)};
  if (columns < 1 || columns > FOREST_COLUMNS_MAX || rows < SAMPLE_SIZE)
    return 2;

  table_t table = {.stride = (rows / FOREST_BLOCK + 1) * FOREST_BLOCK};
  table.cells = calloc(columns * table.stride, sizeof(*table.cells));
  double *scores = calloc(rows, sizeof(*scores));
  forest_t *forest = forest_create(TREES, SAMPLE_SIZE, columns, padding);
  int status = 1;
  if (table.cells == NULL || scores == NULL || forest == NULL ||
      read_table(&table, columns, rows) < 0)
    goto done;
  for (size_t tree = 0; tree < TREES; tree++) {
    uint32_t sample[SAMPLE_SIZE];
    random_sample(&random, rows, SAMPLE_SIZE, sample);
    forest_build(forest, tree, sample, SAMPLE_SIZE, table_column, &table,
                 &random);
  }
  if (forest_scores(forest, table.cells, table.stride, rows, scores) == 0 &&
      fwrite(scores, sizeof(*scores), rows, stdout) == rows)
    status = 0;

done:
  forest_destroy(forest);
  free(scores);
  free(table.cells);
  return status;
}

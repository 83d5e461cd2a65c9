/* SPDX-License-Identifier: MIT */
/*
 * table.c -- see table.h
 *
 * Rows are kept with room for a power of two of features, so that one that
 * appears late seldom moves all of them.
 */
#include "dashboard/api/table.h"

#include "plugin/storage/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table_s {
  char *names[DETECTOR_FEATURES_MAX];
  size_t features_num;
  size_t width; /* features that a row has room for */

  size_t rows;
  size_t capacity; /* rows that there is room for */
  double *values;  /* capacity x width */
  int64_t *ts;
  size_t *ts_json; /* offsets in texts */

  char *texts;
  size_t texts_size;
  size_t texts_capacity;

  bool too_large;
  char error[TABLE_ERROR_SIZE];
};

table_t *table_create(void) { return calloc(1, sizeof(table_t)); }

void table_destroy(table_t *table) {
  if (table == NULL)
    return;
  for (size_t i = 0; i < table->features_num; i++)
    free(table->names[i]);
  free(table->values);
  free(table->ts);
  free(table->ts_json);
  free(table->texts);
  free(table);
}

/* --- errors --- */

const char *table_error(const table_t *table) {
  return table->error[0] == '\0' ? NULL : table->error;
}

bool table_is_too_large(const table_t *table) { return table->too_large; }

int table_refuse(table_t *table, const char *format, ...) {
  if (table->error[0] != '\0')
    return -1;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(table->error, sizeof(table->error), format, arguments);
  va_end(arguments);
  return -1;
}

static int refuse_memory(table_t *table) {
  table->too_large = true;
  return table_refuse(table, "there is no memory for so large a table");
}

/* --- room --- */

/* Moves each row from `width` to `wider` places, the last row first; `values`
 * has the room. */
static void spread(double *values, size_t rows, size_t width, size_t wider) {
  for (size_t row = rows; row-- > 0;) {
    memmove(values + row * wider, values + row * width,
            width * sizeof(*values));
    for (size_t i = width; i < wider; i++)
      values[row * wider + i] = NAN;
  }
}

static int widen(table_t *table) {
  size_t wider = table->width == 0 ? 4 : table->width * 2;
  if (table->capacity > 0) {
    double *values =
        reallocarray(table->values, table->capacity * wider, sizeof(*values));
    if (values == NULL)
      return refuse_memory(table);
    table->values = values;
    spread(values, table->rows, table->width, wider);
  }
  table->width = wider;
  return 0;
}

static int lengthen(table_t *table) {
  size_t capacity = table->capacity == 0 ? 1024 : table->capacity * 2;
  if (table->width == 0 && widen(table) != 0)
    return -1;
  double *values =
      reallocarray(table->values, capacity * table->width, sizeof(*values));
  if (values != NULL)
    table->values = values;
  int64_t *ts = reallocarray(table->ts, capacity, sizeof(*ts));
  if (ts != NULL)
    table->ts = ts;
  size_t *ts_json = reallocarray(table->ts_json, capacity, sizeof(*ts_json));
  if (ts_json != NULL)
    table->ts_json = ts_json;
  if (values == NULL || ts == NULL || ts_json == NULL)
    return refuse_memory(table);
  table->capacity = capacity;
  return 0;
}

static int keep_text(table_t *table, const char *text, size_t *offset) {
  size_t size = strlen(text) + 1;
  if (table->texts_size + size > table->texts_capacity) {
    size_t capacity = 2 * table->texts_capacity + size + 4096;
    char *texts = realloc(table->texts, capacity);
    if (texts == NULL)
      return refuse_memory(table);
    table->texts = texts;
    table->texts_capacity = capacity;
  }
  *offset = table->texts_size;
  memcpy(table->texts + table->texts_size, text, size);
  table->texts_size += size;
  return 0;
}

/* --- writing --- */

int table_feature(table_t *table, const char *name) {
  for (size_t i = 0; i < table->features_num; i++)
    if (strcmp(table->names[i], name) == 0)
      return (int)i;
  if (*name == '\0')
    return table_refuse(table, "a column has no name: expected one");
  if (!text_is_utf8(name, strlen(name)))
    return table_refuse(table, "the name of a column is not UTF-8");
  if (table->features_num == DETECTOR_FEATURES_MAX) {
    table->too_large = true;
    return table_refuse(table, "column %.100s: expected at most %d columns",
                        name, DETECTOR_FEATURES_MAX);
  }
  if (table->features_num == table->width && widen(table) != 0)
    return -1;
  char *copy = strdup(name);
  if (copy == NULL)
    return refuse_memory(table);
  table->names[table->features_num] = copy;
  return (int)table->features_num++;
}

int table_begin_row(table_t *table) {
  if (table->rows == TABLE_ROWS_MAX) {
    table->too_large = true;
    return table_refuse(table, "row %d: expected at most %d rows",
                        TABLE_ROWS_MAX + 1, TABLE_ROWS_MAX);
  }
  if (table->rows == table->capacity && lengthen(table) != 0)
    return -1;
  size_t row = table->rows++;
  table->ts[row] = 0;
  table->ts_json[row] = 0;
  for (size_t i = 0; i < table->width; i++)
    table->values[row * table->width + i] = NAN;
  return 0;
}

void table_set(table_t *table, size_t feature, double value) {
  table->values[(table->rows - 1) * table->width + feature] = value;
}

int table_set_ts(table_t *table, int64_t ts, const char *ts_json) {
  table->ts[table->rows - 1] = ts;
  return keep_text(table, ts_json, &table->ts_json[table->rows - 1]);
}

/* --- reading --- */

size_t table_rows(const table_t *table) { return table->rows; }

size_t table_features_num(const table_t *table) { return table->features_num; }

const char *table_feature_name(const table_t *table, size_t feature) {
  return table->names[feature];
}

const char *table_ts_json(const table_t *table, size_t row) {
  return table->texts + table->ts_json[row];
}

const int64_t *table_ts(const table_t *table) { return table->ts; }

const double *table_values(table_t *table) {
  for (size_t row = 0; row < table->rows; row++)
    memmove(table->values + row * table->features_num,
            table->values + row * table->width,
            table->features_num * sizeof(*table->values));
  table->width = table->features_num;
  return table->values;
}

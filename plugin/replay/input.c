/* SPDX-License-Identifier: MIT */
/*
 * input.c -- the file to replay, as rows of features
 *
 * gzread() hands through what is not compressed, so there is one way in. CSV
 * itself is read by the storage library, shared with the dashboard's uploads.
 */
#include "config.h"

#include "plugin/replay/input.h"

#include "plugin/detector/detector.h"
#include "plugin/replay/complain.h"
#include "plugin/storage/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Enough for a median that a gap or two do not move. */
#define ROWS_AHEAD 100

/* zlib's own buffer: the default of 8 KiB costs a read() too often. */
#define GZ_BUFFER (128u << 10)

/* A row read ahead owns its text and its values. */
typedef struct {
  input_row_t row;
  char *ts_text;
  double *values;
} saved_row_t;

struct input_s {
  const input_columns_t *columns;
  gzFile gz;
  const char *read_error; /* what zlib says; NULL: all is well */
  csv_t *csv;
  int64_t size;

  size_t features[DETECTOR_FEATURES_MAX]; /* index of the feature's column */
  size_t features_num;
  size_t label; /* index of its column; SIZE_MAX: there is none */

  double values[DETECTOR_FEATURES_MAX]; /* of the current row */

  saved_row_t ahead[ROWS_AHEAD];
  size_t ahead_num;
  size_t ahead_next;
};

const char *input_name(const input_t *input) {
  const char *file = input->columns->file;
  return strcmp(file, "-") == 0 ? "standard input" : file;
}

/* What zlib says, without the name that it has given the file: "<fd:3>: ". */
static const char *without_name(const char *message) {
  const char *colon = strstr(message, ": ");
  return colon != NULL ? colon + 2 : message;
}

static long read_gz(void *source, char *buffer, size_t size) {
  input_t *input = source;
  int got = gzread(input->gz, buffer, (unsigned)size);

  /* a file that was cut off looks like an ordinary end, but for this */
  int status = Z_OK;
  const char *message = gzerror(input->gz, &status);
  if (got < 0 || (got == 0 && status == Z_BUF_ERROR)) {
    input->read_error =
        status == Z_ERRNO ? strerror(errno) : without_name(message);
    return -1;
  }
  return got;
}

/* Complains about the file: what the CSV reader says, unless the bytes
 * themselves could not be had. */
static void complain_csv(const input_t *input) {
  if (input->read_error != NULL)
    complain("%s: line %zu: cannot be read: %s: is it whole, and a (gzip'd) "
             "CSV file?",
             input_name(input), input->csv != NULL ? csv_line(input->csv) : 1,
             input->read_error);
  else if (input->csv == NULL)
    complain("%s: line 1: %s", input_name(input), strerror(errno));
  else
    complain("%s: %s", input_name(input), csv_error(input->csv));
}

static int open_gz(input_t *input) {
  const char *file = input->columns->file;
  int fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO)
                                  : open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    complain("%s: %s: check its name and permissions", input_name(input),
             strerror(errno));
    return -1;
  }

  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    input->size = status.st_size;

  input->gz = gzdopen(fd, "rb");
  if (input->gz == NULL) {
    complain("%s: out of memory", input_name(input));
    close(fd);
    return -1;
  }
  gzbuffer(input->gz, GZ_BUFFER);
  return 0;
}

/* Index of the column of that name; SIZE_MAX after a complaint. */
static size_t find_column(const input_t *input, const char *option,
                          const char *name) {
  for (size_t i = 0; i < csv_columns_num(input->csv); i++)
    if (strcmp(csv_column(input->csv, i), name) == 0)
      return i;
  complain("%s: line 1: there is no column \"%s\": correct %s or the header",
           input_name(input), name, option);
  return SIZE_MAX;
}

/* Columns that are neither ignored nor the label are features. */
static int choose_features(input_t *input) {
  bool taken[CSV_COLUMNS_MAX] = {false};

  input->label = SIZE_MAX;
  if (input->columns->label != NULL) {
    input->label = find_column(input, "--label", input->columns->label);
    if (input->label == SIZE_MAX)
      return -1;
    taken[input->label] = true;
  }

  for (size_t i = 0; i < input->columns->ignored_num; i++) {
    size_t column = find_column(input, "--ignore", input->columns->ignored[i]);
    if (column == SIZE_MAX)
      return -1;
    taken[column] = true;
  }

  for (size_t i = 0; i < csv_columns_num(input->csv); i++) {
    if (taken[i])
      continue;
    if (input->features_num == DETECTOR_FEATURES_MAX) {
      complain("%s: line 1: more than %d features: leave columns out with "
               "--ignore",
               input_name(input), DETECTOR_FEATURES_MAX);
      return -1;
    }
    input->features[input->features_num++] = i;
  }
  if (input->features_num == 0) {
    complain("%s: line 1: no feature is left: ignore fewer columns",
             input_name(input));
    return -1;
  }
  return 0;
}

/* input_next() past the rows read ahead. */
static int read_row(input_t *input, input_row_t *row) {
  csv_row_t cells;
  int status = csv_next(input->csv, &cells);
  if (status < 0)
    complain_csv(input);
  if (status <= 0)
    return status;

  for (size_t i = 0; i < input->features_num; i++)
    input->values[i] = cells.values[input->features[i]];
  *row = (input_row_t){
      .ts = cells.ts,
      .ts_text = cells.ts_text,
      .values = input->values,
      .label = input->label != SIZE_MAX && cells.values[input->label] > 0,
      .line = csv_line(input->csv),
  };
  return 1;
}

static int save_row(const input_t *input, saved_row_t *saved,
                    const input_row_t *row) {
  size_t size = input->features_num * sizeof(*row->values);
  *saved = (saved_row_t){
      .row = *row, .ts_text = strdup(row->ts_text), .values = malloc(size)};
  if (saved->ts_text == NULL || saved->values == NULL) {
    complain("%s: line %zu: out of memory", input_name(input), row->line);
    return -1;
  }
  memcpy(saved->values, row->values, size);
  saved->row.ts_text = saved->ts_text;
  saved->row.values = saved->values;
  return 0;
}

static int read_ahead(input_t *input) {
  input_row_t row;
  int status = 1;
  while (input->ahead_num < ROWS_AHEAD && (status = read_row(input, &row)) > 0)
    if (save_row(input, &input->ahead[input->ahead_num++], &row) < 0)
      return -1;
  if (status < 0)
    return -1;
  if (input->ahead_num == 0) {
    complain("%s: line 2: no rows below the header: nothing to replay",
             input_name(input));
    return -1;
  }
  return 0;
}

input_t *input_open(const input_columns_t *columns) {
  input_t *input = calloc(1, sizeof(*input));
  if (input == NULL) {
    complain("out of memory");
    return NULL;
  }
  input->columns = columns;

  if (open_gz(input) < 0)
    goto fail;
  input->csv = csv_create(read_gz, input);
  if (input->csv == NULL || csv_error(input->csv) != NULL) {
    complain_csv(input);
    goto fail;
  }
  if (choose_features(input) < 0 || read_ahead(input) < 0)
    goto fail;
  return input;

fail:
  input_close(input);
  return NULL;
}

void input_close(input_t *input) {
  if (input == NULL)
    return;
  for (size_t i = 0; i < input->ahead_num; i++) {
    free(input->ahead[i].ts_text);
    free(input->ahead[i].values);
  }
  if (input->csv != NULL)
    csv_destroy(input->csv);
  if (input->gz != NULL)
    gzclose(input->gz);
  free(input);
}

size_t input_features_num(const input_t *input) { return input->features_num; }

const char *input_feature(const input_t *input, size_t i) {
  return csv_column(input->csv, input->features[i]);
}

static int compare_steps(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left;
  int64_t b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

int64_t input_cadence(const input_t *input) {
  int64_t steps[ROWS_AHEAD];
  size_t steps_num = 0;
  for (size_t i = 1; i < input->ahead_num; i++) {
    int64_t step = input->ahead[i].row.ts - input->ahead[i - 1].row.ts;
    if (step > 0)
      steps[steps_num++] = step;
  }
  if (steps_num == 0)
    return 0;
  qsort(steps, steps_num, sizeof(*steps), compare_steps);
  return steps[steps_num / 2];
}

int input_next(input_t *input, input_row_t *row) {
  if (input->ahead_next < input->ahead_num) {
    *row = input->ahead[input->ahead_next++].row;
    return 1;
  }
  return read_row(input, row);
}

int64_t input_size(const input_t *input) { return input->size; }

int64_t input_position(const input_t *input) { return gzoffset(input->gz); }

/* SPDX-License-Identifier: MIT */
/* A series as the csv plugin writes it: see the header. */
#include "config.h"

#include "plugin/replay/csv_series.h"

#include "plugin/features/rate.h"
#include "plugin/replay/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE 8192
#define AHEAD 16
#define INTERVAL_DEFAULT TICKS(10) /* collectd's, for a row all alone */
#define TIME_BEGIN 1e8             /* the year 1973 */
#define TIME_END 7258118400.0      /* the year 2200 */

/* After a gap of so many intervals the host may have been rebooted: counters
 * begin anew. */
#define GAP 10

typedef struct {
  ticks_t time;
  number_t numbers[TYPES_SOURCES_MAX];
  bool raw[TYPES_SOURCES_MAX]; /* not a rate yet */
} row_t;

struct csv_series_s {
  const tree_series_t *series;
  const source_t *sources;
  size_t sources_num;
  bool interval_given;
  ticks_t interval; /* 0: not known yet */

  size_t day; /* number of the file that is read, and its state */
  FILE *file;
  char *path;
  size_t line;
  size_t cells_num;                  /* columns, the time included */
  size_t columns[TYPES_SOURCES_MAX]; /* of each source */

  /* rows by time, raw: cells are kept until their turn, since rates need the
   * row before */
  row_t ahead[AHEAD];
  size_t ahead_num;
  ticks_t last_time; /* of the last sample */
  rate_state_t states[TYPES_SOURCES_MAX];
};

csv_series_t *csv_series_open(const tree_series_t *series,
                              const source_t *sources, size_t sources_num,
                              ticks_t interval) {
  csv_series_t *csv = calloc(1, sizeof(*csv));
  if (csv == NULL) {
    complain("out of memory");
    return NULL;
  }
  csv->series = series;
  csv->sources = sources;
  csv->sources_num = sources_num;
  csv->interval = interval;
  csv->interval_given = interval != 0;
  return csv;
}

static void close_file(csv_series_t *csv) {
  if (csv->file != NULL)
    fclose(csv->file);
  free(csv->path);
  csv->file = NULL;
  csv->path = NULL;
}

void csv_series_close(csv_series_t *csv) {
  if (csv == NULL)
    return;
  close_file(csv);
  free(csv);
}

/* --- a file -------------------------------------------------------------- */

static int refuse(const csv_series_t *csv, const char *what) {
  complain("%s: line %zu: %s", csv->path, csv->line, what);
  return -1;
}

/* The next line without its end. 1; 0: the end, where collectd may be writing
 * just now; -1: complained. */
static int read_line(csv_series_t *csv, char *line) {
  csv->line++;
  if (fgets(line, LINE_SIZE, csv->file) == NULL) {
    if (!ferror(csv->file))
      return 0;
    return refuse(csv, strerror(errno));
  }
  size_t length = strlen(line);
  bool ends = length > 0 && line[length - 1] == '\n';
  if (!ends && feof(csv->file))
    return 0;
  if (!ends) /* too long, or NULs of a crash */
    return refuse(csv, "is no line of collectd's csv plugin: move the file "
                       "away");
  line[length - 1] = '\0';
  return 1;
}

/* "epoch,rx,tx": where the sources are. */
static int read_header(csv_series_t *csv, char *line) {
  bool found[TYPES_SOURCES_MAX] = {false};
  char *rest = line;
  const char *word = strsep(&rest, ",");
  if (strcmp(word, "epoch") != 0)
    return refuse(csv, "expects the header \"epoch,...\" of collectd's csv "
                       "plugin: move the file away");
  csv->cells_num = 1;
  for (; (word = strsep(&rest, ",")) != NULL; csv->cells_num++)
    for (size_t i = 0; i < csv->sources_num; i++)
      if (strcmp(csv->sources[i].name, word) == 0) {
        csv->columns[i] = csv->cells_num;
        found[i] = true;
      }
  if (csv->cells_num > TYPES_SOURCES_MAX + 1)
    return refuse(csv, "has too many columns for collectd's csv plugin: move "
                       "the file away");
  for (size_t i = 0; i < csv->sources_num; i++)
    if (!found[i]) {
      complain("%s: line 1: there is no column \"%s\" of type %s: give the "
               "types.db that it was written by, with --types-db",
               csv->path, csv->sources[i].name, csv->series->type);
      return -1;
    }
  return 0;
}

/* Opens the next day's file. 1; 0: there is none; -1: complained. */
static int open_next(csv_series_t *csv) {
  char line[LINE_SIZE];
  struct stat status;
  if (csv->day == csv->series->days_num)
    return 0;
  uint32_t day = csv->series->days[csv->day++];
  close_file(csv);
  csv->line = 0;
  if (asprintf(&csv->path, "%s-%04" PRIu32 "-%02" PRIu32 "-%02" PRIu32,
               csv->series->path, day / 10000, day / 100 % 100,
               day % 100) < 0) {
    csv->path = NULL;
    complain("out of memory");
    return -1;
  }
  /* should it have become a pipe meanwhile, it is not waited for */
  int fd = open(csv->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
      (csv->file = fdopen(fd, "r")) == NULL) {
    complain("%s: %s: let it be read, or move it away", csv->path,
             fd < 0 ? strerror(errno) : "is no regular file");
    if (fd >= 0)
      close(fd);
    return -1;
  }
  int got = read_line(csv, line);
  if (got > 0)
    return read_header(csv, line) == 0 ? 1 : -1;
  return got < 0 ? -1 : 1; /* an empty file has no rows either */
}

/* --- a row --------------------------------------------------------------- */

static bool parse_time(const char *text, ticks_t *time) {
  char *end = NULL;
  double seconds = strtod(text, &end);
  if (end == text || *end != '\0' ||
      !(seconds > TIME_BEGIN && seconds < TIME_END))
    return false;
  *time = ticks_of_seconds(seconds);
  return true;
}

/* A whole number is a counter as it came, all else a gauge or a rate: the
 * plugin prints these with a point, or as "nan". */
static bool parse_number(const char *text, source_kind_t kind, number_t *number,
                         bool *raw) {
  char *end = NULL;
  *raw = kind != SOURCE_GAUGE && text[strcspn(text, ".nN")] == '\0';
  if (!*raw)
    number->gauge = strtod(text, &end);
  else if (kind == SOURCE_DERIVE)
    number->derive = strtoll(text, &end, 10);
  else
    number->counter = strtoull(text, &end, 10);
  return end != text && *end == '\0';
}

/* Where two of collectd's threads make the file at once, one writes the header
 * over the other's first row: what is left of that is no row. */
static int refuse_row(const csv_series_t *csv, const char *what) {
  return csv->line == 2 ? 0 : refuse(csv, what);
}

/* 1; 0: it is to be left out; -1: complained. */
static int parse_row(const csv_series_t *csv, char *line, row_t *row) {
  const char *cells[TYPES_SOURCES_MAX + 1];
  size_t num = 0;
  char *rest = line;
  for (const char *cell; (cell = strsep(&rest, ",")) != NULL; num++)
    if (num < csv->cells_num)
      cells[num] = cell;
  if (num != csv->cells_num || !parse_time(cells[0], &row->time))
    return refuse_row(csv, "does not have the columns of the header: mend the "
                           "line, or move the file away");
  for (size_t i = 0; i < csv->sources_num; i++)
    if (!parse_number(cells[csv->columns[i]], csv->sources[i].kind,
                      &row->numbers[i], &row->raw[i]))
      return refuse_row(csv, "holds something that is no number: mend the "
                             "line, or move the file away");
  return row->time > csv->last_time; /* or it is too late to be put right */
}

/* Puts the row in its place among those ahead. */
static void insert_row(csv_series_t *csv, const row_t *row) {
  size_t place = csv->ahead_num++;
  for (; place > 0 && csv->ahead[place - 1].time > row->time; place--)
    csv->ahead[place] = csv->ahead[place - 1];
  csv->ahead[place] = *row;
}

/* Reads rows ahead, over the end of the day if need be. */
static int read_ahead(csv_series_t *csv) {
  char line[LINE_SIZE];
  row_t row;
  while (csv->ahead_num < AHEAD) {
    int got = csv->file == NULL ? 0 : read_line(csv, line);
    if (got == 0) {
      got = open_next(csv);
      if (got <= 0)
        return got;
      continue;
    }
    if (got > 0)
      got = parse_row(csv, line, &row);
    if (got < 0)
      return -1;
    if (got > 0)
      insert_row(csv, &row);
  }
  return 0;
}

/* --- samples ------------------------------------------------------------- */

static int compare_steps(const void *left, const void *right) {
  ticks_t a = *(const ticks_t *)left, b = *(const ticks_t *)right;
  return (a > b) - (a < b);
}

/* The median of the steps ahead, as whole seconds unless it is shorter; it
 * jitters by a few milliseconds, and changes only when somebody has changed the
 * configuration. */
static void tell_interval(csv_series_t *csv) {
  ticks_t steps[AHEAD];
  size_t num = 0;
  ticks_t last = csv->last_time;
  for (size_t i = 0; i < csv->ahead_num; i++) {
    if (last != 0 && csv->ahead[i].time > last)
      steps[num++] = csv->ahead[i].time - last;
    last = csv->ahead[i].time;
  }
  if (csv->interval_given || num == 0)
    return;
  qsort(steps, num, sizeof(*steps), compare_steps);
  ticks_t unit = steps[num / 2] > TICKS(1) / 2 ? TICKS(1) : TICKS(1) / 100;
  ticks_t median = (steps[num / 2] + unit / 2) / unit * unit;
  ticks_t change =
      median > csv->interval ? median - csv->interval : csv->interval - median;
  if (median > 0 && change > csv->interval / 4)
    csv->interval = median;
}

/* Takes the first row from those ahead. */
static void take_row(csv_series_t *csv, sample_t *sample) {
  sample->time = csv->ahead[0].time;
  sample->interval = csv->interval == 0 ? INTERVAL_DEFAULT : csv->interval;
  if (csv->last_time + GAP * sample->interval < sample->time)
    memset(csv->states, 0, sizeof(csv->states));
  for (size_t i = 0; i < csv->sources_num; i++) {
    number_t number = csv->ahead[0].numbers[i];
    sample->values[i].gauge = NAN;
    if (!csv->ahead[0].raw[i])
      sample->values[i] = number;
    else
      (void)rate_step(&csv->states[i], number, csv->sources[i].kind,
                      sample->time, &sample->values[i].gauge);
  }
}

int csv_series_next(csv_series_t *csv, sample_t *sample) {
  for (;;) {
    if (read_ahead(csv) != 0)
      return -1;
    if (csv->ahead_num == 0)
      return 0;
    bool news = csv->ahead[0].time > csv->last_time; /* not repeated */
    if (news) {
      tell_interval(csv);
      take_row(csv, sample);
      csv->last_time = sample->time;
    }
    csv->ahead_num--;
    memmove(csv->ahead, csv->ahead + 1, csv->ahead_num * sizeof(csv->ahead[0]));
    if (news)
      return 1;
  }
}

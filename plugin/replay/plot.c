/* SPDX-License-Identifier: MIT */
/*
 * plot.c -- a picture of the replay, drawn by gnuplot
 *
 * Rows are gathered in columns: the minimum and the maximum of each series over
 * some rows. When all columns are full, neighbours are merged and each takes
 * twice as many rows from then on. A line through minimum and maximum of every
 * column in turn looks like the line through all rows.
 *
 * gnuplot is started first and fed last: script and data go through its
 * standard input, and no temporary file is left behind.
 */
#include "config.h"

#include "plugin/replay/plot.h"

#include "plugin/replay/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define COLUMNS_MAX 2000 /* even; about two a pixel */
#define WIDTH_PX 1200
#define PANEL_PX 130
#define VALUE_MAX 1e300

/* Series of a column: the features, then these. */
#define SCORE(plot) ((plot)->detector->features_num)
#define THRESHOLD(plot) ((plot)->detector->features_num + 1)
#define SERIES_MAX (DETECTOR_FEATURES_MAX + 2)

typedef struct {
  double low; /* NaN, both: nothing known */
  double high;
} range_t;

typedef struct {
  int64_t first; /* ts of its rows */
  int64_t last;
  bool flagged; /* one of them was */
  range_t series[SERIES_MAX];
} column_t;

struct plot_s {
  const char *path;
  const detector_t *detector;
  int64_t interval;

  pid_t gnuplot; /* 0: not running */
  FILE *script;  /* its standard input; NULL: closed */

  column_t columns[COLUMNS_MAX];
  size_t columns_num;
  size_t rows_a_column;
  size_t rows_in_last; /* of the column that is being filled */
};

/* --- gathering --- */

static void widen(range_t *range, range_t by) {
  range->low = fmin(range->low, by.low); /* NaN only if both are */
  range->high = fmax(range->high, by.high);
}

static void merge(const plot_t *plot, column_t *into, const column_t *next) {
  into->last = next->last;
  into->flagged = into->flagged || next->flagged;
  for (size_t i = 0; i <= THRESHOLD(plot); i++)
    widen(&into->series[i], next->series[i]);
}

static void halve(plot_t *plot) {
  for (size_t i = 0; i < COLUMNS_MAX / 2; i++) {
    plot->columns[i] = plot->columns[2 * i];
    merge(plot, &plot->columns[i], &plot->columns[2 * i + 1]);
  }
  plot->columns_num = COLUMNS_MAX / 2;
  plot->rows_a_column *= 2;
}

/* What is beyond VALUE_MAX is drawn there: a range must be a number, too. */
static range_t point(double value) {
  value = isfinite(value) ? fmax(-VALUE_MAX, fmin(VALUE_MAX, value)) : NAN;
  return (range_t){.low = value, .high = value};
}

void plot_add(plot_t *plot, const frame_t *frame, const verdict_t *verdict) {
  column_t row = {
      .first = frame->ts, .last = frame->ts, .flagged = verdict->flagged};
  for (size_t i = 0; i < plot->detector->features_num; i++)
    row.series[i] = point(frame->values[i]);
  row.series[SCORE(plot)] = point(verdict->score);
  row.series[THRESHOLD(plot)] = point(verdict->threshold);

  if (plot->columns_num > 0 && plot->rows_in_last < plot->rows_a_column) {
    merge(plot, &plot->columns[plot->columns_num - 1], &row);
    plot->rows_in_last++;
    return;
  }
  if (plot->columns_num == COLUMNS_MAX)
    halve(plot);
  plot->columns[plot->columns_num++] = row;
  plot->rows_in_last = 1;
}

/* --- drawing --- */

/* A gnuplot string between single quotes, where '' is a quote and nothing else
 * is special but the end of the line. */
static void put_string(FILE *script, const char *text) {
  putc('\'', script);
  for (; *text != '\0'; text++) {
    if (*text == '\'')
      putc('\'', script);
    putc((unsigned char)*text < ' ' ? ' ' : *text, script);
  }
  putc('\'', script);
}

static bool ends_in(const char *text, const char *end) {
  size_t length = strlen(text);
  return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static void put_setup(const plot_t *plot) {
  size_t panels = plot->detector->features_num + 1;
  fprintf(plot->script, "set terminal %s size %d,%zu noenhanced\nset output ",
          ends_in(plot->path, ".svg") ? "svg background 'white'" : "png",
          WIDTH_PX, PANEL_PX * panels + PANEL_PX / 2);
  put_string(plot->script, plot->path);
  fprintf(plot->script,
          "\nset multiplot layout %zu,1 margins 0.07,0.98,%g,%g spacing %g\n"
          "set xtics time format ''\n"
          "set ytics nomirror\n"
          "set format y '%%.6g'\n"
          "set grid\n"
          "set key left top\n",
          panels, 0.4 / (double)(panels + 1), 1 - 0.1 / (double)(panels + 1),
          0.09 / (double)(panels + 1));
}

static void put_row(const plot_t *plot, const column_t *column, int64_t ts,
                    bool high) {
  fprintf(plot->script, "%.3f", (double)ts / 1000);
  for (size_t i = 0; i <= THRESHOLD(plot); i++)
    if (isnan(column->series[i].low))
      fputs(" NaN", plot->script);
    else
      fprintf(plot->script, " %.9g",
              high ? column->series[i].high : column->series[i].low);
  putc('\n', plot->script);
}

static void put_data(const plot_t *plot) {
  fputs("$rows << END\n", plot->script);
  for (size_t i = 0; i < plot->columns_num; i++) {
    const column_t *column = &plot->columns[i];
    put_row(plot, column, column->first, false);
    if (column->last != column->first)
      put_row(plot, column, column->last, true);
  }
  fputs("END\n", plot->script);
}

/* A rectangle in every panel for each streak of columns with a flag in them. */
static void put_flagged_spans(const plot_t *plot) {
  for (size_t i = 0; i < plot->columns_num; i++) {
    if (!plot->columns[i].flagged)
      continue;
    size_t start = i;
    while (i + 1 < plot->columns_num && plot->columns[i + 1].flagged)
      i++;
    fprintf(plot->script,
            "set object rectangle from first %.3f, graph 0 to first %.3f, "
            "graph 1 behind fillcolor rgb '#ffc0c0' fillstyle solid noborder\n",
            (double)plot->columns[start].first / 1000,
            (double)(plot->columns[i].last + plot->interval) / 1000);
  }
}

/* The range of a panel. gnuplot would find it, but for a feature that is
 * constant or missing throughout. */
static void put_yrange(const plot_t *plot, size_t series) {
  range_t range = {.low = NAN, .high = NAN};
  for (size_t i = 0; i < plot->columns_num; i++)
    widen(&range, plot->columns[i].series[series]);
  if (isnan(range.low))
    range = (range_t){.low = 0, .high = 1};

  double margin = 0.05 * (range.high - range.low);
  if (!(margin > 0))
    margin = 0.05 * fabs(range.low) + 0.05;
  fprintf(plot->script, "set yrange [%.9g:%.9g]\n", range.low - margin,
          range.high + margin);
}

static void put_panels(const plot_t *plot) {
  const detector_t *detector = plot->detector;
  const column_t *last = &plot->columns[plot->columns_num - 1];
  fprintf(plot->script, "set xrange [%.3f:%.3f]\n",
          (double)plot->columns[0].first / 1000,
          (double)(last->last + plot->interval) / 1000);
  for (size_t i = 0; i < detector->features_num; i++) {
    put_yrange(plot, i);
    fprintf(plot->script, "plot $rows using 1:%zu with lines title ", i + 2);
    put_string(plot->script, detector->features[i].name);
    putc('\n', plot->script);
  }
  fprintf(plot->script,
          "set xtics time format \"%%m-%%d\\n%%H:%%M\"\n"
          "set yrange [0:1]\n"
          "plot $rows using 1:%zu with lines title 'score', "
          "$rows using 1:%zu with lines title 'threshold'\n"
          "unset multiplot\n",
          SCORE(plot) + 2, THRESHOLD(plot) + 2);
}

/* --- gnuplot, the program --- */

static int start_gnuplot(plot_t *plot) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
    complain("--plot: %s", strerror(errno));
    return -1;
  }

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[0], STDIN_FILENO);
  /* stdout is for our rows; and where gnuplot draws when it cannot write the
   * file */
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  char *const argv[] = {"gnuplot", NULL};
  int status =
      posix_spawnp(&plot->gnuplot, "gnuplot", &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_fds[0]);

  if (status != 0) {
    plot->gnuplot = 0;
    close(pipe_fds[1]);
    complain("--plot: gnuplot cannot be started: %s: install it (Debian: "
             "gnuplot-nox)",
             strerror(status));
    return -1;
  }
  plot->script = fdopen(pipe_fds[1], "w");
  if (plot->script == NULL) {
    close(pipe_fds[1]);
    complain("--plot: out of memory");
    return -1;
  }
  return 0;
}

/* Closes gnuplot's input and waits for it. 0, or -1: it failed. */
static int end_gnuplot(plot_t *plot) {
  bool failed = false;
  if (plot->script != NULL)
    failed = fclose(plot->script) != 0;
  plot->script = NULL;

  int status = 0;
  if (plot->gnuplot != 0)
    while (waitpid(plot->gnuplot, &status, 0) < 0 && errno == EINTR)
      ;
  plot->gnuplot = 0;
  return failed || status != 0 ? -1 : 0;
}

/* Tried at once: gnuplot opens the file when hours may have passed. */
static int try_to_write(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    complain("--plot %s: %s: can the file be written?", path, strerror(errno));
    return -1;
  }
  close(fd);
  return 0;
}

plot_t *plot_create(const char *path, const detector_t *detector,
                    int64_t interval) {
  if (!ends_in(path, ".svg") && !ends_in(path, ".png")) {
    complain("--plot %s: give a name that ends in .svg or .png", path);
    return NULL;
  }
  plot_t *plot = calloc(1, sizeof(*plot));
  if (plot == NULL) {
    complain("--plot: out of memory");
    return NULL;
  }
  plot->path = path;
  plot->detector = detector;
  plot->interval = interval;
  plot->rows_a_column = 1;
  if (start_gnuplot(plot) < 0 || try_to_write(path) < 0) {
    plot_destroy(plot);
    return NULL;
  }
  return plot;
}

/* gnuplot takes no notice of a full disk: whether the picture has its end. */
static bool is_whole(const char *path) {
  const char *end = ends_in(path, ".svg") ? "</svg>" : "IEND";
  char tail[32] = "";
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return false;
  size_t n = fseek(file, -(long)sizeof(tail), SEEK_END) == 0
                 ? fread(tail, 1, sizeof(tail), file)
                 : 0;
  fclose(file);
  return memmem(tail, n, end, strlen(end)) != NULL;
}

int plot_draw(plot_t *plot) {
  if (plot->columns_num > 0) {
    put_setup(plot);
    put_data(plot);
    put_flagged_spans(plot);
    put_panels(plot);
  }
  bool drawn = plot->columns_num > 0;
  if (end_gnuplot(plot) < 0 || (drawn && !is_whole(plot->path))) {
    complain("--plot %s: gnuplot failed: can the file be written?", plot->path);
    return -1;
  }
  return 0;
}

void plot_destroy(plot_t *plot) {
  if (plot == NULL)
    return;
  end_gnuplot(plot);
  free(plot);
}

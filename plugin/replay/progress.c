/* SPDX-License-Identifier: MIT */
/*
 * progress.c -- how far we are, on a terminal
 *
 * Position is told by bytes of the file as it lies on disk (compressed bytes,
 * when it is compressed): rows are not known beforehand. The clock is the only
 * thing here that is asked often, so the caller need not ask for every row.
 */
#include "config.h"

#include "plugin/replay/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_WIDTH 24
#define LINE_MAX_BYTES 128
#define COLUMNS_UNKNOWN 80
#define REDRAW_S 0.1

/* What the rate is worth in its first moments: nothing. */
#define RATE_AFTER_S 0.3

/* There is one standard error, and so one bar. */
static bool drawn;

typedef struct {
  char text[LINE_MAX_BYTES];
  size_t length;
  size_t room; /* columns of the terminal, but for the last */
} line_t;

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) +
         (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

void progress_start(progress_t *progress, int64_t size) {
  const char *term = getenv("TERM");
  bool dumb = term != NULL && strcmp(term, "dumb") == 0;
  *progress = (progress_t){
      .shown = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO) && !dumb,
      .size = size,
  };
  clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

/* 1234567 as "1,234,567"; `text` takes 27 bytes. */
static void group_digits(uint64_t number, char *text) {
  char digits[21];
  size_t length = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                   (unsigned long long)number);
  for (size_t i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      *text++ = ',';
    *text++ = digits[i];
  }
  *text = '\0';
}

/* Asked each time: it may have changed. */
static size_t terminal_columns(void) {
  struct winsize size = {0};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return COLUMNS_UNKNOWN;
  return size.ws_col;
}

/* Adds a part of the line, unless it would not fit: a line that wraps cannot be
 * wiped. */
__attribute__((format(printf, 2, 3))) static void add(line_t *line,
                                                      const char *format, ...) {
  size_t left = sizeof(line->text) - line->length;
  va_list args;
  va_start(args, format);
  int length = vsnprintf(line->text + line->length, left, format, args);
  va_end(args);
  if (length >= 0 && (size_t)length < left &&
      line->length + (size_t)length <= line->room)
    line->length += (size_t)length;
  line->text[line->length] = '\0';
}

static void add_bar(line_t *line, double part) {
  char bar[BAR_WIDTH + 1];
  size_t filled = (size_t)(part * BAR_WIDTH);
  memset(bar, '.', BAR_WIDTH);
  memset(bar, '#', filled);
  bar[BAR_WIDTH] = '\0';
  add(line, "[%s] %3.0f %%  ", bar, 100 * part);
}

void progress_update(progress_t *progress, int64_t bytes, uint64_t rows) {
  if (!progress->shown)
    return;
  double elapsed = seconds_since(&progress->start);
  if (elapsed < progress->next)
    return;
  progress->next = elapsed + REDRAW_S;

  char number[27];
  line_t line = {.room = terminal_columns() - 1};
  if (progress->size > 0)
    /* a file that grows while it is read: at the end, but not beyond */
    add_bar(&line, bytes < progress->size
                       ? (double)bytes / (double)progress->size
                       : 1);
  group_digits(rows, number);
  add(&line, "%s rows", number);
  if (elapsed > RATE_AFTER_S) {
    group_digits((uint64_t)((double)rows / elapsed), number);
    add(&line, "  %s/s", number);
    if (progress->size > 0 && bytes > 0 && bytes <= progress->size)
      add(&line, "  %.0f s left",
          elapsed * (double)(progress->size - bytes) / (double)bytes);
  }
  progress_wipe();
  drawn = true;
  fputs(line.text, stderr);
  fflush(stderr);
}

void progress_wipe(void) {
  if (drawn)
    fputs("\r\033[K", stderr);
  drawn = false;
}

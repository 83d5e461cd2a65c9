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

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 24
#define REDRAW_S 0.1

/* What the rate is worth in its first moments: nothing. */
#define RATE_AFTER_S 0.3

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) +
         (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

void progress_start(progress_t *progress, int64_t size) {
  *progress = (progress_t){
      .shown = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO),
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

static void draw_bar(double part) {
  char bar[BAR_WIDTH + 1];
  size_t filled = (size_t)(part * BAR_WIDTH);
  memset(bar, '.', BAR_WIDTH);
  memset(bar, '#', filled);
  bar[BAR_WIDTH] = '\0';
  fprintf(stderr, "[%s] %3.0f %%  ", bar, 100 * part);
}

void progress_update(progress_t *progress, int64_t bytes, uint64_t rows) {
  if (!progress->shown)
    return;
  double elapsed = seconds_since(&progress->start);
  if (elapsed < progress->next)
    return;
  progress->next = elapsed + REDRAW_S;

  char number[27];
  progress_wipe();
  if (progress->size > 0)
    /* a file that grows while it is read: at the end, but not beyond */
    draw_bar(bytes < progress->size ? (double)bytes / (double)progress->size
                                    : 1);
  group_digits(rows, number);
  fprintf(stderr, "%s rows", number);
  if (elapsed > RATE_AFTER_S) {
    group_digits((uint64_t)((double)rows / elapsed), number);
    fprintf(stderr, "  %s/s", number);
    if (progress->size > 0 && bytes > 0 && bytes <= progress->size)
      fprintf(stderr, "  %.0f s left",
              elapsed * (double)(progress->size - bytes) / (double)bytes);
  }
  fflush(stderr);
}

void progress_wipe(void) {
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
}

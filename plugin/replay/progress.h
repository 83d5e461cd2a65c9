/* SPDX-License-Identifier: MIT */
/*
 * progress.h -- how far we are, on a terminal
 *
 *     [#########...............]  38 %  412,000 rows  98,000/s  7 s left
 *
 * Drawn only where stderr is a terminal (of which TERM is not "dumb") and
 * stdout is not: rows that scroll by on the same terminal are progress enough.
 * What does not fit into a narrow one is left out.
 */
#ifndef ANOMALY_REPLAY_PROGRESS_H
#define ANOMALY_REPLAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Rows between two looks at the clock: so often progress_update() is called. */
#define PROGRESS_ROWS 64

typedef struct {
  bool shown;
  int64_t size; /* bytes of the file; 0: unknown: no bar, no time left */
  struct timespec start;
  double next; /* seconds after the start at which it is drawn again */
} progress_t;

/* `size`: bytes of the whole file, 0 when unknown. */
void progress_start(progress_t *progress, int64_t size);

/* Draws anew, ten times a second at most. `bytes` of the file have been
 * consumed, `rows` judged. */
void progress_update(progress_t *progress, int64_t bytes, uint64_t rows);

/* Clears the line that the bar stands on, if there is one. */
void progress_wipe(void);

#endif /* ANOMALY_REPLAY_PROGRESS_H */

/* SPDX-License-Identifier: MIT */
/*
 * run.h -- from flagged frames to runs
 *
 * A run opens after `hits` flagged frames in a row and closes after `clear`
 * unflagged ones. Also counts how often that happens: the false alarms
 * achieved, as far as the incidents were false. Silent runs (run_t) are not.
 */
#ifndef ANOMALY_RUN_H
#define ANOMALY_RUN_H

#include "plugin/detector/detector.h"
#include "plugin/detector/image.h"

/* All zero: no run, nothing flagged. */
typedef struct {
  run_t run;       /* open, or the streak that may become one */
  bool open;       /* whether it is open */
  uint32_t streak; /* flagged frames in a row while closed, unflagged while
                      open */
  double opened;   /* runs opened, exponentially forgotten over the window */
  double watched;  /* seconds in which they could be, at most the window */
} runs_t;

/* What the frame does to the run; *run is set unless RUN_NONE is returned. */
run_state_t runs_step(runs_t *runs, const detector_t *detector, int64_t ts,
                      double score, bool flagged, bool silent, run_t *run);

/* Counts `seconds` in which flags were possible. */
void runs_watch(runs_t *runs, double window, double seconds);

/* Runs opened a day; NaN before an hour has been watched. */
double runs_rate(const runs_t *runs);

/* A run opened elsewhere is open now. */
void runs_adopt(runs_t *runs, const run_t *run);

/* One that is open and began at `until` or earlier is not open any more. */
void runs_end(runs_t *runs, int64_t until);

/* Both directions; see image.h. */
void runs_image(runs_t *runs, image_t *image);

#endif /* ANOMALY_RUN_H */

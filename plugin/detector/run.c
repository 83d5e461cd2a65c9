/* SPDX-License-Identifier: MIT */
#include "plugin/detector/run.h"

#include <math.h>

#define SECONDS_AN_HOUR 3600.0
#define SECONDS_A_DAY 86400.0

static void run_begin(run_t *run, int64_t ts, double score, bool silent) {
  *run = (run_t){.started_at = ts,
                 .ended_at = ts,
                 .peak_score = score,
                 .peak_at = ts,
                 .silent = silent};
}

static void run_count(run_t *run, int64_t ts, double score, bool flagged) {
  run->points++;
  if (score > run->peak_score) {
    run->peak_score = score;
    run->peak_at = ts;
  }
  if (!flagged)
    return;
  run->anomalies++;
  if (ts > run->ended_at) /* or the clock was set back */
    run->ended_at = ts;
}

static run_state_t step_closed(runs_t *runs, const detector_t *detector,
                               int64_t ts, double score, bool flagged,
                               bool silent) {
  if (!flagged) {
    runs->streak = 0;
    return RUN_NONE;
  }
  if (runs->streak > 0 && runs->run.silent != silent)
    runs->streak = 0;
  if (runs->streak == 0)
    run_begin(&runs->run, ts, score, silent);
  run_count(&runs->run, ts, score, flagged);
  if (++runs->streak < detector->hits)
    return RUN_NONE;
  runs->open = true;
  runs->streak = 0;
  runs->opened += !silent;
  return RUN_OPENED;
}

static run_state_t step_open(runs_t *runs, const detector_t *detector,
                             int64_t ts, double score, bool flagged) {
  run_count(&runs->run, ts, score, flagged);
  runs->streak = flagged ? 0 : runs->streak + 1;
  if (runs->streak < detector->clear)
    return RUN_OPEN;
  runs->open = false;
  runs->streak = 0;
  return RUN_CLOSED;
}

run_state_t runs_step(runs_t *runs, const detector_t *detector, int64_t ts,
                      double score, bool flagged, bool silent, run_t *run) {
  if (runs->open && runs->run.silent && !silent) {
    runs->open = false;
    runs->streak = 0;
  }
  run_state_t state =
      runs->open ? step_open(runs, detector, ts, score, flagged)
                 : step_closed(runs, detector, ts, score, flagged, silent);
  if (state != RUN_NONE)
    *run = runs->run;
  return state;
}

void runs_watch(runs_t *runs, double window, double seconds) {
  runs->watched += seconds;
  if (runs->watched <= window)
    return;
  runs->opened *= window / runs->watched;
  runs->watched = window;
}

double runs_rate(const runs_t *runs) {
  return runs->watched < SECONDS_AN_HOUR
             ? NAN
             : runs->opened / (runs->watched / SECONDS_A_DAY);
}

void runs_adopt(runs_t *runs, const run_t *run) {
  runs->run = *run;
  runs->open = true;
  runs->streak = 0;
}

void runs_end(runs_t *runs, int64_t until) {
  if (!runs->open || runs->run.started_at > until)
    return;
  runs->open = false;
  runs->streak = 0;
}

void runs_image(runs_t *runs, image_t *image) {
  run_t *run = &runs->run;
  image_i64(image, &run->started_at, INT64_MIN, INT64_MAX);
  image_i64(image, &run->ended_at, INT64_MIN, INT64_MAX);
  image_u64(image, &run->points);
  image_u64(image, &run->anomalies);
  image_f64(image, &run->peak_score, 0, 1);
  image_i64(image, &run->peak_at, INT64_MIN, INT64_MAX);
  image_bool(image, &run->silent);
  image_bool(image, &runs->open);
  image_u32(image, &runs->streak, 0, UINT32_MAX);
  image_f64(image, &runs->opened, 0, 1e18);
  image_f64(image, &runs->watched, 0, 1e18);
}

/* SPDX-License-Identifier: MIT */
/*
 * main.c -- anomaly-replay: what would have been flagged?
 *
 * Feeds a file to one model, row by row, the way the plugin feeds it a host's
 * frames, and prints what it says. Nothing here grows with the file. What
 * collectd has written itself is hosts.c's.
 */
#include "config.h"

#include "plugin/detector/detector.h"
#include "plugin/replay/complain.h"
#include "plugin/replay/hosts.h"
#include "plugin/replay/input.h"
#include "plugin/replay/measures.h"
#include "plugin/replay/options.h"
#include "plugin/replay/output.h"
#include "plugin/replay/plot.h"
#include "plugin/replay/progress.h"
#include "plugin/replay/summary.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_COMPLAINED 2

/* Bytes of rows a write: nobody waits for a single one. */
#define OUTPUT_BUFFER (64u << 10)

typedef struct {
  options_t options;
  input_t *input;
  detector_feature_t features[DETECTOR_FEATURES_MAX];
  detector_t detector;
  int64_t interval; /* milliseconds a row */
  model_t *model;
  measures_t *measures; /* NULL without --label */
  plot_t *plot;         /* NULL without --plot */
  summary_t summary;
} replay_t;

/* --- setting up --- */

/* The feature that --noise or --unit speaks of; NULL after a complaint. */
static detector_feature_t *find_feature(replay_t *replay,
                                        const option_feature_t *option) {
  for (size_t i = 0; i < replay->detector.features_num; i++)
    if (strcmp(replay->features[i].name, option->feature) == 0)
      return &replay->features[i];
  complain("%s: line 1: there is no feature \"%s\": correct --%s or the header",
           input_name(replay->input), option->feature,
           option->unit != NULL ? "unit" : "noise");
  return NULL;
}

/* The detector that the command line and the header describe. */
static int make_detector(replay_t *replay) {
  const options_t *options = &replay->options;
  replay->detector = options->detector;
  replay->detector.features = replay->features;
  replay->detector.features_num = input_features_num(replay->input);
  for (size_t i = 0; i < replay->detector.features_num; i++)
    replay->features[i] = (detector_feature_t){
        .name = input_feature(replay->input, i), .unit = ""};

  for (size_t i = 0; i < options->features_num; i++) {
    const option_feature_t *option = &options->features[i];
    detector_feature_t *feature = find_feature(replay, option);
    if (feature == NULL)
      return -1;
    if (option->unit != NULL)
      feature->unit = option->unit;
    else
      feature->noise = option->noise;
  }

  const char *wrong = detector_check(&replay->detector);
  if (wrong != NULL) {
    complain("%s", wrong);
    return -1;
  }
  return 0;
}

static int choose_interval(replay_t *replay) {
  replay->interval = replay->options.interval;
  if (replay->interval == 0)
    replay->interval = input_cadence(replay->input);
  if (replay->interval > 0)
    return 0;
  complain("%s: line 2: none of the first rows is later than the one before: "
           "sort the file by ts, or give --interval SECONDS for a single row",
           input_name(replay->input));
  return -1;
}

static int set_up(replay_t *replay) {
  replay->input = input_open(&replay->options.columns);
  if (replay->input == NULL || make_detector(replay) < 0 ||
      choose_interval(replay) < 0)
    return -1;

  replay->model = model_create(&replay->detector);
  if (replay->options.columns.label != NULL)
    replay->measures = measures_create(replay->interval);
  if (replay->model == NULL ||
      (replay->options.columns.label != NULL && replay->measures == NULL)) {
    complain("out of memory: give fewer --trees or a smaller --sample-size");
    return -1;
  }

  if (replay->options.plot != NULL) {
    replay->plot =
        plot_create(replay->options.plot, &replay->detector, replay->interval);
    if (replay->plot == NULL)
      return -1;
  }
  return 0;
}

static void tear_down(replay_t *replay) {
  plot_destroy(replay->plot);
  measures_destroy(replay->measures);
  if (replay->model != NULL)
    model_destroy(replay->model);
  input_close(replay->input);
  options_free(&replay->options);
}

/* --- replaying --- */

/* A row that does not go forward in time is printed, or the output could not be
 * laid beside the input, but neither judged nor learned. */
static void replay_row(replay_t *replay, const input_row_t *row) {
  const frame_t frame = {
      .ts = row->ts, .interval = replay->interval, .values = row->values};
  verdict_t verdict = {.score = NAN,
                       .threshold = NAN,
                       .warming_up = replay->summary.judged == 0};

  if (model_step(replay->model, &frame, &verdict) != 0) {
    summary_skip(&replay->summary, row->line);
  } else {
    summary_add(&replay->summary, replay->interval, &verdict);
    if (replay->plot != NULL)
      plot_add(replay->plot, &frame, &verdict);
  }
  if (replay->measures != NULL && !verdict.warming_up)
    measures_add(replay->measures, row->label, verdict.score, verdict.flagged);
  output_row(stdout, replay->options.format,
             &(output_row_t){.ts_text = row->ts_text,
                             .detector = &replay->detector,
                             .model = replay->model,
                             .verdict = &verdict});
}

static int replay_rows(replay_t *replay) {
  progress_t progress;
  input_row_t row;
  int status = 0;

  progress_start(&progress, input_size(replay->input));
  output_header(stdout, replay->options.format, false);
  while ((status = input_next(replay->input, &row)) > 0) {
    replay_row(replay, &row);
    if (ferror(stdout))
      return output_failed();
    if (replay->summary.rows % PROGRESS_ROWS == 0)
      progress_update(&progress, input_position(replay->input),
                      replay->summary.rows);
  }
  if (status < 0)
    return -1;
  return fflush(stdout) == 0 ? 0 : output_failed();
}

static void report(const replay_t *replay) {
  const summary_t *summary = &replay->summary;
  progress_wipe();
  if (summary->skipped > 0)
    complain("%s: line %zu: warning: %" PRIu64
             " rows, this one first, are not later "
             "than all before and were skipped: sort the file by ts, and mend "
             "what lies in the future",
             input_name(replay->input), summary->skipped_line,
             summary->skipped);
  summary_print(summary, replay->detector.false_alarms, replay->measures);
}

int main(int argc, char **argv) {
  replay_t replay = {0};
  int exit_status = EXIT_COMPLAINED;

  /* the end of a pipe, ours or gnuplot's, is an error like a full disk */
  signal(SIGPIPE, SIG_IGN);

  switch (options_parse(&replay.options, argc, argv)) {
  case OPTIONS_RUN:
    break;
  case OPTIONS_DONE:
    if (fflush(stdout) == 0)
      exit_status = EXIT_SUCCESS;
    else
      output_failed();
    goto done;
  case OPTIONS_WRONG:
    goto done;
  }

  setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
  if (replay.options.tree != NULL) {
    if (hosts_replay(&replay.options) == 0)
      exit_status = EXIT_SUCCESS;
    goto done;
  }
  if (set_up(&replay) < 0 || replay_rows(&replay) < 0)
    goto done;
  report(&replay);
  if (replay.plot == NULL || plot_draw(replay.plot) == 0)
    exit_status = EXIT_SUCCESS;

done:
  tear_down(&replay);
  return exit_status;
}

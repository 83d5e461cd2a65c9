/* SPDX-License-Identifier: MIT */
/*
 * hosts.c -- replays what collectd has written, host by host
 *
 * One host's models are in memory at a time, so a directory of a thousand hosts
 * takes no more than the largest of them.
 */
#include "config.h"

#include "plugin/replay/hosts.h"

#include "plugin/replay/complain.h"
#include "plugin/replay/detectors.h"
#include "plugin/replay/history.h"
#include "plugin/replay/progress.h"
#include "plugin/replay/save.h"
#include "plugin/replay/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  const options_t *options;
  detectors_t detectors;
  types_db_t *types;
  history_options_t history;
  save_t *save; /* NULL without --save */
  progress_t progress;
  summary_t summary;
  size_t hosts;             /* that have anything to watch */
  size_t models;            /* of them */
  size_t kept;              /* models that the database knows more of */
  model_t **models_of_host; /* one a detector; NULL: no frame has come yet */
} replay_t;

/* --- one frame ----------------------------------------------------------- */

/* "2026-01-31T12:00:00Z"; milliseconds where there are any. */
static void format_ts(int64_t ts, char *text, size_t size) {
  time_t seconds = (time_t)(ts / 1000);
  struct tm utc = {0};
  gmtime_r(&seconds, &utc);
  size_t length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &utc);
  if (ts % 1000 != 0)
    length += (size_t)snprintf(text + length, size - length, ".%03d",
                               (int)(ts % 1000));
  snprintf(text + length, size - length, "Z");
}

static int replay_frame(replay_t *replay, const char *host, size_t number,
                        frame_t *frame) {
  const detector_options_t *options = replay->detectors.items + number;
  model_t **model = replay->models_of_host + number;
  if (*model == NULL) {
    *model = model_create(&options->detector);
    replay->models++;
  }
  if (*model == NULL) {
    complain("out of memory: give fewer Trees or a smaller SampleSize");
    return -1;
  }
  verdict_t verdict = {0};
  char ts[40];
  frame->silent = silence_covers(&options->silence, frame->ts);
  if (model_step(*model, frame, &verdict) != 0)
    return 0; /* not later than the last: the host's clock was set back */
  summary_add(&replay->summary, frame->interval, &verdict);
  format_ts(frame->ts, ts, sizeof(ts));
  output_row(stdout, replay->options->format,
             &(output_row_t){.ts_text = ts,
                             .detector = &options->detector,
                             .model = *model,
                             .verdict = &verdict,
                             .host = host});
  if (replay->summary.rows % PROGRESS_ROWS == 0)
    progress_update(&replay->progress, 0, replay->summary.rows);
  return ferror(stdout) ? output_failed() : 0;
}

/* --- one host ------------------------------------------------------------ */

/* Of the host's models; INT64_MIN: no frame has come. */
static int64_t newest_ts(const replay_t *replay) {
  int64_t newest = INT64_MIN;
  for (size_t i = 0; i < replay->detectors.num; i++) {
    const model_t *model = replay->models_of_host[i];
    if (model != NULL && model_last_ts(model) > newest)
      newest = model_last_ts(model);
  }
  return newest;
}

/* All of the host's models or none: where one detector's intervals end earlier
 * than another's, nothing in the database is newer for that. */
static int save_host(replay_t *replay, const char *host) {
  bool keep = save_is_newer(replay->save, host, newest_ts(replay));
  for (size_t i = 0; i < replay->detectors.num; i++) {
    const model_t *model = replay->models_of_host[i];
    if (model == NULL)
      continue;
    replay->kept += keep;
    if (!keep && save_model(replay->save, host,
                            &replay->detectors.items[i].detector, model) != 0)
      return -1;
  }
  return 0;
}

static int replay_frames(replay_t *replay, history_t *history,
                         const char *host) {
  size_t detector = 0;
  frame_t frame = {0};
  int status = 0;
  while ((status = history_next(history, &detector, &frame)) > 0)
    if (replay_frame(replay, host, detector, &frame) != 0)
      return -1;
  return status < 0 || replay->save == NULL ? status : save_host(replay, host);
}

static int replay_host(replay_t *replay, const char *host) {
  history_t *history = history_open(&replay->history, host);
  if (history == NULL)
    return -1;
  replay->hosts += history_series_num(history) > 0;
  int status = replay_frames(replay, history, host);
  for (size_t i = 0; i < replay->detectors.num; i++) {
    model_destroy(replay->models_of_host[i]);
    replay->models_of_host[i] = NULL;
  }
  history_close(history);
  return status;
}

/* --- all of them --------------------------------------------------------- */

static int replay_all(replay_t *replay, char **hosts) {
  const char *wanted = replay->options->host;
  bool found = false;
  for (; *hosts != NULL; hosts++) {
    if (wanted != NULL && strcmp(wanted, *hosts) != 0)
      continue;
    found = true;
    if (replay_host(replay, *hosts) != 0)
      return -1;
  }
  if (!found) {
    complain("%s: there is no directory of the host \"%s\": correct --host",
             replay->history.dir, wanted);
    return -1;
  }
  if (replay->hosts == 0) {
    complain("%s: holds nothing that a detector watches: give the DataDir of "
             "collectd's %s plugin, or select what it holds",
             replay->history.dir,
             replay->history.format == TREE_CSV ? "csv" : "rrdtool");
    return -1;
  }
  return 0;
}

static int set_up(replay_t *replay) {
  const options_t *options = replay->options;
  if (detectors_make(&replay->detectors, options) != 0)
    return -1;
  replay->types = types_db_create();
  replay->models_of_host =
      calloc(replay->detectors.num, sizeof(*replay->models_of_host));
  if (replay->types == NULL || replay->models_of_host == NULL) {
    complain("out of memory");
    return -1;
  }
  for (size_t i = 0; i < options->types_num; i++)
    if (types_db_read(replay->types, options->types[i]) != 0)
      return -1;
  if (options->types_num == 0 && options->tree_format == TREE_CSV &&
      types_db_read(replay->types, TYPES_DB_DEFAULT) != 0)
    return -1;
  replay->history = (history_options_t){
      .dir = options->tree,
      .format = options->tree_format,
      .types = replay->types,
      .interval = ticks_of_seconds((double)options->interval / 1000),
      .detectors = replay->detectors.items,
      .detectors_num = replay->detectors.num};
  if (options->save != NULL)
    replay->save = save_open(options->save, replay->detectors.items,
                             replay->detectors.num);
  return options->save == NULL || replay->save != NULL ? 0 : -1;
}

static void report(const replay_t *replay) {
  progress_wipe();
  fprintf(stderr, "models              %zu, of %zu host%s\n", replay->models,
          replay->hosts, replay->hosts == 1 ? "" : "s");
  summary_print(&replay->summary,
                replay->detectors.items[0].detector.false_alarms, NULL);
  if (replay->options->save == NULL)
    return;
  size_t saved = replay->models - replay->kept;
  fprintf(stderr, "saved               %zu model%s\n", saved,
          saved == 1 ? "" : "s");
  if (replay->kept > 0)
    complain("warning: %zu model%s not saved, since %s has learned until later",
             replay->kept, replay->kept == 1 ? "" : "s", replay->options->save);
}

int hosts_replay(const options_t *options) {
  replay_t replay = {.options = options};
  char **hosts = NULL;
  int status = set_up(&replay);
  if (status == 0)
    hosts = tree_hosts(options->tree);
  if (hosts == NULL)
    status = -1;
  if (status == 0) {
    progress_start(&replay.progress, 0);
    output_header(stdout, options->format, true);
    status = replay_all(&replay, hosts);
  }
  if (status == 0 && fflush(stdout) != 0)
    status = output_failed();
  if (save_close(replay.save) != 0)
    status = -1;
  if (status == 0)
    report(&replay);
  tree_free_hosts(hosts);
  free(replay.models_of_host);
  types_db_destroy(replay.types);
  detectors_clear(&replay.detectors);
  return status;
}

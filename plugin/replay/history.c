/* SPDX-License-Identifier: MIT */
/* Files become frames: see the header. */
#include "config.h"

#include "plugin/replay/history.h"

#include "plugin/replay/complain.h"
#include "plugin/replay/csv_series.h"
#include "plugin/replay/rrd_series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* After the last value frames are closed as by a clock that goes on so far. */
#define END_WAIT TICKS(86400)

/* One that feeds a detector. */
typedef struct {
  const tree_series_t *tree;
  csv_series_t *csv; /* either */
  rrd_series_t *rrd;
  use_t *uses;
  size_t uses_num;
  sample_t sample; /* the next */
} series_t;

struct history_s {
  const history_options_t *options;
  tree_host_t tree;
  series_t *series;
  size_t series_num;
  series_t **heap; /* those with a next sample, the earliest first */
  size_t heap_num;
  frames_t **frames; /* one a detector; NULL: it does not want the host */
  ticks_t now;       /* the clock that the daemon would have had */
  bool ended;
  size_t peeked; /* detectors_num: none of its frames is in somebody's hands */
};

/* --- series -------------------------------------------------------------- */

static int complain_memory(void) {
  complain("out of memory");
  return -1;
}

static int complain_type(const tree_series_t *tree) {
  complain("%s: its type \"%s\" is unknown: give the types.db that has it, "
           "with --types-db",
           tree->path, tree->type);
  return -1;
}

static int open_files(const history_t *history, series_t *series,
                      const source_t **sources, size_t *sources_num) {
  const tree_series_t *tree = series->tree;
  if (history->options->format == TREE_RRD) {
    series->rrd = rrd_series_open(tree);
    if (series->rrd == NULL)
      return -1;
    *sources_num = rrd_series_sources(series->rrd, sources);
    return 0;
  }
  *sources_num = types_db_find(history->options->types, tree->type, sources);
  if (*sources_num == 0)
    return complain_type(tree);
  series->csv =
      csv_series_open(tree, *sources, *sources_num, history->options->interval);
  return series->csv == NULL ? -1 : 0;
}

static void close_series(series_t *series) {
  csv_series_close(series->csv);
  rrd_series_close(series->rrd);
  free(series->uses);
  *series = (series_t){0};
}

/* Opens a series if a detector makes something of it. The plugin's own are fed
 * to none, as in the daemon. */
static int add_series(history_t *history, const tree_series_t *tree) {
  const detector_options_t *detectors = history->options->detectors;
  size_t detectors_num = history->options->detectors_num;
  metric_t metric = {.plugin = tree->plugin,
                     .plugin_instance = tree->plugin_instance,
                     .type = tree->type,
                     .type_instance = tree->type_instance};
  if (strcmp(tree->plugin, "anomaly") == 0 ||
      !match_identifier(detectors, detectors_num, &metric))
    return 0;
  series_t *series = history->series + history->series_num;
  *series = (series_t){.tree = tree};
  if (open_files(history, series, &metric.sources, &metric.sources_num) != 0)
    return -1;
  int status = match_metric(detectors, detectors_num, &metric, &series->uses,
                            &series->uses_num);
  if (status != 0 || series->uses_num == 0) {
    close_series(series);
    return status == 0 ? 0 : complain_memory();
  }
  for (size_t i = 0; i < series->uses_num; i++)
    series->uses[i].kind = SOURCE_GAUGE; /* rates by now */
  history->series_num++;
  return 0;
}

static int next_sample(series_t *series) {
  return series->csv != NULL ? csv_series_next(series->csv, &series->sample)
                             : rrd_series_next(series->rrd, &series->sample);
}

/* --- the earliest first -------------------------------------------------- */

static bool is_before(const series_t *a, const series_t *b) {
  if (a->sample.time != b->sample.time)
    return a->sample.time < b->sample.time;
  return a < b;
}

/* Puts the series at `place` where it belongs below. */
static void sink(history_t *history, size_t place) {
  series_t **heap = history->heap;
  for (;;) {
    size_t least = place;
    for (size_t child = 2 * place + 1;
         child <= 2 * place + 2 && child < history->heap_num; child++)
      if (is_before(heap[child], heap[least]))
        least = child;
    if (least == place)
      return;
    series_t *swapped = heap[place];
    heap[place] = heap[least];
    heap[least] = swapped;
    place = least;
  }
}

static int fill_heap(history_t *history) {
  for (size_t i = 0; i < history->series_num; i++) {
    int got = next_sample(history->series + i);
    if (got < 0)
      return -1;
    if (got > 0)
      history->heap[history->heap_num++] = history->series + i;
  }
  for (size_t i = history->heap_num; i-- > 0;)
    sink(history, i);
  return 0;
}

/* Gets the next sample of the series on top. */
static int advance(history_t *history) {
  int got = next_sample(history->heap[0]);
  if (got < 0)
    return -1;
  if (got == 0)
    history->heap[0] = history->heap[--history->heap_num];
  if (history->heap_num > 0)
    sink(history, 0);
  return 0;
}

/* --- life ---------------------------------------------------------------- */

static bool is_wanted(const history_options_t *options, const char *host) {
  for (size_t i = 0; i < options->detectors_num; i++)
    if (selector_match(&options->detectors[i].host, host))
      return true;
  return false;
}

static int begin(history_t *history, const char *host) {
  const history_options_t *options = history->options;
  if (is_wanted(options, host) &&
      tree_read(options->dir, host, options->format, &history->tree) != 0)
    return -1;
  size_t num = history->tree.series_num;
  history->series = calloc(num + 1, sizeof(*history->series));
  history->heap = calloc(num + 1, sizeof(*history->heap));
  history->frames = calloc(options->detectors_num, sizeof(*history->frames));
  if (history->series == NULL || history->heap == NULL ||
      history->frames == NULL)
    return complain_memory();
  for (size_t i = 0; i < options->detectors_num; i++) {
    if (!selector_match(&options->detectors[i].host, host))
      continue;
    history->frames[i] = frames_create(options->detectors + i);
    if (history->frames[i] == NULL)
      return complain_memory();
  }
  for (size_t i = 0; i < num; i++)
    if (add_series(history, history->tree.series + i) != 0)
      return -1;
  return fill_heap(history);
}

history_t *history_open(const history_options_t *options, const char *host) {
  history_t *history = calloc(1, sizeof(*history));
  if (history == NULL) {
    complain_memory();
    return NULL;
  }
  history->options = options;
  history->peeked = options->detectors_num;
  if (begin(history, host) == 0)
    return history;
  history_close(history);
  return NULL;
}

void history_close(history_t *history) {
  if (history == NULL)
    return;
  /* one more when it was given up half open */
  for (size_t i = 0; history->series != NULL && i <= history->series_num; i++)
    close_series(history->series + i);
  for (size_t i = 0;
       history->frames != NULL && i < history->options->detectors_num; i++)
    frames_destroy(history->frames[i]);
  free(history->series);
  free(history->heap);
  free(history->frames);
  tree_clear(&history->tree);
  free(history);
}

size_t history_series_num(const history_t *history) {
  return history->series_num;
}

/* --- frames -------------------------------------------------------------- */

/* A host's clock that was set back has been put right with the order of its
 * rows: all that comes is news. */
static bool peek(history_t *history, size_t *detector, frame_t *frame) {
  size_t num = history->options->detectors_num;
  bool clock_set = false;
  if (history->peeked < num)
    frames_pop(history->frames[history->peeked]);
  for (history->peeked = 0; history->peeked < num; history->peeked++)
    if (history->frames[history->peeked] != NULL &&
        frames_peek(history->frames[history->peeked], frame, &clock_set) == 0) {
      *detector = history->peeked;
      return true;
    }
  return false;
}

static void tick(history_t *history, ticks_t now) {
  if (now <= history->now)
    return;
  history->now = now;
  for (size_t i = 0; i < history->options->detectors_num; i++)
    if (history->frames[i] != NULL)
      frames_tick(history->frames[i], now);
}

/* Hands a sample to every detector that makes something of it. */
static int write_sample(history_t *history, const series_t *series) {
  reading_t reading = {.series = (uint64_t)(series - history->series) + 1,
                       .plugin_instance = series->tree->plugin_instance,
                       .values = series->sample.values,
                       .time = series->sample.time,
                       .interval = series->sample.interval};
  for (size_t i = 0; i < series->uses_num; i += reading.uses_num) {
    reading.uses = series->uses + i;
    reading.uses_num = match_same_detector(reading.uses, series->uses_num - i);
    frames_t *frames = history->frames[reading.uses->detector];
    if (frames == NULL)
      continue;
    int status = frames_write(frames, &reading, history->now);
    if (status == E2BIG) {
      complain("%s: the host has more than %d series for one detector: let its "
               "features select fewer",
               series->tree->path, FRAMES_SLOTS_MAX);
      return -1;
    }
    if (status != 0)
      return complain_memory();
  }
  return 0;
}

int history_next(history_t *history, size_t *detector, frame_t *frame) {
  while (!peek(history, detector, frame)) {
    if (history->heap_num > 0) {
      const series_t *series = history->heap[0];
      tick(history, series->sample.time);
      if (write_sample(history, series) != 0 || advance(history) != 0)
        return -1;
    } else if (!history->ended) {
      history->ended = true;
      tick(history, history->now + END_WAIT);
    } else
      return 0;
  }
  return 1;
}

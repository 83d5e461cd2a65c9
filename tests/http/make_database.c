/* SPDX-License-Identifier: MIT */
/*
 * make_database.c -- fills a database as the plugin does, for tests
 *
 *     make_database FILE [--hosts N] [--rows N] [--interval MS] [--end MS]
 *                        [--mark TEXT] [--follow]
 *
 * Each of host-1, host-2, … gets `rows` samples of the detector "system", the
 * last at `end` (default: now). One row in 1000 is flagged; every flagged row
 * is a run of its own, and the last one of host-1 is open. With --mark, TEXT is
 * at the beginning of every name, unit and note. With --follow, goes on writing
 * a sample of each host every 100 ms until it is killed.
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/storage.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLAGGED_EVERY 1000
#define FOLLOW_MS 100

static detector_feature_t features[] = {
    {.name = "cpu", .unit = "%"},     {.name = "memory", .unit = "%"},
    {.name = "disk", .unit = "%"},    {.name = "network", .unit = "B/s"},
    {.name = "errors", .unit = "/s"},
};
#define FEATURES (sizeof(features) / sizeof(features[0]))

static detector_t detector = {.name = "system",
                              .features = features,
                              .features_num = FEATURES,
                              .warm_up = 900};

/* What all texts begin with. */
static const char *mark = "";

typedef struct {
  const char *path;
  long hosts;
  long rows;
  long long interval;
  long long end;
  bool follow;
} options_t;

static void on_log(int level, const char *message) {
  fprintf(stderr, "%d %s\n", level, message);
}

static int make_thread(pthread_t *thread, void *(*start)(void *), void *arg) {
  return pthread_create(thread, NULL, start, arg);
}

/* Waits while much is queued: nothing must be given up. */
static void wait_for_room(storage_t *storage, size_t length) {
  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  while (stats.queue_length > length) {
    usleep(2000);
    storage_flush(storage);
    storage_stats(storage, &stats);
  }
  if (stats.state == STORAGE_FAILING) {
    fprintf(stderr, "make_database: %s\n", stats.error);
    exit(1);
  }
}

/* For ever. */
static char *marked(const char *text) {
  char *both = malloc(strlen(mark) + strlen(text) + 1);
  if (both == NULL)
    exit(1);
  strcpy(both, mark);
  return strcat(both, text);
}

static void mark_all(const char *text) {
  mark = text;
  detector.name = marked(detector.name);
  for (size_t i = 0; i < FEATURES; i++) {
    features[i].name = marked(features[i].name);
    features[i].unit = marked(features[i].unit);
  }
}

static void put_run(storage_t *storage, const char *host, int64_t ts,
                    double cpu, bool open) {
  const suspect_t suspects[] = {
      {.feature = 0, .share = 0.875, .value = cpu, .low = 12, .high = 43},
      {.feature = 4, .share = 0.125, .value = NAN, .low = 0, .high = 1},
  };
  const storage_run_t run = {
      .id = storage_run_id(),
      .host = host,
      .detector = detector.name,
      .open = open,
      .run = {.started_at = ts,
              .ended_at = ts,
              .points = 1,
              .anomalies = 1,
              .peak_score = 0.9,
              .peak_at = ts},
  };
  char *note = marked("cpu 97 %, usual 12 to 43 %");
  const storage_anomaly_t anomaly = {
      .run_id = run.id,
      .ts = ts,
      .score = 0.9,
      .threshold = 0.6,
      .detector = &detector,
      .suspects = suspects,
      .suspects_num = 2,
      .note = note,
  };
  if (storage_put_run(storage, &run) != 0 ||
      storage_put_anomaly(storage, &anomaly) != 0)
    exit(1);
  free(note);
}

static void put_row(storage_t *storage, const char *host, int64_t ts, long row,
                    bool open) {
  bool flagged = row % FLAGGED_EVERY == FLAGGED_EVERY - 1;
  double day = sin((double)ts / 86400000 * 2 * M_PI);
  double jitter = (double)(row * 7919 % 1000) / 1000;
  const double values[FEATURES] = {
      flagged ? 97 : 30 + 10 * day + 5 * jitter,
      55 + 3 * day + jitter,
      61 + (double)(row % 8640) / 8640,
      1e6 * (2 + day + jitter),
      row % 50 == 0 ? NAN : jitter,
  };
  const frame_t frame = {.ts = ts, .interval = 1, .values = values};
  const verdict_t verdict = {.score = flagged ? 0.9 : 0.2 + 0.2 * jitter,
                             .threshold = 0.6,
                             .flagged = flagged};
  const storage_sample_t sample = {.host = host,
                                   .detector = &detector,
                                   .frame = &frame,
                                   .verdict = &verdict};
  if (storage_put_sample(storage, &sample) != 0)
    exit(1);
  if (flagged)
    put_run(storage, host, ts, values[0], open);
}

static void put_rows(storage_t *storage, const options_t *options, int64_t ts,
                     long row, bool last) {
  char host[256] = "";
  for (long i = 1; i <= options->hosts; i++) {
    snprintf(host, sizeof(host), "%shost-%ld", mark, i);
    put_row(storage, host, ts, row, last && i == 1);
  }
}

static void fill(storage_t *storage, const options_t *options) {
  for (long row = 0; row < options->rows; row++) {
    int64_t ts = options->end - (options->rows - 1 - row) * options->interval;
    put_rows(storage, options, ts, row, row + FLAGGED_EVERY >= options->rows);
    if (row * options->hosts % 10000 < options->hosts)
      wait_for_room(storage, 20000);
  }
  wait_for_room(storage, 0);
}

static void follow(storage_t *storage, const options_t *options) {
  for (long row = 0;; row++) {
    usleep(FOLLOW_MS * 1000);
    put_rows(storage, options, wall_ms(), row % (FLAGGED_EVERY - 1), false);
    wait_for_room(storage, 20000);
  }
}

static int parse(options_t *options, int argc, char **argv) {
  static const struct option table[] = {
      {"hosts", required_argument, NULL, 'h'},
      {"rows", required_argument, NULL, 'r'},
      {"interval", required_argument, NULL, 'i'},
      {"end", required_argument, NULL, 'e'},
      {"mark", required_argument, NULL, 'm'},
      {"follow", no_argument, NULL, 'f'},
      {NULL, 0, NULL, 0},
  };
  for (int key; (key = getopt_long(argc, argv, "", table, NULL)) != -1;)
    switch (key) {
    case 'h':
      options->hosts = atol(optarg);
      break;
    case 'r':
      options->rows = atol(optarg);
      break;
    case 'i':
      options->interval = atoll(optarg);
      break;
    case 'e':
      options->end = atoll(optarg);
      break;
    case 'm':
      mark_all(optarg);
      break;
    case 'f':
      options->follow = true;
      break;
    default:
      return -1;
    }
  options->path = argv[optind];
  return options->path == NULL ? -1 : 0;
}

int main(int argc, char **argv) {
  options_t options = {
      .hosts = 2, .rows = 3000, .interval = 10000, .end = wall_ms()};
  if (parse(&options, argc, argv) != 0) {
    fprintf(stderr, "usage: make_database FILE [options]\n");
    return 2;
  }
  const detector_t *const detectors[] = {&detector};
  const storage_options_t storage_options = {
      .path = options.path,
      .retention = INT64_C(1) << 40,
      .detectors = detectors,
      .detectors_num = 1,
      .log = on_log,
      .thread_create = make_thread,
  };
  storage_t *storage = storage_start(&storage_options);
  if (storage == NULL)
    return 1;
  fill(storage, &options);
  puts("filled");
  fflush(stdout);
  if (options.follow)
    follow(storage, &options);
  return storage_stop(storage, 60) == 0 ? 0 : 1;
}

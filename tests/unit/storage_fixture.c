/* SPDX-License-Identifier: MIT */
/*
 * storage_fixture.c -- see storage_fixture.h
 */
#include "tests/unit/storage_fixture.h"
#include "plugin/storage/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 30000

static const detector_feature_t features[] = {
    {.name = "cpu", .unit = "%"},
    {.name = "memory", .unit = "%"},
    {.name = "order", .unit = ""}, /* a word of SQL's own */
};

const detector_t fixture_system = {
    .name = "system", .features = features, .features_num = 2};
const detector_t fixture_wider = {
    .name = "system", .features = features, .features_num = 3};

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t logged;
static char last_log[1024];

static void on_log(int level, const char *message) {
  (void)level;
  pthread_mutex_lock(&log_lock);
  logged++;
  snprintf(last_log, sizeof(last_log), "%s", message);
  pthread_mutex_unlock(&log_lock);
}

size_t fixture_logged(void) {
  pthread_mutex_lock(&log_lock);
  size_t count = logged;
  pthread_mutex_unlock(&log_lock);
  return count;
}

const char *fixture_last_log(void) { return last_log; }

static int make_thread(pthread_t *thread, void *(*start)(void *), void *arg) {
  return pthread_create(thread, NULL, start, arg);
}

int fixture_setup(void **state) {
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  if (fixture == NULL)
    return -1;
  scratch_make(fixture->directory);
  snprintf(fixture->path, sizeof(fixture->path), "%s/db/anomaly.db",
           fixture->directory);
  logged = 0;
  last_log[0] = '\0';
  *state = fixture;
  return 0;
}

int fixture_teardown(void **state) {
  fixture_t *fixture = *state;
  scratch_remove(fixture->directory);
  free(fixture);
  return 0;
}

storage_t *fixture_start(const char *path, const detector_t *detector,
                         int64_t retention) {
  return fixture_start_limited(path, detector, retention, 0);
}

static storage_t *start(const char *path, const detector_t *detector,
                        int64_t retention, int64_t size_max,
                        size_t models_max) {
  const storage_options_t options = {
      .path = path,
      .retention = retention,
      .size_max = size_max,
      .models_max = models_max,
      .detectors = &detector,
      .detectors_num = 1,
      .log = on_log,
      .thread_create = make_thread,
  };
  storage_t *storage = storage_start(&options);
  assert_non_null(storage);
  return storage;
}

storage_t *fixture_start_limited(const char *path, const detector_t *detector,
                                 int64_t retention, int64_t size_max) {
  return start(path, detector, retention, size_max, 0);
}

storage_t *fixture_start_models(const char *path, const detector_t *detector,
                                size_t models_max) {
  return start(path, detector, 0, 0, models_max);
}

void fixture_wait_state(storage_t *storage, storage_state_t state) {
  storage_stats_t stats = {0};
  for (int64_t end = monotonic_ms() + PATIENCE_MS; monotonic_ms() < end;) {
    storage_stats(storage, &stats);
    if (stats.state == state)
      return;
    usleep(1000);
  }
  fail_msg("state is %d, not %d: %s", stats.state, state, stats.error);
}

void fixture_wait_written(storage_t *storage) {
  storage_stats_t stats = {0};
  storage_flush(storage);
  for (int64_t end = monotonic_ms() + PATIENCE_MS; monotonic_ms() < end;) {
    storage_stats(storage, &stats);
    if (stats.queue_length == 0 && stats.state == STORAGE_READY)
      return;
    usleep(1000);
  }
  fail_msg("%zu records still wait: %s", stats.queue_length, stats.error);
}

void fixture_stop(storage_t *storage) {
  assert_int_equal(storage_stop(storage, 30), 0);
}

void put_sample(storage_t *storage, const char *host, int64_t ts, double cpu) {
  const double values[] = {cpu, NAN, 3};
  const frame_t frame = {.ts = ts, .interval = 10000, .values = values};
  const verdict_t verdict = {.score = 0.25, .threshold = NAN};
  const storage_sample_t sample = {
      .host = host,
      .detector = &fixture_system,
      .frame = &frame,
      .verdict = &verdict,
  };
  assert_int_equal(storage_put_sample(storage, &sample), 0);
}

static void put_any_run(storage_t *storage, int64_t id, const char *host,
                        bool open, bool silent) {
  const storage_run_t run = {
      .id = id,
      .host = host,
      .detector = "system",
      .open = open,
      .note = "ours",
      .run = {.started_at = 1000,
              .ended_at = 5000,
              .points = 7,
              .anomalies = 5,
              .peak_score = 0.75,
              .peak_at = 3000,
              .silent = silent},
  };
  assert_int_equal(storage_put_run(storage, &run), 0);
}

void put_run(storage_t *storage, int64_t id, const char *host, bool open) {
  put_any_run(storage, id, host, open, false);
}

void put_silent_run(storage_t *storage, int64_t id, const char *host) {
  put_any_run(storage, id, host, true, true);
}

void put_anomaly(storage_t *storage, int64_t run_id, int64_t ts) {
  const suspect_t suspects[] = {
      {.feature = 1, .share = 0.75, .value = NAN, .low = 12, .high = 43.5},
      {.feature = 0, .share = 0.25, .value = 97.1, .low = -INFINITY, .high = 1},
  };
  const storage_anomaly_t anomaly = {
      .run_id = run_id,
      .ts = ts,
      .score = 0.75,
      .threshold = 0.5,
      .detector = &fixture_system,
      .suspects = suspects,
      .suspects_num = 2,
      .note = "memory has fallen silent",
  };
  assert_int_equal(storage_put_anomaly(storage, &anomaly), 0);
}

storage_answer_t ask_model(storage_t *storage, const char *host) {
  storage_answer_t answer = {0};
  int token = 0;
  assert_int_equal(storage_ask_model(storage, host, &fixture_system, &token),
                   0);
  int64_t end = monotonic_ms() + 30000;
  while (storage_take_answer(storage, &answer) == EAGAIN) {
    assert_true(monotonic_ms() < end);
    usleep(1000);
  }
  assert_ptr_equal(answer.token, &token);
  assert_int_equal(storage_take_answer(storage, &answer), EAGAIN);
  return answer;
}

void put_image(storage_t *storage, const char *host, int64_t saved_at,
               const char *image) {
  size_t size = strlen(image);
  char *copy = malloc(size);
  memcpy(copy, image, size);
  assert_int_equal(storage_put_model(storage, host, &fixture_system, saved_at,
                                     0, copy, size),
                   0);
}

void assert_image(storage_answer_t answer, const char *image) {
  assert_int_equal(answer.image_size, strlen(image));
  assert_memory_equal(answer.image, image, strlen(image));
  free(answer.image);
}

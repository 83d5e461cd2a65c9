/* SPDX-License-Identifier: MIT */
/*
 * rig.c -- see rig.h
 */
#include "tests/unit/rig.h"

#include <malloc.h>
#include <time.h>

#define PATIENCE 120000 /* milliseconds, for the storage's thread */

static void ignore_log(int level, const char *message) {
  (void)level;
  (void)message;
}

/* --- the storage's thread, which may be held back --- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

typedef struct {
  void *(*start)(void *);
  void *argument;
} thread_t;

static void *pass_gate(void *argument) {
  thread_t thread = *(thread_t *)argument;
  free(argument);
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return thread.start(thread.argument);
}

static int create_thread(pthread_t *id, void *(*start)(void *),
                         void *argument) {
  thread_t *thread = malloc(sizeof(*thread));
  assert_non_null(thread);
  *thread = (thread_t){start, argument};
  return pthread_create(id, NULL, pass_gate, thread);
}

void rig_hold_storage(bool held) {
  if (held)
    pthread_mutex_lock(&gate);
  else
    pthread_mutex_unlock(&gate);
}

/* --- what module.c does --- */

void rig_start_storage(rig_t *p) {
  const storage_options_t options = {.path = p->path,
                                     .retention = p->options->retention,
                                     .size_max = p->options->max_size,
                                     .models_max = 2 * p->options->max_hosts,
                                     .detectors = p->detectors,
                                     .detectors_num = p->options->detectors_num,
                                     .log = ignore_log,
                                     .thread_create = create_thread};
  p->storage = storage_start(&options);
  assert_non_null(p->storage);
}

void rig_start_notifier(rig_t *p) {
  p->notifier = notifier_create(p->storage, p->path);
  assert_non_null(p->notifier);
  notifier_begin(p->notifier);
}

static void init(rig_t *p, const char *options) {
  p->options = options_create();
  assert_non_null(p->options);
  oconfig_item_t *block = fake_config(options);
  if (options_read(p->options, block) != 0)
    fail_msg("%s", fake_log(LOG_ERR));
  fake_config_free(block);
  assert_int_equal(options_complete(p->options), 0);
  free(p->options->database);
  p->options->database = strdup(p->path);
  p->detectors = calloc(p->options->detectors_num, sizeof(*p->detectors));
  assert_non_null(p->detectors);
  for (size_t i = 0; i < p->options->detectors_num; i++)
    p->detectors[i] = &p->options->detectors[i].detector;
  p->intake = intake_create(p->options);
  assert_non_null(p->intake);
  rig_start_storage(p);
  p->judge = judge_create(p->options, p->intake, p->storage);
  assert_non_null(p->judge);
  rig_start_notifier(p);
}

void rig_begin(rig_t *p, const char *options) {
  *p = (rig_t){.options = NULL};
  scratch_make(p->directory);
  snprintf(p->path, sizeof(p->path), "%s/anomaly.db", p->directory);
  init(p, options);
}

static void free_options(rig_t *p) {
  options_destroy(p->options);
  free(p->detectors);
}

void rig_begin_again(rig_t *p, const char *options) {
  free_options(p);
  init(p, options);
}

void rig_stop(rig_t *p) {
  rig_wait_told(p);
  rig_wait_written(p, 0);
  storage_stats_t stats = {0};
  storage_stats(p->storage, &stats);
  assert_int_equal(stats.lost, 0);
  notifier_stop(p->notifier, PATIENCE / 1000);
  judge_shutdown(p->judge, PATIENCE / 1000);
  notifier_leave(p->notifier);
  assert_int_equal(storage_stop(p->storage, PATIENCE / 1000), 0);
  notifier_destroy(p->notifier);
  judge_destroy(p->judge);
  p->judge = NULL;
  intake_destroy(p->intake);
}

void rig_free(rig_t *p) {
  free_options(p);
  scratch_remove(p->directory);
}

/* --- waiting --- */

void rig_nap(void) { nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); }

void rig_read_all(rig_t *p, cdtime_t now) {
  intake_stats_t stats = {0};
  for (int i = 0; i < PATIENCE; i++) {
    judge_read(p->judge, now);
    intake_stats(p->intake, &stats);
    if (stats.waiting == 0)
      return;
    rig_nap();
  }
  fail_msg("%zu frames wait to be judged", stats.waiting);
}

void rig_wait_told(rig_t *p) {
  storage_stats_t stats = {0};
  for (int i = 0; i < PATIENCE; i++) {
    storage_stats(p->storage, &stats);
    if (stats.untold == 0)
      return;
    rig_nap();
  }
  fail_msg("%zu notices wait to be told", stats.untold);
}

void rig_wait_written(rig_t *p, size_t bytes) {
  storage_stats_t stats = {0};
  for (int i = 0; i < PATIENCE; i++) {
    storage_stats(p->storage, &stats);
    if (stats.queue_bytes <= bytes && stats.state == STORAGE_READY)
      return;
    storage_flush(p->storage);
    rig_nap();
  }
  fail_msg("%zu records wait to be written: %s", stats.queue_length,
           stats.error);
}

unsigned rig_setting(const char *name, unsigned otherwise) {
  const char *text = getenv(name);
  return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

size_t rig_heap(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

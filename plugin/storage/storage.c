/* SPDX-License-Identifier: MIT */
/*
 * storage.c -- what callers see: copies in, copies out, one short lock
 *
 * Memory is allocated before the lock is taken and freed after it is given
 * back. The storage thread is in keeper.c.
 */
#include "plugin/storage/storage.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/hostname.h"
#include "plugin/storage/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds, from the question or from the answer before it. */
#define ANSWER_WITHIN 10000

/* A hundred years; more would overflow in milliseconds some day. */
#define RETENTION_MAX INT64_C(3155760000)

static void free_storage(storage_t *storage) {
  record_list_t gone = {0};
  queue_clear(&storage->queue, &gone);
  record_list_clear(&gone);
  hosts_clear(&storage->hosts);
  asks_clear(&storage->asks);
  asks_clear(&storage->answers);
  for (size_t i = 0; i < storage->lessons_num; i++)
    free(storage->lessons[i].values);
  while (storage->orphans != NULL) {
    orphan_t *orphan = storage->orphans;
    storage->orphans = orphan->next;
    free(orphan);
  }
  pthread_cond_destroy(&storage->wake);
  pthread_mutex_destroy(&storage->lock);
  free(storage->detectors);
  free(storage->path);
  free(storage);
}

static void init_lock(storage_t *storage) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&storage->wake, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_init(&storage->lock, NULL);
}

storage_t *storage_start(const storage_options_t *options) {
  storage_t *storage = calloc(1, sizeof(*storage));
  if (storage == NULL)
    return NULL;
  init_lock(storage);
  queue_init(&storage->queue, STORAGE_QUEUE_BYTES);
  atomic_init(&storage->give_up_at, INT64_MAX);
  storage->retention =
      options->retention < RETENTION_MAX ? options->retention : RETENTION_MAX;
  storage->size_max = options->size_max;
  storage->models_max = options->models_max;
  storage->log = options->log;
  storage->path = strdup(options->path);
  storage->detectors =
      calloc(options->detectors_num + 1, sizeof(*storage->detectors));
  int status = ENOMEM;
  if (storage->path == NULL || storage->detectors == NULL)
    goto fail;
  for (size_t i = 0; i < options->detectors_num; i++)
    storage->detectors[i] = options->detectors[i];
  storage->detectors_num = options->detectors_num;
  status = options->thread_create(&storage->thread, keeper_main, storage);
  if (status != 0)
    goto fail;
  return storage;

fail:
  free_storage(storage);
  errno = status;
  return NULL;
}

size_t storage_stop(storage_t *storage, double seconds) {
  atomic_store(&storage->give_up_at,
               monotonic_ms() + (int64_t)(seconds * 1000));
  pthread_mutex_lock(&storage->lock);
  storage->stopping = true;
  pthread_cond_signal(&storage->wake);
  pthread_mutex_unlock(&storage->lock);
  pthread_join(storage->thread, NULL);
  size_t lost = storage->queue.length;
  free_storage(storage);
  return lost;
}

/* Queues a record (NULL: there was no memory for it) and notes that its host
 * has been heard of (NULL: not to be noted). */
static int put(storage_t *storage, record_t *record, const char *host,
               int64_t ts) {
  record_list_t gone = {0};
  size_t lost = 1;
  pthread_mutex_lock(&storage->lock);
  if (record != NULL) {
    bool idle = queue_waiting(&storage->queue) == 0;
    bool batch = keeper_has_batch(storage);
    lost = queue_put(&storage->queue, record, &gone);
    if (idle)
      storage->waiting_since = monotonic_ms();
    if (idle || batch != keeper_has_batch(storage))
      pthread_cond_signal(&storage->wake);
  }
  if (host != NULL)
    hosts_note(&storage->hosts, host, ts);
  storage->stats.lost += lost;
  pthread_mutex_unlock(&storage->lock);
  record_list_clear(&gone);
  return lost == 0 ? 0 : ENOMEM;
}

int storage_put_run(storage_t *storage, const storage_run_t *run) {
  char host[HOSTNAME_SIZE];
  storage_run_t row = *run;
  row.host = hostname_to_text(run->host, host);
  return put(storage, record_run(&row), NULL, 0);
}

int storage_put_anomaly(storage_t *storage, const storage_anomaly_t *anomaly) {
  return put(storage, record_anomaly(anomaly), NULL, 0);
}

int storage_put_sample(storage_t *storage, const storage_sample_t *sample) {
  size_t i = 0;
  while (i < storage->detectors_num &&
         storage->detectors[i] != sample->detector)
    i++;
  if (i == storage->detectors_num)
    return EINVAL;
  if (storage->retention > 0) {
    char host[HOSTNAME_SIZE];
    storage_sample_t row = *sample;
    row.host = hostname_to_text(sample->host, host);
    return put(storage, record_sample(&row, i), sample->host,
               sample->frame->ts);
  }
  pthread_mutex_lock(&storage->lock);
  hosts_note(&storage->hosts, sample->host, sample->frame->ts);
  pthread_mutex_unlock(&storage->lock);
  return 0;
}

int storage_put_model(storage_t *storage, const char *host,
                      const detector_t *detector, int64_t saved_at,
                      int64_t forgotten_at, void *image, size_t image_size) {
  char text[HOSTNAME_SIZE];
  return put(storage,
             record_model(hostname_to_text(host, text), detector->name,
                          saved_at, forgotten_at, image, image_size),
             host, saved_at);
}

int storage_ask_model(storage_t *storage, const char *host,
                      const detector_t *detector, void *token) {
  char text[HOSTNAME_SIZE];
  ask_t *ask = ask_create(hostname_to_text(host, text), detector->name, token);
  if (ask == NULL)
    return ENOMEM;
  pthread_mutex_lock(&storage->lock);
  ask->asked_at = monotonic_ms();
  ask->serial = storage->queue.serial;
  asks_append(&storage->asks, ask);
  pthread_cond_signal(&storage->wake);
  pthread_mutex_unlock(&storage->lock);
  return 0;
}

int storage_take_answer(storage_t *storage, storage_answer_t *answer) {
  pthread_mutex_lock(&storage->lock);
  ask_t *ask = storage->answers.first;
  if (ask != NULL) {
    bool full = !keeper_has_asks(storage);
    asks_remove(&storage->answers, ask);
    storage->answered_at = monotonic_ms();
    if (full && keeper_has_asks(storage))
      pthread_cond_signal(&storage->wake);
  } else if ((ask = storage->asks.first) != NULL) {
    /* Here rather than in the storage thread, which may hang with the disk. */
    int64_t since = ask->asked_at > storage->answered_at ? ask->asked_at
                                                         : storage->answered_at;
    if (monotonic_ms() - since < ANSWER_WITHIN)
      ask = NULL;
    else
      asks_remove(&storage->asks, ask);
  }
  pthread_mutex_unlock(&storage->lock);
  if (ask == NULL)
    return EAGAIN;
  *answer = ask->answer;
  ask->answer.image = NULL;
  ask_destroy(ask);
  return 0;
}

int storage_take_orphan(storage_t *storage, storage_orphan_t *orphan) {
  pthread_mutex_lock(&storage->lock);
  orphan_t *first = storage->orphans;
  if (first != NULL)
    storage->orphans = first->next;
  pthread_mutex_unlock(&storage->lock);
  if (first == NULL)
    return EAGAIN;
  *orphan = first->orphan;
  free(first);
  return 0;
}

int storage_take_expected(storage_t *storage, storage_lesson_t *lesson) {
  pthread_mutex_lock(&storage->lock);
  bool waiting = storage->lessons_num > 0;
  if (waiting) {
    *lesson = storage->lessons[0];
    storage->lessons_num--;
    memmove(storage->lessons, storage->lessons + 1,
            storage->lessons_num * sizeof(*lesson));
  }
  pthread_mutex_unlock(&storage->lock);
  return waiting ? 0 : EAGAIN;
}

int storage_take_forget(storage_t *storage, storage_forget_t *forget) {
  pthread_mutex_lock(&storage->lock);
  bool waiting = storage->forgets_num > 0;
  if (waiting)
    *forget = storage->forgets[--storage->forgets_num];
  pthread_mutex_unlock(&storage->lock);
  return waiting ? 0 : EAGAIN;
}

int storage_last_ts(storage_t *storage, const char *host, int64_t *ts) {
  pthread_mutex_lock(&storage->lock);
  bool known = storage->stats.state != STORAGE_STARTING;
  if (known)
    *ts = hosts_newest(&storage->hosts, host);
  pthread_mutex_unlock(&storage->lock);
  return known ? 0 : EAGAIN;
}

void storage_stats(storage_t *storage, storage_stats_t *stats) {
  pthread_mutex_lock(&storage->lock);
  *stats = storage->stats;
  stats->queue_length = storage->queue.length;
  stats->queue_bytes = storage->queue.bytes;
  stats->asked = storage->asks.num;
  pthread_mutex_unlock(&storage->lock);
}

void storage_hurry(storage_t *storage) {
  pthread_mutex_lock(&storage->lock);
  storage->hurry = true;
  pthread_cond_signal(&storage->wake);
  pthread_mutex_unlock(&storage->lock);
}

void storage_flush(storage_t *storage) {
  pthread_mutex_lock(&storage->lock);
  storage->flush = true;
  pthread_cond_signal(&storage->wake);
  pthread_mutex_unlock(&storage->lock);
}

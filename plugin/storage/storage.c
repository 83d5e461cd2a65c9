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

/* Milliseconds that one notice waits until the one before it is noted as told.
 */
#define NOTE_PATIENCE 1000

/* A hundred years; more would overflow in milliseconds some day. */
#define RETENTION_MAX INT64_C(3155760000)

static void free_storage(storage_t *storage) {
  record_list_t gone = {0};
  queue_clear(&storage->queue, &gone);
  record_list_clear(&gone);
  hosts_clear(&storage->hosts);
  asks_clear(&storage->asks);
  asks_clear(&storage->answers);
  outbox_clear(&storage->outbox);
  for (size_t i = 0; i < storage->lessons_num; i++)
    free(storage->lessons[i].values);
  while (storage->orphans != NULL) {
    orphan_t *orphan = storage->orphans;
    storage->orphans = orphan->next;
    free(orphan);
  }
  pthread_cond_destroy(&storage->wake);
  pthread_cond_destroy(&storage->notices);
  pthread_mutex_destroy(&storage->lock);
  free(storage->detectors);
  free(storage->path);
  free(storage);
}

storage_t *storage_start(const storage_options_t *options) {
  storage_t *storage = calloc(1, sizeof(*storage));
  if (storage == NULL)
    return NULL;
  clock_cond_init(&storage->wake);
  clock_cond_init(&storage->notices);
  pthread_mutex_init(&storage->lock, NULL);
  queue_init(&storage->queue, STORAGE_QUEUE_BYTES);
  atomic_init(&storage->give_up_at, INT64_MAX);
  storage->notices_end = INT64_MAX;
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

/* Under the lock: queues a record (NULL: there was no memory for it). Returns
 * how many were lost; `gone` is cleared after the unlock. */
static size_t queue_record(storage_t *storage, record_t *record,
                           record_list_t *gone) {
  size_t lost = 1;
  if (record != NULL) {
    bool idle = queue_waiting(&storage->queue) == 0;
    bool batch = keeper_has_batch(storage);
    lost = queue_put(&storage->queue, record, gone);
    if (idle)
      storage->waiting_since = monotonic_ms();
    if (idle || batch != keeper_has_batch(storage))
      pthread_cond_signal(&storage->wake);
  }
  storage->stats.lost += lost;
  return lost;
}

/* Queues a record, and notes that its host has been heard of (NULL: not to be
 * noted). */
static int put(storage_t *storage, record_t *record, const char *host,
               int64_t ts) {
  record_list_t gone = {0};
  pthread_mutex_lock(&storage->lock);
  size_t lost = queue_record(storage, record, &gone);
  if (host != NULL)
    hosts_note(&storage->hosts, host, ts);
  pthread_mutex_unlock(&storage->lock);
  record_list_clear(&gone);
  return lost == 0 ? 0 : ENOMEM;
}

/* Under the lock: posts what has just been queued with its run. False: it has
 * to wait in the file. It may not overtake those that do; but an alert does not
 * wait for a file that cannot be read. */
static bool post(storage_t *storage, letter_t *letter) {
  outbox_t *outbox = &storage->outbox;
  bool alert = storage->stats.state == STORAGE_FAILING && !letter->notice->okay;
  if ((outbox->in_file && !alert) ||
      !outbox_has_room(outbox, notice_bytes(letter->notice)))
    return false;
  letter->serial = storage->queue.serial;
  outbox_append(outbox, letter);
  pthread_cond_signal(&storage->notices);
  return true;
}

int storage_put_run(storage_t *storage, const storage_run_t *run) {
  char host[HOSTNAME_SIZE];
  storage_run_t row = *run;
  row.host = hostname_to_text(run->host, host);
  if (run->notice == NULL)
    return put(storage, record_run(&row), NULL, 0);

  record_t *record = record_run(&row);
  letter_t *letter = letter_create(run->notice);
  record_list_t gone = {0};
  pthread_mutex_lock(&storage->lock);
  size_t lost = queue_record(storage, record, &gone);
  bool posted = letter != NULL && post(storage, letter);
  storage->outbox.in_file = storage->outbox.in_file || !posted;
  pthread_mutex_unlock(&storage->lock);
  record_list_clear(&gone);
  if (!posted)
    letter_destroy(letter);
  return lost == 0 ? 0 : ENOMEM;
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

/* Under the lock: when the first notice may be told, in monotonic milliseconds:
 * long ago, or when to wait no longer for the file. */
static int64_t notice_due_at(const storage_t *storage) {
  const letter_t *letter = storage->outbox.first;
  int64_t due = 0;
  if (letter == NULL)
    return INT64_MAX;
  if (storage->stats.state == STORAGE_FAILING)
    return due;
  if (letter->serial > storage->queue.done)
    due = letter->put_at + NOTICE_PATIENCE;
  int64_t noted = storage->told_at + NOTE_PATIENCE;
  if (storage->told_serial > storage->queue.done && noted > due)
    due = noted;
  return due;
}

/* Under the lock. */
static bool notices_are_over(const storage_t *storage, int64_t now) {
  if (storage->notices_end == INT64_MAX)
    return false;
  return now >= storage->notices_end ||
         (storage->outbox.num == 0 && !storage->outbox.in_file);
}

int storage_take_notice(storage_t *storage, int64_t ms,
                        storage_notice_t **notice) {
  letter_t *letter = NULL;
  int status = 0;
  int64_t now = monotonic_ms();
  int64_t until = now + ms;
  pthread_mutex_lock(&storage->lock);
  for (;; now = monotonic_ms()) {
    int64_t due = notice_due_at(storage);
    if (notices_are_over(storage, now))
      status = ECANCELED;
    else if (due <= now)
      letter = outbox_pop(&storage->outbox);
    else if (now >= until)
      status = EAGAIN;
    if (letter != NULL || status != 0)
      break;
    int64_t wake = due < until ? due : until;
    if (wake > storage->notices_end)
      wake = storage->notices_end;
    clock_wait(&storage->notices, &storage->lock, wake);
  }
  storage->telling = letter != NULL;
  pthread_mutex_unlock(&storage->lock);
  if (letter == NULL)
    return status;
  *notice = letter->notice;
  letter->notice = NULL;
  letter_destroy(letter);
  return 0;
}

void storage_told(storage_t *storage, storage_notice_t *notice) {
  record_t *record = record_told(notice);
  record_list_t gone = {0};
  free(notice);
  pthread_mutex_lock(&storage->lock);
  storage->telling = false;
  storage->stats.told++;
  (void)queue_record(storage, record, &gone);
  storage->told_serial = storage->queue.serial;
  storage->told_at = monotonic_ms();
  storage->hurry = true;
  pthread_cond_signal(&storage->wake);
  pthread_mutex_unlock(&storage->lock);
  record_list_clear(&gone);
}

void storage_end_notices(storage_t *storage, double seconds) {
  pthread_mutex_lock(&storage->lock);
  storage->notices_end = monotonic_ms() + (int64_t)(seconds * 1000);
  pthread_cond_signal(&storage->notices);
  pthread_mutex_unlock(&storage->lock);
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
  stats->telling = storage->telling;
  stats->untold =
      storage->outbox.num + storage->telling + storage->outbox.in_file;
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

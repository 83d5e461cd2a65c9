/* SPDX-License-Identifier: MIT */
/*
 * keeper.c -- the storage thread: waits, opens, answers, writes, tidies up
 *
 * There is one answer to every error: the transaction is rolled back, its
 * records go back to the queue, the file is closed, and after a while all is
 * tried again from the opening on. So a file that was deleted, replaced or
 * repaired is noticed by itself.
 */
#include "plugin/storage/keeper.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/hostname.h"
#include "plugin/storage/reader.h"
#include "plugin/storage/retention.h"
#include "plugin/storage/run_id.h"
#include "plugin/storage/schema.h"
#include "plugin/storage/untold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* All in milliseconds. */
#define BATCH_DELAY 1000 /* records of an interval arrive within it */
#define RETRY_DELAY_MIN 1000
#define RETRY_DELAY_MAX 60000
#define RETRY_DELAY_STOPPING 100
#define LOOK_DELAY 15000 /* between looks for lessons and wishes */
#define HOUSEKEEPING_DELAY 60000
#define HOUSEKEEPING_DELAY_BUSY 100 /* while there is more to delete */

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

bool keeper_has_batch(const storage_t *storage) {
  return queue_waiting(&storage->queue) >= BATCH_RECORDS ||
         storage->queue.bytes >= BATCH_BYTES;
}

bool keeper_has_asks(const storage_t *storage) {
  return storage->asks.first != NULL && storage->answers.bytes < ANSWERS_BYTES;
}

/* --- at the opening --- */

static void note_host(void *context, const char *host, int64_t ts) {
  storage_t *storage = context;
  char name[HOSTNAME_SIZE];
  hostname_from_text(host, name, sizeof(name));
  pthread_mutex_lock(&storage->lock);
  hosts_note(&storage->hosts, name, ts);
  pthread_mutex_unlock(&storage->lock);
}

static void note_orphan(void *context, const char *host, const char *detector) {
  orphan_t **orphans = context;
  orphan_t *orphan = calloc(1, sizeof(*orphan));
  if (orphan == NULL)
    return; /* its run is closed when its host is heard of again */
  hostname_from_text(host, orphan->orphan.host, sizeof(orphan->orphan.host));
  snprintf(orphan->orphan.detector, sizeof(orphan->orphan.detector), "%s",
           detector);
  orphan->next = *orphans;
  *orphans = orphan;
}

/* Reads what earlier processes have left, before anything of ours is there. */
static int load(storage_t *storage) {
  database_t *db = &storage->db;
  orphan_t *orphans = NULL;
  outbox_t untold = {0};
  int64_t run_id = 0;
  if (writer_close_strays(db, storage->detectors, storage->detectors_num) !=
          0 ||
      reader_newest_run(db, &run_id) != 0 ||
      reader_newest(db, storage->detectors, storage->detectors_num, note_host,
                    storage) != 0 ||
      reader_orphans(db, note_orphan, &orphans) != 0 ||
      untold_read(db, &untold) != 0)
    goto fail;
  run_id_seen(run_id);
  pthread_mutex_lock(&storage->lock);
  storage->orphans = orphans;
  outbox_prepend(&storage->outbox, &untold);
  pthread_cond_signal(&storage->notices);
  pthread_mutex_unlock(&storage->lock);
  storage->loaded = true;
  return 0;

fail:
  while (orphans != NULL) {
    orphan_t *next = orphans->next;
    free(orphans);
    orphans = next;
  }
  return -1;
}

static void close_file(storage_t *storage) {
  writer_close(&storage->writer);
  database_close(&storage->db);
}

static int open_file(storage_t *storage) {
  database_t *db = &storage->db;
  if (storage->writer.db != NULL && !database_moved(db, storage->path))
    return 0;
  close_file(storage);
  if (database_open(db, storage->path, &storage->give_up_at) != 0 ||
      schema_migrate(db) != 0)
    return -1;
  for (size_t i = 0; i < storage->detectors_num; i++)
    if (schema_add_samples(db, storage->detectors[i]) != 0)
      return -1;
  if (!storage->loaded && load(storage) != 0)
    return -1;
  lessons_reopened(&storage->learned);
  storage->forget_version = 0;
  /* Not at once, so that the hosts that live have been heard of by then. */
  if (storage->look_at == 0)
    storage->look_at = monotonic_ms() + LOOK_DELAY;
  return writer_open(&storage->writer, db, storage->detectors,
                     storage->detectors_num);
}

/* --- with the file open --- */

/* Takes the first question that the file can answer. */
static ask_t *take_ask(storage_t *storage) {
  pthread_mutex_lock(&storage->lock);
  bool answering = keeper_has_asks(storage) && !storage->stopping;
  ask_t *ask = answering ? storage->asks.first : NULL;
  while (ask != NULL &&
         !queue_settled(&storage->queue, ask->host, ask->detector, ask->serial))
    ask = ask->next;
  if (ask != NULL)
    asks_remove(&storage->asks, ask);
  pthread_mutex_unlock(&storage->lock);
  return ask;
}

static int answer_asks(storage_t *storage) {
  int status = 0;
  ask_t *ask = NULL;
  while (status == 0 && (ask = take_ask(storage)) != NULL) {
    status = reader_model(&storage->db, ask->host, ask->detector, &ask->answer);
    pthread_mutex_lock(&storage->lock);
    if (status == 0) {
      asks_append(&storage->answers, ask);
      storage->answered_at = monotonic_ms();
    } else
      asks_prepend(&storage->asks, ask);
    pthread_mutex_unlock(&storage->lock);
  }
  return status;
}

/* Writes one batch; *more tells whether others wait. */
static int write_batch(storage_t *storage, bool *more) {
  record_list_t batch = {0};
  record_list_t gone = {0};
  pthread_mutex_lock(&storage->lock);
  queue_take(&storage->queue, BATCH_RECORDS, BATCH_BYTES, &batch);
  *more = queue_waiting(&storage->queue) > 0;
  pthread_mutex_unlock(&storage->lock);
  if (batch.length == 0)
    return 0;

  int status = writer_write(&storage->writer, &batch);

  pthread_mutex_lock(&storage->lock);
  if (status == 0) {
    queue_done(&storage->queue, &batch);
    storage->stats.written += batch.length;
    if (storage->outbox.num > 0)
      pthread_cond_signal(&storage->notices);
  } else {
    queue_return(&storage->queue, &batch, &gone);
  }
  pthread_mutex_unlock(&storage->lock);
  record_list_clear(&batch);
  record_list_clear(&gone);
  return status;
}

/* Once all notices in memory have been told and noted as such, those that the
 * file has are the others. */
static int fill_outbox(storage_t *storage) {
  outbox_t untold = {0};
  pthread_mutex_lock(&storage->lock);
  bool due = storage->outbox.in_file && storage->outbox.num == 0 &&
             !storage->telling && queue_has_no_run(&storage->queue);
  if (due)
    storage->outbox.in_file = false;
  pthread_mutex_unlock(&storage->lock);
  if (!due)
    return 0;
  int status = untold_read(&storage->db, &untold);
  untold.in_file = untold.in_file || status != 0;
  pthread_mutex_lock(&storage->lock);
  outbox_prepend(&storage->outbox, &untold);
  pthread_cond_signal(&storage->notices);
  pthread_mutex_unlock(&storage->lock);
  return status;
}

/* Each is said once, not whenever the file comes near its limit. */
static void log_size(storage_t *storage, bool *logged, int level,
                     const char *what) {
  if (*logged)
    return;
  *logged = true;
  char message[1024] = "";
  snprintf(message, sizeof(message), "%s: it has reached MaxSize, %g MB; %s",
           storage->path, (double)storage->size_max / (1 << 20), what);
  storage->log(level, message);
}

/* *more tells whether the file may still be too large. */
static int make_room(storage_t *storage, bool *more) {
  bool over = false;
  int deleted = 0;
  *more = false;
  if (storage->size_max == 0)
    return 0;
  if (retention_make_room(&storage->db, storage->size_max, &over, &deleted) !=
      0)
    return -1;
  *more = deleted > 0;
  if (*more)
    log_size(storage, &storage->size_logged, LOG_NOTICE,
             "the oldest samples make room for new ones from now on");
  else if (over)
    log_size(storage, &storage->no_room_logged, LOG_WARNING,
             "runs, models and uploads alone take more: raise MaxSize, or "
             "delete some");
  return 0;
}

static int keep_house(storage_t *storage) {
  if (monotonic_ms() < storage->housekeeping_at)
    return 0;
  bool more = false;
  if (make_room(storage, &more) != 0)
    return -1;
  for (size_t i = 0; i < storage->detectors_num; i++) {
    int deleted = 0;
    if (retention_slice(&storage->db, storage->detectors[i], storage->retention,
                        wall_ms(), &deleted) != 0)
      return -1;
    more = more || deleted == RETENTION_SLICE;
    if (storage->models_max == 0)
      continue;
    if (retention_models(&storage->db, storage->detectors[i],
                         storage->models_max, wall_ms(), &deleted) != 0)
      return -1;
    more = more || deleted == RETENTION_MODELS;
  }
  storage->housekeeping_at =
      monotonic_ms() + (more ? HOUSEKEEPING_DELAY_BUSY : HOUSEKEEPING_DELAY);
  return 0;
}

static bool give_lesson(void *context, const storage_lesson_t *lesson) {
  storage_t *storage = context;
  pthread_mutex_lock(&storage->lock);
  bool room = storage->lessons_num < LESSONS_WAITING;
  if (room)
    storage->lessons[storage->lessons_num++] = *lesson;
  pthread_mutex_unlock(&storage->lock);
  return room;
}

static bool give_forget(void *context, const storage_forget_t *forget) {
  storage_t *storage = context;
  pthread_mutex_lock(&storage->lock);
  bool room = storage->forgets_num < FORGETS_WAITING;
  if (room)
    storage->forgets[storage->forgets_num++] = *forget;
  pthread_mutex_unlock(&storage->lock);
  return room;
}

/* For what people have said and wished. */
static int look(storage_t *storage) {
  int64_t now = monotonic_ms();
  if (now < storage->look_at)
    return 0;
  storage->look_at = now + LOOK_DELAY;
  if (forget_look(&storage->db, &storage->forget_version, storage->detectors,
                  storage->detectors_num, give_forget, storage) != 0)
    return -1;
  return lessons_look(&storage->learned, &storage->db, storage->detectors,
                      storage->detectors_num, storage->log, give_lesson,
                      storage);
}

static int work(storage_t *storage) {
  bool too_large = false;
  if (open_file(storage) != 0 || answer_asks(storage) != 0)
    return -1;
  for (bool more = true;
       more && monotonic_ms() < atomic_load(&storage->give_up_at);)
    if (write_batch(storage, &more) != 0 ||
        make_room(storage, &too_large) != 0 || answer_asks(storage) != 0)
      return -1;
  if (too_large) /* the rest of it */
    storage->housekeeping_at = 0;
  if (fill_outbox(storage) != 0)
    return -1;
  return look(storage) == 0 ? keep_house(storage) : -1;
}

/* --- around the work --- */

/* Under the lock: when to work next, in monotonic milliseconds. */
static int64_t due_at(const storage_t *storage) {
  if (storage->flush || storage->stats.state == STORAGE_STARTING)
    return 0;
  bool asked = keeper_has_asks(storage);
  if (storage->stats.state == STORAGE_FAILING) {
    int64_t delay = storage->retry_delay;
    if (storage->stopping)
      delay = RETRY_DELAY_STOPPING;
    else if (asked) /* these do not wait for as long as a minute */
      delay = RETRY_DELAY_MIN;
    return storage->failed_at + delay;
  }
  if (storage->stopping || asked || storage->hurry || keeper_has_batch(storage))
    return 0;
  int64_t due = earlier(storage->housekeeping_at, storage->look_at);
  if (queue_waiting(&storage->queue) > 0)
    due = earlier(due, storage->waiting_since + BATCH_DELAY);
  return due;
}

/* false: there is nothing left to do. */
static bool wait_for_work(storage_t *storage) {
  bool done = false;
  pthread_mutex_lock(&storage->lock);
  for (;;) {
    int64_t now = monotonic_ms();
    int64_t due = due_at(storage);
    int64_t give_up_at = atomic_load(&storage->give_up_at);
    /* Even an idle storage makes its file before it stops. */
    done = storage->stopping &&
           (now >= give_up_at || (storage->queue.length == 0 &&
                                  storage->stats.state != STORAGE_STARTING));
    if (done || due <= now)
      break;
    clock_wait(&storage->wake, &storage->lock, earlier(due, give_up_at));
  }
  if (storage->flush && !done)
    storage->look_at = 1; /* long ago */
  storage->flush = false;
  storage->hurry = false;
  pthread_mutex_unlock(&storage->lock);
  return !done;
}

/* What the log says comes before what storage_stats() says, so that whoever
 * sees the one finds the other. Only this thread changes the state. */
static bool is_failing(storage_t *storage, uint64_t *lost) {
  pthread_mutex_lock(&storage->lock);
  bool failing = storage->stats.state == STORAGE_FAILING;
  *lost = storage->stats.lost;
  pthread_mutex_unlock(&storage->lock);
  return failing;
}

static void report_failure(storage_t *storage) {
  uint64_t lost = 0;
  bool news = !is_failing(storage, &lost);
  int64_t twice = 2 * storage->retry_delay;
  storage->failed_at = monotonic_ms();
  storage->retry_delay =
      news ? RETRY_DELAY_MIN : earlier(twice, RETRY_DELAY_MAX);
  if (news) {
    char message[1024] = "";
    snprintf(message, sizeof(message),
             "%s: %s; until then up to %u MB of records wait in memory",
             storage->path, storage->db.error, STORAGE_QUEUE_BYTES >> 20);
    storage->log(LOG_ERR, message);
    storage->lost_before = lost;
  }

  pthread_mutex_lock(&storage->lock);
  storage->stats.state = STORAGE_FAILING;
  storage->stats.errors++;
  memcpy(storage->stats.error, storage->db.error, sizeof(storage->db.error));
  pthread_cond_signal(&storage->notices);
  pthread_mutex_unlock(&storage->lock);
}

static void report_success(storage_t *storage) {
  uint64_t lost = 0;
  if (is_failing(storage, &lost)) {
    char message[1024] = "";
    snprintf(message, sizeof(message),
             "%s: written to again; %llu records had to be given up",
             storage->path, (unsigned long long)(lost - storage->lost_before));
    storage->log(LOG_NOTICE, message);
  }

  pthread_mutex_lock(&storage->lock);
  storage->stats.state = STORAGE_READY;
  storage->stats.error[0] = '\0';
  pthread_mutex_unlock(&storage->lock);
}

void *keeper_main(void *argument) {
  storage_t *storage = argument;
  while (wait_for_work(storage)) {
    if (work(storage) == 0) {
      report_success(storage);
    } else {
      close_file(storage);
      report_failure(storage);
    }
  }
  close_file(storage);
  return NULL;
}

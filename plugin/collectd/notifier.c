/* SPDX-License-Identifier: MIT */
/* A thread that tells people: see the header. */
#include "plugin/collectd/notifier.h"
#include "plugin/collectd/report.h"
#include "plugin/storage/clock.h"

#include <errno.h>

#define LOOK_INTERVAL 1000 /* milliseconds, at the state of the database */

struct notifier_s {
  /* set at the creation, never written again */
  storage_t *storage; /* not used any more by a thread that has been left */
  const char *path;

  /* the read callback's, and the main thread's when that has ended */
  bool begun; /* there is a thread */
  bool complained;
  pthread_t thread;

  /* owned by the thread */
  bool database_failing; /* as was told */

  pthread_mutex_t lock;
  pthread_cond_t change;
  /* under the lock */
  bool telling; /* collectd and its plugins are at work */
  bool closed;  /* nothing is begun any more */
  bool left;    /* the storage is not ours any more */
  bool ended;
};

static bool begin_telling(notifier_t *notifier) {
  pthread_mutex_lock(&notifier->lock);
  notifier->telling = !notifier->closed;
  bool telling = notifier->telling;
  pthread_mutex_unlock(&notifier->lock);
  return telling;
}

/* False: we have been left meanwhile. */
static bool end_telling(notifier_t *notifier) {
  pthread_mutex_lock(&notifier->lock);
  notifier->telling = false;
  bool left = notifier->left;
  pthread_mutex_unlock(&notifier->lock);
  return !left;
}

/* These return false when the thread is to end. A notice that was not told, or
 * of which the storage does not hear, comes again after a restart. */
static bool tell(notifier_t *notifier, storage_notice_t *notice) {
  if (!begin_telling(notifier)) {
    free(notice);
    return false;
  }
  report_notice(notice);
  if (!end_telling(notifier)) {
    free(notice);
    return false;
  }
  storage_told(notifier->storage, notice);
  return true;
}

static bool watch_database(notifier_t *notifier) {
  storage_stats_t stats = {0};
  storage_stats(notifier->storage, &stats);
  bool failing = stats.state == STORAGE_FAILING;
  if (failing == notifier->database_failing)
    return true;
  notifier->database_failing = failing;
  if (!begin_telling(notifier))
    return false;
  report_database(notifier->path, failing, stats.error);
  return end_telling(notifier);
}

static void *notifier_main(void *argument) {
  notifier_t *notifier = argument;
  bool going = true;
  while (going) {
    storage_notice_t *notice = NULL;
    int status = storage_take_notice(notifier->storage, LOOK_INTERVAL, &notice);
    going = status != ECANCELED && (status != 0 || tell(notifier, notice)) &&
            watch_database(notifier);
  }
  pthread_mutex_lock(&notifier->lock);
  notifier->ended = true;
  pthread_cond_signal(&notifier->change);
  pthread_mutex_unlock(&notifier->lock);
  return NULL;
}

notifier_t *notifier_create(storage_t *storage, const char *path) {
  notifier_t *notifier = calloc(1, sizeof(*notifier));
  if (notifier == NULL)
    return NULL;
  notifier->storage = storage;
  notifier->path = path;
  clock_cond_init(&notifier->change);
  pthread_mutex_init(&notifier->lock, NULL);
  return notifier;
}

void notifier_begin(notifier_t *notifier) {
  if (notifier->begun)
    return;
  notifier->begun = plugin_thread_create(&notifier->thread, notifier_main,
                                         notifier, "anomaly notify") == 0;
  if (notifier->begun && notifier->complained)
    NOTICE("anomaly plugin: there is a thread for notifications again.");
  if (!notifier->begun && !notifier->complained)
    ERROR("anomaly plugin: there is no thread for notifications; they wait "
          "until one can be had.");
  notifier->complained = !notifier->begun;
}

void notifier_stop(notifier_t *notifier, double seconds) {
  if (notifier == NULL || !notifier->begun)
    return;
  int64_t end = monotonic_ms() + (int64_t)(seconds * 1000);
  storage_end_notices(notifier->storage, seconds);
  pthread_mutex_lock(&notifier->lock);
  while (!notifier->ended && monotonic_ms() < end)
    clock_wait(&notifier->change, &notifier->lock, end);
  notifier->closed = true;
  pthread_mutex_unlock(&notifier->lock);
}

void notifier_leave(notifier_t *notifier) {
  if (notifier == NULL || !notifier->begun)
    return;
  storage_end_notices(notifier->storage, 0);
  pthread_mutex_lock(&notifier->lock);
  notifier->closed = true;
  /* else it is about to end */
  while (!notifier->ended && !notifier->telling)
    pthread_cond_wait(&notifier->change, &notifier->lock);
  notifier->left = true;
  pthread_mutex_unlock(&notifier->lock);
}

void notifier_destroy(notifier_t *notifier) {
  if (notifier == NULL)
    return;
  if (notifier->begun)
    pthread_join(notifier->thread, NULL);
  pthread_cond_destroy(&notifier->change);
  pthread_mutex_destroy(&notifier->lock);
  free(notifier);
}

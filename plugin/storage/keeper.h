/* SPDX-License-Identifier: MIT */
/*
 * keeper.h -- the insides of a storage_t, and its thread
 *
 * Included by storage.c and keeper.c alone.
 */
#ifndef ANOMALY_KEEPER_H
#define ANOMALY_KEEPER_H

#include "plugin/storage/asks.h"
#include "plugin/storage/database.h"
#include "plugin/storage/forget.h"
#include "plugin/storage/hosts.h"
#include "plugin/storage/lessons.h"
#include "plugin/storage/outbox.h"
#include "plugin/storage/queue.h"
#include "plugin/storage/writer.h"

/* A transaction takes at most so many records, and about so many bytes: other
 * writers wait for no longer than some milliseconds, and the write-ahead log
 * stays small. */
#define BATCH_RECORDS 2000
#define BATCH_BYTES (4u << 20)

/* Images that wait to be taken. */
#define ANSWERS_BYTES (16u << 20)

/* So many lessons and wishes wait at most; others stay in the file until there
 * is room. */
#define LESSONS_WAITING 16
#define FORGETS_WAITING 16

typedef struct orphan_s orphan_t;
struct orphan_s {
  orphan_t *next;
  storage_orphan_t orphan;
};

struct storage_s {
  /* set by storage_start(), never written again */
  char *path;
  int64_t retention; /* seconds */
  int64_t size_max;  /* bytes; 0: no limit */
  size_t models_max; /* of a detector; 0: no limit */
  const detector_t **detectors;
  size_t detectors_num;
  storage_log_cb log;
  pthread_t thread;

  /* for any thread */
  pthread_mutex_t lock;
  pthread_cond_t wake;        /* the storage thread waits for it */
  pthread_cond_t notices;     /* whoever tells notices waits for it */
  _Atomic int64_t give_up_at; /* monotonic milliseconds; the end of a stop */

  /* owned by the storage thread */
  database_t db;
  writer_t writer;
  bool loaded;             /* hosts, orphans and ids have been read */
  lessons_t learned;       /* runs handed out as lessons */
  int64_t forget_version;  /* of the file when wishes were looked for */
  int64_t housekeeping_at; /* monotonic milliseconds, like: */
  int64_t look_at;         /* for lessons and wishes */
  int64_t failed_at;
  int64_t retry_delay;  /* milliseconds */
  uint64_t lost_before; /* stats.lost when writing began to fail */
  bool size_logged;     /* that samples make room */
  bool no_room_logged;  /* that there are none left to do so */

  /* under the lock */
  queue_t queue;
  int64_t waiting_since; /* monotonic milliseconds; when something waits */
  hosts_t hosts;
  asks_t asks;
  asks_t answers;
  int64_t answered_at; /* monotonic milliseconds; when the last was given or
                          taken */
  orphan_t *orphans;
  storage_lesson_t lessons[LESSONS_WAITING]; /* oldest first */
  size_t lessons_num;
  storage_forget_t forgets[FORGETS_WAITING];
  size_t forgets_num;
  outbox_t outbox;
  bool telling;          /* a notice has been taken */
  uint64_t told_serial;  /* of the newest RECORD_TOLD */
  int64_t told_at;       /* monotonic milliseconds, like: */
  int64_t notices_end;   /* INT64_MAX until telling ends */
  storage_stats_t stats; /* but for what storage_stats() adds up */
  bool hurry;
  bool flush;
  bool stopping;
};

/* The thread's function; the argument is the storage_t. Ends when `stopping` is
 * set and all is written, or it is time to give up. */
void *keeper_main(void *storage);

/* Under the lock: whether there are questions and room for their answers. */
bool keeper_has_asks(const storage_t *storage);

/* Under the lock: whether enough waits for a batch to be written at once. */
bool keeper_has_batch(const storage_t *storage);

#endif /* ANOMALY_KEEPER_H */

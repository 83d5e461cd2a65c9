/* SPDX-License-Identifier: MIT */
/*
 * storage.h -- keeps what was judged in one SQLite file
 *
 * storage_start() makes one thread, the only one that ever touches the file.
 * All other calls but storage_take_notice() only copy what they are given into
 * a bounded queue, or out of it: they take a short lock, never wait for the
 * disk, and may be made from any thread. Whatever becomes of the file (full
 * disk, locked, read-only, deleted, corrupt), callers go on; what could not be
 * written yet waits in memory up to STORAGE_QUEUE_BYTES, samples being given up
 * first, then images, flagged runs and their anomalies last.
 *
 * Time stamps are milliseconds since the epoch, UTC. Texts must be valid UTF-8,
 * but for the names of hosts (hostname.h), and are copied.
 */
#ifndef ANOMALY_STORAGE_H
#define ANOMALY_STORAGE_H

#include "plugin/detector/detector.h"

#include <pthread.h>

/* What may wait in memory for a file that cannot be written, all included. */
#define STORAGE_QUEUE_BYTES (64u << 20)

typedef struct storage_s storage_t;

typedef enum {
  STORAGE_STARTING, /* the file has not been opened yet */
  STORAGE_READY,
  STORAGE_FAILING, /* the last attempt to write failed; retried every second at
                      first, every minute at last */
} storage_state_t;

/* Called from the storage thread, with no lock held. Levels are syslog's. */
typedef void (*storage_log_cb)(int level, const char *message);

typedef struct {
  const char *path;
  int64_t retention; /* seconds of samples kept; 0: none are written, and those
                        of before are deleted */
  int64_t size_max;  /* bytes; beyond it the oldest samples are deleted; 0: no
                        limit */
  size_t models_max; /* of each detector; beyond it those whose hosts have been
                        silent longest are deleted; 0: no limit */
  const detector_t *const *detectors; /* whose samples have tables; these must
                                         outlive the storage */
  size_t detectors_num;
  storage_log_cb log;
  /* How to make the thread: pthread_create or collectd's
   * plugin_thread_create wrapped to look like it. */
  int (*thread_create)(pthread_t *thread, void *(*start)(void *), void *arg);
} storage_options_t;

/* Starts the thread and returns without waiting for the file.
 * NULL: out of memory or no thread, errno tells. */
storage_t *storage_start(const storage_options_t *options);

/* Writes what is queued, for at most `seconds` (0..1e9), then joins and frees.
 * Returns how many records still waited then and are lost. */
size_t storage_stop(storage_t *storage, double seconds);

/* What people are to be told of a live run: of its opening, and of its closing,
 * once each. Made by whoever puts the run, see storage_take_notice(). */
#define STORAGE_NUMBERS_MAX (2 + 4 * DETECTOR_FEATURES_MAX)

typedef struct {
  char name[48]; /* of letters, digits, _ and : */
  double value;  /* finite */
} storage_number_t;

typedef struct {
  int64_t run_id;
  bool okay;    /* it is the closing */
  int64_t time; /* when it was noticed */
  char host[128];
  char detector[64];
  char message[256];
  size_t numbers_num; /* at most STORAGE_NUMBERS_MAX */
  storage_number_t numbers[];
} storage_notice_t;

/* A run of the table `runs`, opened or changed or closed. */
typedef struct {
  int64_t id; /* storage_run_id() */
  const char *host;
  const char *detector;
  run_t run;
  bool open;                      /* ended_at is NULL while it is */
  const char *note;               /* set if the run has none yet; NULL: none */
  const storage_notice_t *notice; /* to be told of it; NULL: nothing */
} storage_run_t;

/* A new id: larger than every id before, in this process or, once the file has
 * been read, in its runs; < 2^53. Microseconds since the epoch. Any thread. */
int64_t storage_run_id(void);

/* One row of the table `anomalies`, for a flagged frame of an open run. */
typedef struct {
  int64_t run_id;
  int64_t ts;
  double score;
  double threshold;
  const detector_t *detector;
  const suspect_t *suspects;
  size_t suspects_num;
  const char *note; /* the sentence of explain.h */
} storage_anomaly_t;

/* One row of samples_DETECTOR. */
typedef struct {
  const char *host;
  const detector_t *detector;
  const frame_t *frame;
  const verdict_t *verdict;
} storage_sample_t;

/* Each returns 0 when queued, ENOMEM when the queue was full and the record, or
 * one of lesser worth in its place, was given up (counted in storage_stats).
 * storage_put_sample(): EINVAL when the detector is not among the options.
 * Putting a run again changes its row, but for the verdict and the note that
 * somebody may have given it in the meantime. */
int storage_put_run(storage_t *storage, const storage_run_t *run);
int storage_put_anomaly(storage_t *storage, const storage_anomaly_t *anomaly);
int storage_put_sample(storage_t *storage, const storage_sample_t *sample);

/* Queues the image of a model; takes `image` (from malloc) over in every case.
 * A waiting older image of the same model is replaced. `saved_at` is the ts of
 * the last frame that the image has learned; `forgotten_at` the asked_at of the
 * newest wish that it complies with, 0 if it knows of none. Whoever saves many
 * models goes by storage_stats() so that they do not push each other out of the
 * queue. */
int storage_put_model(storage_t *storage, const char *host,
                      const detector_t *detector, int64_t saved_at,
                      int64_t forgotten_at, void *image, size_t image_size);

/* Asks for the saved model and the open run of a host. Exactly one answer comes
 * back through storage_take_answer(): with the image when there is one, without
 * when there is none or the file could not be read within ten seconds. `token`
 * comes back with it. 0, or ENOMEM. */
int storage_ask_model(storage_t *storage, const char *host,
                      const detector_t *detector, void *token);

typedef struct {
  void *token;
  void *image; /* NULL: none; the caller frees it */
  size_t image_size;
  int64_t forgotten_at; /* there is none because of a wish; else 0 */
  bool run_open;        /* run_id and run are those of the run left open */
  int64_t run_id;
  run_t run;
  int64_t last_run; /* started_at of the newest run, open or closed; INT64_MIN:
                       there was none */
} storage_answer_t;

/* 0: *answer is filled. EAGAIN: no answer is waiting. So that ten thousand
 * images do not fill the memory the storage goes on answering only while some
 * megabytes of them wait to be taken. */
int storage_take_answer(storage_t *storage, storage_answer_t *answer);

/* A model whose live run was open in the file at the start; ask for it to learn
 * more. Each comes once, from the first STORAGE_READY on; 0, or EAGAIN when
 * there is none (any more). Open runs of detectors that are not among the
 * options have been closed. */
typedef struct {
  char host[128];
  char detector[64];
} storage_orphan_t;

int storage_take_orphan(storage_t *storage, storage_orphan_t *orphan);

/* A live run whose verdict somebody has made "expected". Each comes within
 * about 20 seconds, and once more after a restart, or when it was open and has
 * closed; those whose samples are gone do not come, but are logged. 0: *lesson
 * is filled, the caller frees its values. EAGAIN: none is waiting. */
typedef struct {
  int64_t run_id;
  char host[128];
  const detector_t *detector;
  double *values; /* of the run's flagged frames, at most 256 evenly spread:
                     rows times features_num of them; NaN: missing */
  size_t rows;
} storage_lesson_t;

int storage_take_expected(storage_t *storage, storage_lesson_t *lesson);

/* Somebody wants a model to be forgotten and learned anew (forget.h). Comes
 * within about 20 seconds, and again until an image has been written that
 * complies with it. 0, or EAGAIN: none is waiting. */
typedef struct {
  char host[128];
  const detector_t *detector;
  int64_t asked_at; /* milliseconds since the epoch */
} storage_forget_t;

int storage_take_forget(storage_t *storage, storage_forget_t *forget);

/* ts of the newest sample or learned frame of a host, over all detectors;
 * INT64_MIN when there is none or too many hosts are known (hosts.h), EAGAIN
 * while STORAGE_STARTING. */
int storage_last_ts(storage_t *storage, const char *host, int64_t *ts);

/* Notices, in the order in which their runs were put, to be told to people by
 * one thread, one at a time:
 *
 *   - A notice comes when its run is in the file, and the notice before it is
 *     noted there as told; or at once while the file cannot be written, or
 *     after NOTICE_PATIENCE when a disk hangs: no fault of the disk silences an
 *     alert.
 *   - The file remembers what has not been told yet (untold.h): it comes after
 *     a restart. So a process that is killed loses no notice. It may repeat
 *     one, with the same run_id: the one that was being told, or had been for
 *     the moment that it takes to write so.
 *   - OUTBOX_BYTES of notices wait in memory. More of them wait in the file, or
 *     on their way to it, until all these have been told. */
#define NOTICE_PATIENCE 5000 /* milliseconds */

/* Waits for a notice for up to `ms` milliseconds. 0: *notice is filled and goes
 * back by storage_told(). EAGAIN: there was none. ECANCELED: telling has ended.
 */
int storage_take_notice(storage_t *storage, int64_t ms,
                        storage_notice_t **notice);

/* The notice that was taken has been told; frees it. */
void storage_told(storage_t *storage, storage_notice_t *notice);

/* Any thread: storage_take_notice() returns ECANCELED as soon as there is
 * nothing left to tell, and after `seconds` (0..1e9) whatever is left. */
void storage_end_notices(storage_t *storage, double seconds);

typedef struct {
  storage_state_t state;
  char error[256];     /* why, while STORAGE_FAILING */
  uint64_t written;    /* records */
  uint64_t lost;       /* records given up */
  uint64_t errors;     /* failed attempts to write */
  size_t queue_length; /* records waiting */
  size_t queue_bytes;
  size_t asked;  /* questions without an answer yet */
  size_t untold; /* notices in memory, the one that is taken among them; one
                    more if others are in the file alone */
  bool telling;  /* a notice is taken */
  uint64_t told; /* notices */
} storage_stats_t;

void storage_stats(storage_t *storage, storage_stats_t *stats);

/* What is queued is written at once rather than with the next batch, unless
 * the file cannot be written: then when it is tried again. For a run that
 * people are to be told of, since the notice waits for it. */
void storage_hurry(storage_t *storage);

/* Writes everything that is queued as soon as possible, and looks for new
 * verdicts and wishes. */
void storage_flush(storage_t *storage);

#endif /* ANOMALY_STORAGE_H */

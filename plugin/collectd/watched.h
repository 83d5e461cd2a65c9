/* SPDX-License-Identifier: MIT */
/*
 * watched.h -- the insides of a judge_t, and how models come and go
 *
 * A model lives in three stages: asked for (its frames wait in the intake until
 * the storage has answered), judging, and dropped. It never waits for the disk:
 * images go in and out by the storage's queues.
 *
 * Included by judge.c and watched.c alone; all of it is the reader's.
 */
#ifndef ANOMALY_WATCHED_H
#define ANOMALY_WATCHED_H

#include "plugin/collectd/judge.h"
#include "plugin/collectd/report.h"

#include <stdatomic.h>

#define SAVE_MINUTES 5
#define SAVE_INTERVAL TIME_T_TO_CDTIME_T_STATIC(60 * SAVE_MINUTES)

/* What the reader keeps of a stream (stream_t.model). */
typedef struct watched_s watched_t;
struct watched_s {
  const detector_options_t *options;
  model_t *model; /* NULL: the storage has not answered yet */
  bool changed;   /* since it was saved */
  cdtime_t saved; /* monotonic */
  uint64_t flagged_total;
  int64_t forgotten_at;            /* storage_forget_t's asked_at; 0: never */
  int64_t run_id;                  /* 0: no run is open */
  run_t run;                       /* valid unless run_id is 0 */
  char peak[REPORT_SENTENCE_SIZE]; /* of the run's worst frame */

  /* frames in a row that the model had learned already */
  unsigned repeated;
  int64_t repeated_from;   /* ts of the first; valid unless repeated is 0 */
  cdtime_t repeated_since; /* when it came, monotonic */

  /* There is no stream (any more), but the storage has us as its token. */
  bool abandoned;
  watched_t *next_abandoned;

  char host[];
};

struct judge_s {
  const options_t *options;
  intake_t *intake;
  storage_t *storage;
  cdtime_t now; /* of this read, monotonic */
  watched_t *abandoned;

  /* the lesson under way; values are NULL when there is none */
  storage_lesson_t lesson;
  cdtime_t lesson_since;

  uint64_t told;    /* notices, when last looked at */
  cdtime_t told_at; /* when that had changed, or nothing was being told */
  bool hanging;     /* a notification plugin: was said */

  cdtime_t flushed; /* the save_before that the storage was told of */
  size_t visited;   /* models, while they are */
  size_t save_room; /* bytes of images that the storage's queue may take */
  uint64_t restored;
  uint64_t fresh; /* models begun anew, since both were last logged */
  const detector_t *changed; /* whose change of options was last logged */
  char changes[MODEL_WHY_SIZE];
  cdtime_t next_complaint;
  intake_stats_t complained;

  _Atomic cdtime_t save_before; /* any thread; see judge_request_save() */

  /* written by the reader, read by any thread */
  atomic_size_t models;
  _Atomic uint64_t frames;
  _Atomic uint64_t read_ns;
};

/* Asks the storage for the model of a host. NULL: out of memory. */
watched_t *watched_ask(judge_t *judge, const char *host,
                       const detector_options_t *options);

/* Takes what the storage answers. While it is at it this waits for it, for
 * three quarters of the time between two reads at most: a start has many models
 * to read, and only some of them fit into the memory between the two. */
void watched_take_answers(judge_t *judge);

/* A run that was open when collectd died is closed like any other; if its host
 * is not heard of any more, when that is dropped; if the detector does not want
 * it any more, at once. */
void watched_take_orphans(judge_t *judge);

/* Complies with wishes to forget models. */
void watched_forget(judge_t *judge);

/* Closes the row of the run, which is told unless the run is silent. */
void watched_close_run(judge_t *judge, const watched_t *watched);

/* Hands the model's image to the storage; one that is refused is tried again in
 * the next interval. Returns its size in bytes, 0: out of memory. */
size_t watched_save(judge_t *judge, const stream_t *stream);

/* The stream is going: an intake_drop_cb; `judge` is the judge. */
void watched_drop(void *judge, stream_t *stream);

void watched_free(watched_t *watched);

#endif /* ANOMALY_WATCHED_H */

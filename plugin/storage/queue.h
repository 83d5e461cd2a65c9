/* SPDX-License-Identifier: MIT */
/*
 * queue.h -- the records that wait for the file, within a bound
 *
 * Records have three worths. What is worth more is written first, and given up
 * last when the bound is reached: samples, then images of models, then flagged
 * runs with their anomalies; within a worth the oldest goes first. Of each
 * model only the newest image waits.
 *
 * A queue has no lock and frees nothing: its owner calls it under a lock of his
 * own and destroys after the unlock what he was handed back.
 */
#ifndef ANOMALY_QUEUE_H
#define ANOMALY_QUEUE_H

#include "plugin/storage/record.h"

typedef enum {
  WORTH_SAMPLE,
  WORTH_MODEL,
  WORTH_RUN,
} worth_t;

#define WORTHS 3

typedef struct {
  /* set by queue_init() */
  size_t bytes_max;

  /* owned by queue.c */
  record_list_t waiting[WORTHS];
  void *models; /* tsearch(3) tree of the waiting RECORD_MODEL, by host and
                   detector */

  /* of everything waiting or taken; for reading */
  size_t length;
  size_t bytes;
  uint64_t serial; /* of the record put last */
  uint64_t done;   /* of the newest WORTH_RUN that is written */
} queue_t;

void queue_init(queue_t *queue, size_t bytes_max);

/* Appends a record, then gives up others (this one perhaps) until the bound is
 * kept. Returns how many were lost; these, and an image that was replaced, are
 * appended to `gone`. */
size_t queue_put(queue_t *queue, record_t *record, record_list_t *gone);

/* Takes at most `records_max` records of about `bytes_max` bytes together, the
 * most worthy and oldest first, to the end of `batch`. They still count in
 * length and bytes until queue_done() or queue_return(). */
void queue_take(queue_t *queue, size_t records_max, size_t bytes_max,
                record_list_t *batch);

/* The batch is written; the caller destroys it. */
void queue_done(queue_t *queue, const record_list_t *batch);

/* The batch could not be written: back to where it was taken from. An image
 * that a newer one has come after is appended to `gone`. */
void queue_return(queue_t *queue, record_list_t *batch, record_list_t *gone);

/* Whether nothing of WORTH_RUN waits. */
bool queue_has_no_run(const queue_t *queue);

/* Records that wait, without those taken. */
size_t queue_waiting(const queue_t *queue);

/* Whether nothing waits that the file must hold before it can be asked for a
 * model: neither an image of it nor any run put up to `serial`. */
bool queue_settled(const queue_t *queue, const char *host, const char *detector,
                   uint64_t serial);

/* Appends all that waits to `gone`. */
void queue_clear(queue_t *queue, record_list_t *gone);

#endif /* ANOMALY_QUEUE_H */

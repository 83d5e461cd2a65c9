/* SPDX-License-Identifier: MIT */
/*
 * frame_queue.h -- closed frames of a host, waiting to be judged
 *
 * A ring that grows up to FRAMES_QUEUE_MAX frames and shrinks once it is empty:
 * a burst (a backfill, a host that was cut off) should not cost for good.
 */
#ifndef ANOMALY_FRAME_QUEUE_H
#define ANOMALY_FRAME_QUEUE_H

#include "plugin/detector/detector.h"

#define FRAMES_QUEUE_MAX 1024

/* All zero but features_num: empty. */
typedef struct {
  size_t features_num; /* of every frame */
  char *items;
  size_t size; /* room, in frames */
  size_t head;
  size_t num;
} frame_queue_t;

/* Copies a frame in; `clock_set`: the host's clock was set before it. 0,
 * ENOBUFS: full, or ENOMEM. */
int frame_queue_push(frame_queue_t *queue, const frame_t *frame,
                     bool clock_set);

/* The oldest: 0, its values valid until the next push or pop. EAGAIN: none. */
int frame_queue_peek(const frame_queue_t *queue, frame_t *frame,
                     bool *clock_set);
void frame_queue_pop(frame_queue_t *queue);

/* Frees what it holds. */
void frame_queue_clear(frame_queue_t *queue);

#endif /* ANOMALY_FRAME_QUEUE_H */

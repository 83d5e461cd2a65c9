/* SPDX-License-Identifier: MIT */
/* The ring of closed frames: see the header. */
#include "plugin/features/frame_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 4
#define SIZE_KEPT 16 /* when it is empty */

typedef struct {
  int64_t ts;
  int64_t interval;
  bool clock_set;
  double values[];
} item_t;

static size_t item_size(const frame_queue_t *queue) {
  return sizeof(item_t) + queue->features_num * sizeof(double);
}

static item_t *item(const frame_queue_t *queue, size_t i) {
  size_t place = (queue->head + i) % queue->size;
  return (item_t *)(queue->items + place * item_size(queue));
}

static int grow(frame_queue_t *queue) {
  size_t size = queue->size == 0 ? SIZE_FIRST : 2 * queue->size;
  if (size > FRAMES_QUEUE_MAX)
    return ENOBUFS;
  char *items = malloc(size * item_size(queue));
  if (items == NULL)
    return ENOMEM;
  for (size_t i = 0; i < queue->num; i++)
    memcpy(items + i * item_size(queue), item(queue, i), item_size(queue));
  free(queue->items);
  queue->items = items;
  queue->size = size;
  queue->head = 0;
  return 0;
}

int frame_queue_push(frame_queue_t *queue, const frame_t *frame,
                     bool clock_set) {
  if (queue->num == queue->size) {
    int status = grow(queue);
    if (status != 0)
      return status;
  }
  item_t *added = item(queue, queue->num++);
  added->ts = frame->ts;
  added->interval = frame->interval;
  added->clock_set = clock_set;
  memcpy(added->values, frame->values, queue->features_num * sizeof(double));
  return 0;
}

int frame_queue_peek(const frame_queue_t *queue, frame_t *frame,
                     bool *clock_set) {
  if (queue->num == 0)
    return EAGAIN;
  const item_t *oldest = item(queue, 0);
  *frame = (frame_t){
      .ts = oldest->ts, .interval = oldest->interval, .values = oldest->values};
  *clock_set = oldest->clock_set;
  return 0;
}

void frame_queue_pop(frame_queue_t *queue) {
  if (queue->num == 0)
    return;
  queue->head = (queue->head + 1) % queue->size;
  queue->num--;
  if (queue->num == 0 && queue->size > SIZE_KEPT)
    frame_queue_clear(queue);
}

void frame_queue_clear(frame_queue_t *queue) {
  free(queue->items);
  *queue = (frame_queue_t){.features_num = queue->features_num};
}

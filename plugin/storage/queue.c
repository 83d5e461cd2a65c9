/* SPDX-License-Identifier: MIT */
/*
 * queue.c -- one list a worth, and a tree to find waiting images by
 *
 * A newer image does not queue up again: it takes the place of the older one in
 * the list. So a model that is saved often is not put off for ever.
 */
#include "plugin/storage/queue.h"

#include <search.h>
#include <string.h>

static worth_t worth_of(const record_t *record) {
  switch (record->kind) {
  case RECORD_SAMPLE:
    return WORTH_SAMPLE;
  case RECORD_MODEL:
    return WORTH_MODEL;
  case RECORD_RUN:
  case RECORD_ANOMALY:
  case RECORD_TOLD:
    break;
  }
  return WORTH_RUN;
}

static int compare_models(const void *a, const void *b) {
  const record_model_t *left = &((const record_t *)a)->model;
  const record_model_t *right = &((const record_t *)b)->model;
  int order = strcmp(left->host, right->host);
  return order != 0 ? order : strcmp(left->detector, right->detector);
}

static record_t *find_model(const queue_t *queue, const char *host,
                            const char *detector) {
  const record_t key = {.model = {.host = host, .detector = detector}};
  record_t **node = tfind(&key, &queue->models, compare_models);
  return node == NULL ? NULL : *node;
}

/* Exchanges the images of two records of one model. */
static void swap_images(record_t *a, record_t *b) {
  record_model_t model = a->model;
  size_t a_bytes = a->bytes - a->model.image_size + b->model.image_size;
  size_t b_bytes = b->bytes - b->model.image_size + a->model.image_size;
  a->model.saved_at = b->model.saved_at;
  a->model.forgotten_at = b->model.forgotten_at;
  a->model.image = b->model.image;
  a->model.image_size = b->model.image_size;
  a->bytes = a_bytes;
  b->model.saved_at = model.saved_at;
  b->model.forgotten_at = model.forgotten_at;
  b->model.image = model.image;
  b->model.image_size = model.image_size;
  b->bytes = b_bytes;
}

static void account(queue_t *queue, const record_t *record) {
  queue->length++;
  queue->bytes += record->bytes;
}

static void discount(queue_t *queue, const record_t *record) {
  queue->length--;
  queue->bytes -= record->bytes;
}

/* Takes the oldest record of a worth out of its list and the tree. */
static record_t *pop(queue_t *queue, worth_t worth) {
  record_t *record = record_list_pop(&queue->waiting[worth]);
  if (worth == WORTH_MODEL)
    tdelete(record, &queue->models, compare_models);
  return record;
}

/* The oldest of the least worth leaves. */
static void give_up_one(queue_t *queue, record_list_t *gone) {
  worth_t worth = WORTH_SAMPLE;
  while (queue->waiting[worth].first == NULL)
    worth++;
  record_t *record = pop(queue, worth);
  discount(queue, record);
  record_list_append(gone, record);
}

void queue_init(queue_t *queue, size_t bytes_max) {
  *queue = (queue_t){.bytes_max = bytes_max};
}

size_t queue_put(queue_t *queue, record_t *record, record_list_t *gone) {
  record->serial = ++queue->serial;

  record_t *older = NULL;
  if (record->kind == RECORD_MODEL)
    older = find_model(queue, record->model.host, record->model.detector);
  if (older != NULL) {
    discount(queue, older);
    swap_images(older, record);
    account(queue, older);
    record_list_append(gone, record);
  } else if (record->kind == RECORD_MODEL &&
             tsearch(record, &queue->models, compare_models) == NULL) {
    record_list_append(gone, record); /* no memory for the tree's node */
    return 1;
  } else {
    record_list_append(&queue->waiting[worth_of(record)], record);
    account(queue, record);
  }

  size_t lost = 0;
  /* What is taken cannot be given up, so a full batch in the writer's hands may
   * leave nothing to give up. */
  while (queue->bytes > queue->bytes_max && queue_waiting(queue) > 0) {
    give_up_one(queue, gone);
    lost++;
  }
  return lost;
}

void queue_take(queue_t *queue, size_t records_max, size_t bytes_max,
                record_list_t *batch) {
  size_t bytes = 0;
  for (int worth = WORTHS - 1; worth >= 0; worth--) {
    while (queue->waiting[worth].first != NULL) {
      if (batch->length >= records_max || bytes >= bytes_max)
        return;
      record_t *record = pop(queue, (worth_t)worth);
      bytes += record->bytes;
      record_list_append(batch, record);
    }
  }
}

void queue_done(queue_t *queue, const record_list_t *batch) {
  for (const record_t *record = batch->first; record; record = record->next) {
    discount(queue, record);
    if (worth_of(record) == WORTH_RUN)
      queue->done = record->serial;
  }
}

void queue_return(queue_t *queue, record_list_t *batch, record_list_t *gone) {
  record_list_t front[WORTHS] = {{0}};
  for (record_t *record = NULL; (record = record_list_pop(batch)) != NULL;) {
    /* A newer image has arrived meanwhile, or there is no memory for a node:
     * then the model is saved again some day. */
    if (record->kind == RECORD_MODEL) {
      record_t **node = tsearch(record, &queue->models, compare_models);
      if (node == NULL || *node != record) {
        discount(queue, record);
        record_list_append(gone, record);
        continue;
      }
    }
    record_list_append(&front[worth_of(record)], record);
  }
  for (int worth = 0; worth < WORTHS; worth++)
    record_list_prepend(&queue->waiting[worth], &front[worth]);
}

bool queue_has_no_run(const queue_t *queue) {
  return queue->waiting[WORTH_RUN].first == NULL;
}

size_t queue_waiting(const queue_t *queue) {
  size_t length = 0;
  for (int worth = 0; worth < WORTHS; worth++)
    length += queue->waiting[worth].length;
  return length;
}

bool queue_settled(const queue_t *queue, const char *host, const char *detector,
                   uint64_t serial) {
  const record_t *run = queue->waiting[WORTH_RUN].first;
  return find_model(queue, host, detector) == NULL &&
         (run == NULL || run->serial > serial);
}

void queue_clear(queue_t *queue, record_list_t *gone) {
  while (queue_waiting(queue) > 0)
    give_up_one(queue, gone);
}

/* SPDX-License-Identifier: MIT */
/*
 * asks.h -- questions for models, which become their own answers
 *
 * Lists without a lock of their own.
 */
#ifndef ANOMALY_ASKS_H
#define ANOMALY_ASKS_H

#include "plugin/storage/storage.h"

typedef struct ask_s ask_t;
struct ask_s {
  /* set by whoever asks, never written again */
  const char *host;
  const char *detector;
  int64_t asked_at; /* monotonic milliseconds */
  uint64_t serial;  /* of the record that was put last before */

  /* owned by the storage thread from the question to the answer; the image is
   * freed with the ask unless it has been taken out */
  storage_answer_t answer;

  /* owned by the list that the ask is in */
  ask_t *next;
};

/* {0} is an empty list. */
typedef struct {
  ask_t *first;
  ask_t *last;
  size_t num;
  size_t bytes; /* of their images */
} asks_t;

/* A copy of the names; NULL: out of memory. */
ask_t *ask_create(const char *host, const char *detector, void *token);
void ask_destroy(ask_t *ask);

void asks_append(asks_t *asks, ask_t *ask);
void asks_prepend(asks_t *asks, ask_t *ask);
void asks_remove(asks_t *asks, ask_t *ask);
void asks_clear(asks_t *asks);

#endif /* ANOMALY_ASKS_H */

/* SPDX-License-Identifier: MIT */
/*
 * asks.c -- singly linked lists of questions
 */
#include "plugin/storage/asks.h"

#include <stdlib.h>
#include <string.h>

ask_t *ask_create(const char *host, const char *detector, void *token) {
  size_t host_size = strlen(host) + 1;
  size_t detector_size = strlen(detector) + 1;
  ask_t *ask = calloc(1, sizeof(*ask) + host_size + detector_size);
  if (ask == NULL)
    return NULL;
  char *texts = (char *)(ask + 1);
  ask->host = memcpy(texts, host, host_size);
  ask->detector = memcpy(texts + host_size, detector, detector_size);
  ask->answer.token = token;
  ask->answer.last_run = INT64_MIN;
  return ask;
}

void ask_destroy(ask_t *ask) {
  free(ask->answer.image);
  free(ask);
}

static void count(asks_t *asks, const ask_t *ask) {
  asks->num++;
  asks->bytes += ask->answer.image_size;
}

void asks_append(asks_t *asks, ask_t *ask) {
  count(asks, ask);
  ask->next = NULL;
  if (asks->last == NULL)
    asks->first = ask;
  else
    asks->last->next = ask;
  asks->last = ask;
}

void asks_prepend(asks_t *asks, ask_t *ask) {
  count(asks, ask);
  ask->next = asks->first;
  asks->first = ask;
  if (asks->last == NULL)
    asks->last = ask;
}

void asks_remove(asks_t *asks, ask_t *ask) {
  ask_t *before = NULL;
  ask_t **link = &asks->first;
  while (*link != ask) {
    before = *link;
    link = &before->next;
  }
  *link = ask->next;
  if (asks->last == ask)
    asks->last = before;
  asks->num--;
  asks->bytes -= ask->answer.image_size;
}

void asks_clear(asks_t *asks) {
  while (asks->first != NULL) {
    ask_t *ask = asks->first;
    asks_remove(asks, ask);
    ask_destroy(ask);
  }
}

/* SPDX-License-Identifier: MIT */
/*
 * cache.c -- a table of answers by the hash of what was asked; two questions of
 * the same place take turns
 */
#include "dashboard/http/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Whoever has begun to make an answer and not finished after this is given up.
 */
#define MAKING_MAX_MS 15000

typedef struct {
  char *uri; /* NULL: free */
  struct MHD_Response *response;
  int64_t fresh_until;
  int64_t making_since; /* 0: nobody makes the next one */
} entry_t;

struct cache_s {
  pthread_mutex_t lock;

  /* under the lock */
  entry_t entries[CACHE_ENTRIES];
  int64_t cleared_at;
};

cache_t *cache_create(void) {
  cache_t *cache = calloc(1, sizeof(*cache));
  if (cache != NULL)
    pthread_mutex_init(&cache->lock, NULL);
  return cache;
}

static void empty(entry_t *entry) {
  free(entry->uri);
  if (entry->response != NULL)
    MHD_destroy_response(entry->response);
  *entry = (entry_t){0};
}

void cache_destroy(cache_t *cache) {
  if (cache == NULL)
    return;
  for (size_t i = 0; i < CACHE_ENTRIES; i++)
    empty(&cache->entries[i]);
  pthread_mutex_destroy(&cache->lock);
  free(cache);
}

static entry_t *place_of(cache_t *cache, const char *uri) {
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (const unsigned char *c = (const unsigned char *)uri; *c != '\0'; c++)
    hash = (hash ^ *c) * 16777619u;
  return &cache->entries[hash % CACHE_ENTRIES];
}

/* Under the lock: whether the answer will do; else it is the caller's to make
 * the next one. */
static bool will_do(entry_t *entry, int64_t now) {
  if (now < entry->fresh_until)
    return true;
  if (entry->making_since != 0 && now - entry->making_since < MAKING_MAX_MS)
    return true;
  entry->making_since = now;
  return false;
}

bool cache_queue(cache_t *cache, const char *uri, int64_t now,
                 struct MHD_Connection *connection) {
  pthread_mutex_lock(&cache->lock);
  entry_t *entry = place_of(cache, uri);
  bool queued =
      entry->uri != NULL && strcmp(entry->uri, uri) == 0 &&
      will_do(entry, now) &&
      MHD_queue_response(connection, MHD_HTTP_OK, entry->response) == MHD_YES;
  pthread_mutex_unlock(&cache->lock);
  return queued;
}

void cache_put(cache_t *cache, const char *uri, struct MHD_Response *response,
               int fresh_ms, int64_t began_at, int64_t now) {
  int64_t age = (now - began_at) * CACHE_PATIENCE;
  if (age < fresh_ms)
    age = fresh_ms;
  if (age > CACHE_AGE_MAX_MS)
    age = CACHE_AGE_MAX_MS;
  entry_t made = {
      .uri = strdup(uri), .response = response, .fresh_until = now + age};
  pthread_mutex_lock(&cache->lock);
  if (made.uri != NULL && began_at > cache->cleared_at) {
    entry_t *entry = place_of(cache, uri);
    entry_t old = *entry;
    *entry = made;
    made = old;
  }
  pthread_mutex_unlock(&cache->lock);
  empty(&made);
}

void cache_clear(cache_t *cache, int64_t now) {
  pthread_mutex_lock(&cache->lock);
  for (size_t i = 0; i < CACHE_ENTRIES; i++)
    empty(&cache->entries[i]);
  cache->cleared_at = now;
  pthread_mutex_unlock(&cache->lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * cache.h -- answers that are given again for a moment
 *
 * Many pages that refresh every few seconds ask the same. An answer is given
 * again for as long as its route allows, and for at least CACHE_PATIENCE times
 * as long as it took to make, so that however large the database has grown, a
 * question asked all the time takes a small part of a processor. When it is too
 * old, one of those who ask makes the next one while the others still get it.
 *
 * Times are monotonic milliseconds. Any thread.
 */
#ifndef ANOMALY_DASHBOARD_CACHE_H
#define ANOMALY_DASHBOARD_CACHE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#define CACHE_ENTRIES 128
#define CACHE_PATIENCE 20
#define CACHE_AGE_MAX_MS 10000

typedef struct cache_s cache_t;

/* NULL: out of memory. */
cache_t *cache_create(void);
void cache_destroy(cache_t *cache);

/* Queues the answer to a question, status 200. false: make it, then give it to
 * cache_put(). */
bool cache_queue(cache_t *cache, const char *uri, int64_t now,
                 struct MHD_Connection *connection);

/* Takes over an answer that was asked for at `began_at`. */
void cache_put(cache_t *cache, const char *uri, struct MHD_Response *response,
               int fresh_ms, int64_t began_at, int64_t now);

/* Forgets all answers, since something has been written. One that is being made
 * meanwhile is not kept. */
void cache_clear(cache_t *cache, int64_t now);

#endif /* ANOMALY_DASHBOARD_CACHE_H */

/* SPDX-License-Identifier: MIT */
/*
 * clock.h -- the two clocks, in milliseconds
 *
 * Waiting and deadlines go by the monotonic clock, which nobody sets back; only
 * what is compared with time stamps of data goes by the wall clock.
 */
#ifndef ANOMALY_CLOCK_H
#define ANOMALY_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(clockid_t clock) {
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int64_t monotonic_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
static inline int64_t wall_ms(void) { return clock_ms(CLOCK_REALTIME); }

/* A condition that goes by the monotonic clock, and waiting for it until `ms`.
 */
static inline void clock_cond_init(pthread_cond_t *condition) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

static inline void clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock,
                              int64_t ms) {
  struct timespec until = {.tv_sec = (time_t)(ms / 1000),
                           .tv_nsec = (long)(ms % 1000) * 1000000};
  pthread_cond_timedwait(condition, lock, &until);
}

#endif /* ANOMALY_CLOCK_H */

/* SPDX-License-Identifier: MIT */
/*
 * clock.h -- the two clocks of the storage, in milliseconds
 *
 * Waiting and deadlines go by the monotonic clock, which nobody sets back; only
 * what is compared with time stamps of data goes by the wall clock.
 */
#ifndef ANOMALY_CLOCK_H
#define ANOMALY_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(clockid_t clock) {
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int64_t monotonic_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
static inline int64_t wall_ms(void) { return clock_ms(CLOCK_REALTIME); }

#endif /* ANOMALY_CLOCK_H */

/* SPDX-License-Identifier: MIT */
/*
 * throttle.h -- failed logins make the next ones wait
 *
 * Counted by the address they come from and by the name they try. Three are
 * free; the fourth costs a second, every further one twice as much up to a
 * minute. A minute is enough to make guessing hopeless, and short enough that a
 * stranger who fails in somebody's name does not lock him out; and where he has
 * logged in before, he waits for what failed there alone. What did not
 * fail for an hour is forgotten. At most THROTTLE_KEYS are remembered, in sets
 * of a few: one more takes the place of the one of its set that failed longest
 * ago.
 *
 * Times are monotonic milliseconds. Any thread.
 */
#ifndef ANOMALY_DASHBOARD_THROTTLE_H
#define ANOMALY_DASHBOARD_THROTTLE_H

#include <stdint.h>

#define THROTTLE_KEYS 8192
#define THROTTLE_FRIENDS 256
#define THROTTLE_FREE 3
#define THROTTLE_DELAY_MAX_MS 60000
#define THROTTLE_MEMORY_MS (3600 * INT64_C(1000))

typedef struct throttle_s throttle_t;

/* NULL: out of memory, or no random bytes for its key. */
throttle_t *throttle_create(void);
void throttle_destroy(throttle_t *throttle);

/* Asks for a try. 0: go on; the try counts as failed until throttle_forgive(),
 * so that many at once gain nothing. Else the milliseconds to wait; this try
 * does not count. */
int64_t throttle_try(throttle_t *throttle, const char *address,
                     const char *name, int64_t now);

/* The try has succeeded: forgets both, and remembers them together, the last
 * THROTTLE_FRIENDS of them. */
void throttle_forgive(throttle_t *throttle, const char *address,
                      const char *name);

#endif /* ANOMALY_DASHBOARD_THROTTLE_H */

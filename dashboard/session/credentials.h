/* SPDX-License-Identifier: MIT */
/*
 * credentials.h -- names and passwords that have just been verified
 *
 * A script that logs in by HTTP Basic with each request would pay for yescrypt
 * each time. A few names are remembered for CREDENTIALS_AGE_MS, with a keyed
 * hash of the password under a key that lives and dies with the process; the
 * password itself is not kept.
 *
 * Times are monotonic milliseconds. Any thread.
 */
#ifndef ANOMALY_DASHBOARD_CREDENTIALS_H
#define ANOMALY_DASHBOARD_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#define CREDENTIALS_MAX 64
#define CREDENTIALS_AGE_MS (10 * 60 * INT64_C(1000))

typedef struct credentials_s credentials_t;

/* NULL: out of memory, or no random bytes. */
credentials_t *credentials_create(void);
void credentials_destroy(credentials_t *credentials);

/* The password has been verified while the user had this stamp (users.h). */
void credentials_remember(credentials_t *credentials, const char *name,
                          const char *password, uint64_t stamp, int64_t now);

/* Whether it is remembered, for a user who still has the stamp. */
bool credentials_known(credentials_t *credentials, const char *name,
                       const char *password, uint64_t stamp, int64_t now);

#endif /* ANOMALY_DASHBOARD_CREDENTIALS_H */

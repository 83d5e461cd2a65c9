/* SPDX-License-Identifier: MIT */
/*
 * session.h -- who has logged in by the form, in memory alone
 *
 * A session ends by logout, after SESSION_IDLE_MS without a request, or
 * SESSION_AGE_MS after the login, whatever happens. There are at most
 * SESSIONS_MAX; one more takes the place of the one that was idle for longest.
 * A restart of the server ends all of them.
 *
 * Times are monotonic milliseconds. Any thread.
 */
#ifndef ANOMALY_DASHBOARD_SESSION_H
#define ANOMALY_DASHBOARD_SESSION_H

#include "dashboard/session/user_name.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSIONS_MAX 1024
#define SESSION_IDLE_MS (30 * 60 * INT64_C(1000))
#define SESSION_AGE_MS (12 * 3600 * INT64_C(1000))

/* Place and secret in hexadecimal, with a terminator. */
#define SESSION_TOKEN_SIZE (2 * (2 + 32) + 1)

typedef struct sessions_s sessions_t;

/* NULL: out of memory. */
sessions_t *sessions_create(void);
void sessions_destroy(sessions_t *sessions);

/* A new session with a token that nobody had before. `stamp` is the user's, see
 * users.h. 0, or -1: the kernel gave no random bytes. */
int session_open(sessions_t *sessions, const char *user, uint64_t stamp,
                 int64_t now, char token[SESSION_TOKEN_SIZE]);

/* Whose session it is, and the stamp of when it was opened. false: nobody's
 * (any more). Counts as a request. */
bool session_find(sessions_t *sessions, const char *token, int64_t now,
                  char user[USER_NAME_SIZE], uint64_t *stamp);

/* Harmless when there is none. */
void session_close(sessions_t *sessions, const char *token);

#endif /* ANOMALY_DASHBOARD_SESSION_H */

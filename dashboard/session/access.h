/* SPDX-License-Identifier: MIT */
/*
 * access.h -- whose request is it: by the session's cookie or by HTTP Basic
 */
#ifndef ANOMALY_DASHBOARD_ACCESS_H
#define ANOMALY_DASHBOARD_ACCESS_H

#include "dashboard/http/request.h"

#define ACCESS_COOKIE "anomaly_session"

typedef enum {
  ACCESS_GRANTED,  /* request->user is set */
  ACCESS_REFUSED,  /* nobody, or a wrong password */
  ACCESS_UNKNOWN,  /* ask access_verify(), which takes its time */
  ACCESS_ANSWERED, /* has failed too often: the reply says to wait */
} access_t;

/* Takes microseconds. */
access_t access_check(request_t *request);

/* Verifies the password of HTTP Basic; never ACCESS_UNKNOWN. Takes as long as
 * a password's hash. */
access_t access_verify(request_t *request);

/* Verifies a password with the throttle's leave. Never ACCESS_UNKNOWN; *stamp
 * is the user's when it is granted. */
access_t access_password(request_t *request, const char *name,
                         const char *password, uint64_t *stamp);

/* Replies 401. Browsers that show a page are not made to ask for a password
 * themselves. */
void access_reply_refused(request_t *request);

/* Whether the browser's side of the connection is encrypted. */
bool access_is_secure(const request_t *request);

/* Where the request comes from, for the throttle and the log: of a reverse
 * proxy on this machine, whom it says. */
#define ACCESS_ADDRESS_SIZE 64
void access_address(const request_t *request,
                    char address[ACCESS_ADDRESS_SIZE]);

#endif /* ANOMALY_DASHBOARD_ACCESS_H */

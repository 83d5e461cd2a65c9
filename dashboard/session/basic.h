/* SPDX-License-Identifier: MIT */
/*
 * basic.h -- the header Authorization of HTTP Basic (RFC 7617)
 *
 * Not libmicrohttpd's reader of it, which leaves a copy of the password behind
 * in memory that it has freed.
 */
#ifndef ANOMALY_DASHBOARD_BASIC_H
#define ANOMALY_DASHBOARD_BASIC_H

#include "dashboard/session/password.h"
#include "dashboard/session/user_name.h"

#include <stdbool.h>

typedef struct {
  char name[USER_NAME_SIZE];
  char password[PASSWORD_MAX + 1];
} basic_t;

/* Reads the header's value (NULL: there is none). false: it is no HTTP Basic,
 * not well-formed, or too long to be right; then *basic is all zeros. Wipe it
 * after use. */
bool basic_read(const char *authorization, basic_t *basic);

void basic_wipe(basic_t *basic);

#endif /* ANOMALY_DASHBOARD_BASIC_H */

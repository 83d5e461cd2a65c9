/* SPDX-License-Identifier: MIT */
/*
 * user_name.h -- what may be the name of a user
 */
#ifndef ANOMALY_DASHBOARD_USER_NAME_H
#define ANOMALY_DASHBOARD_USER_NAME_H

#include <stdbool.h>

#define USER_NAME_SIZE 65 /* bytes, the terminator included */

/* Whether it may be one: 1 to 64 bytes of UTF-8 without ':' and control
 * characters. */
bool user_name_valid(const char *name);

#endif /* ANOMALY_DASHBOARD_USER_NAME_H */

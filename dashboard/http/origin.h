/* SPDX-License-Identifier: MIT */
/*
 * origin.h -- where a request that changes something was made
 *
 * Browsers add a session's cookie, and a name and password they have been told,
 * to whatever another site makes them send. They also say which site that is:
 * Sec-Fetch-Site, or at least Origin. A request that changes something must
 * come from a page of ours; one that says nothing of the kind is no browser's.
 */
#ifndef ANOMALY_DASHBOARD_ORIGIN_H
#define ANOMALY_DASHBOARD_ORIGIN_H

#include <stdbool.h>

/* Each argument is the header's value or NULL. `forwarded_host` is
 * X-Forwarded-Host: a reverse proxy may have replaced Host. */
bool origin_is_ours(const char *sec_fetch_site, const char *origin,
                    const char *host, const char *forwarded_host);

#endif /* ANOMALY_DASHBOARD_ORIGIN_H */

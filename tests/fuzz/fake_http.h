/* SPDX-License-Identifier: MIT */
/*
 * fake_http.h -- calls handlers without a server
 *
 * Stands in for the part of libmicrohttpd that handlers use: what a request
 * says comes from a line, and the reply is looked at.
 */
#ifndef ANOMALY_FUZZ_FAKE_HTTP_H
#define ANOMALY_FUZZ_FAKE_HTTP_H

#include "dashboard/app.h"

/* "GET /path?query", or with a body behind a blank. Nothing happens when there
 * is no such route. A reply that calls itself JSON must be so. */
void fake_http(app_t *app, const char *line);

#endif /* ANOMALY_FUZZ_FAKE_HTTP_H */

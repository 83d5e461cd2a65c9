/* SPDX-License-Identifier: MIT */
/*
 * server.h -- libmicrohttpd's threads, and ours for what takes long
 */
#ifndef ANOMALY_DASHBOARD_SERVER_H
#define ANOMALY_DASHBOARD_SERVER_H

#include "dashboard/app.h"
#include "dashboard/http/route.h"
#include "dashboard/options.h"

typedef struct server_s server_t;

/* Begins to answer requests. `app` and `routes` must outlive the server. NULL
 * after a log line. */
server_t *server_start(app_t *app, const route_t *routes, size_t routes_num,
                       const options_t *options);

/* Accepts no more connections, finishes the requests under way for at most
 * `seconds`, and frees all. */
void server_stop(server_t *server, int seconds);

#endif /* ANOMALY_DASHBOARD_SERVER_H */

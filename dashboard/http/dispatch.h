/* SPDX-License-Identifier: MIT */
/*
 * dispatch.h -- from a connection to a handler and back
 *
 * The insides of a server_t, and what libmicrohttpd and the workers call.
 * Included by server.c, dispatch.c and what looks for faults in them alone.
 */
#ifndef ANOMALY_DASHBOARD_DISPATCH_H
#define ANOMALY_DASHBOARD_DISPATCH_H

#include "dashboard/http/connections.h"
#include "dashboard/http/request.h"
#include "dashboard/http/server.h"
#include "dashboard/http/work.h"

#include <stdatomic.h>

struct server_s {
  /* set by server_start(), never written again */
  app_t *app;
  const route_t *routes;
  size_t routes_num;
  struct MHD_Daemon *daemon;
  work_t *workers[ROUTE_RUNS]; /* NULL for RUN_AT_ONCE */
  connections_t *connections;
  char *certificate; /* PEM; NULL without TLS */
  char *key;

  _Atomic int under_way; /* requests that have begun and are not sent */
};

/* A worker's job: verifies the password of a request, or runs its handler. */
void dispatch_job(void *request);

/* MHD_OPTION_URI_LOG_CALLBACK: makes the request. */
void *dispatch_uri(void *server, const char *uri,
                   struct MHD_Connection *connection);

/* MHD_AccessHandlerCallback, called for the headers, each part of the body, its
 * end, and when a worker is done. */
enum MHD_Result dispatch_request(void *server,
                                 struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *data,
                                 size_t *size, void **request);

/* MHD_RequestCompletedCallback: logs and frees it. */
void dispatch_completed(void *server, struct MHD_Connection *connection,
                        void **request, enum MHD_RequestTerminationCode reason);

#endif /* ANOMALY_DASHBOARD_DISPATCH_H */

/* SPDX-License-Identifier: MIT */
/*
 * route.h -- which requests there are, and what each needs
 */
#ifndef ANOMALY_DASHBOARD_ROUTE_H
#define ANOMALY_DASHBOARD_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct request_s request_t;

typedef enum {
  ACCESS_ANYBODY,
  ACCESS_USER, /* else 401 */
  ACCESS_PAGE, /* else to the login page */
} route_access_t;

typedef enum {
  RUN_AT_ONCE,  /* on the thread of the connection: takes microseconds */
  RUN_QUERY,    /* by a worker: reads the database */
  RUN_PASSWORD, /* by others: hashes a password; strangers may ask for that */
  RUN_LONG,     /* by others: may take seconds */
} route_run_t;

#define ROUTE_RUNS (RUN_LONG + 1)

typedef struct {
  const char *method;
  const char *path; /* '#' stands for a number, a last '*' for anything */
  route_access_t access;
  route_run_t run;
  uint64_t body_max; /* bytes; more is 413 */
  int fresh_ms;      /* an answer so old may be given again; 0: none may */
  void (*handler)(request_t *request);
} route_t;

/* Finds the route of a request. NULL: no such path, or *allow lists the methods
 * that the path has. HEAD is GET. *id is set to the path's number. */
const route_t *route_find(const route_t *table, size_t table_size,
                          const char *method, const char *path, int64_t *id,
                          char allow[64]);

#endif /* ANOMALY_DASHBOARD_ROUTE_H */

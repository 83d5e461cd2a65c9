/* SPDX-License-Identifier: MIT */
/*
 * live.h -- reading the file that the plugin writes
 *
 * The file may not be there yet, may appear, be replaced or be removed at any
 * time; each view is of the file that is there when it begins. Connections are
 * read-only and kept for the next view.
 */
#ifndef ANOMALY_DASHBOARD_LIVE_H
#define ANOMALY_DASHBOARD_LIVE_H

#include <sqlite3.h>

typedef struct live_s live_t;

/* NULL: out of memory. The path must outlive it. */
live_t *live_create(const char *path);

/* All views must have ended. */
void live_destroy(live_t *live);

typedef enum {
  LIVE_READY,
  LIVE_EMPTY,  /* there is no file, or nothing in it */
  LIVE_FAILED, /* view->error says why */
} live_status_t;

/* The database as it was at the beginning of the view, whatever is written
 * meanwhile. Belongs to one thread. Queries fail when the view has lasted for
 * LIVE_VIEW_MS. */
typedef struct {
  sqlite3 *db;
  void *connection; /* live.c's */
  char error[256];
} live_view_t;

#define LIVE_VIEW_MS 20000

live_status_t live_begin(live_t *live, live_view_t *view);

/* Ends a view that was ready; its statements must be finalised. */
void live_end(live_t *live, live_view_t *view);

#endif /* ANOMALY_DASHBOARD_LIVE_H */

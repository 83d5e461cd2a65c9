/* SPDX-License-Identifier: MIT */
/*
 * usual.h -- the usual range of each feature of a host
 *
 * The central 96 %, as the detector tells it with its suspects, but of some
 * hundred samples spread over the week before: good enough for a band behind a
 * chart, and the same whatever part of it is looked at. Flagged samples do not
 * count.
 */
#ifndef ANOMALY_DASHBOARD_USUAL_H
#define ANOMALY_DASHBOARD_USUAL_H

#include "dashboard/api/catalog.h"

#include <stdint.h>

typedef struct {
  double low; /* NaN, both: there are too few samples */
  double high;
} usual_t;

/* Of the week that ends at `to`, milliseconds. A range a feature, to be freed;
 * NULL: out of memory, or see sqlite3_errmsg(). */
usual_t *usual_read(sqlite3 *db, const char *detector, const char *host,
                    const names_t *features, int64_t to);

#endif /* ANOMALY_DASHBOARD_USUAL_H */

/* SPDX-License-Identifier: MIT */
/*
 * points.h -- cuts a JSON text {"points":[…,…]} into the texts of its points
 *
 * Only as much is looked at as it takes to find where a point ends: brackets
 * and strings. Whether a point is JSON is for SQLite to say, one at a time, so
 * that a body of any length needs the memory of one point.
 */
#ifndef ANOMALY_DASHBOARD_POINTS_H
#define ANOMALY_DASHBOARD_POINTS_H

#include "dashboard/http/body.h"

#define POINT_MAX (64u << 10) /* bytes */

typedef struct points_s points_t;

/* The body must outlive it. NULL: out of memory. */
points_t *points_create(body_t *body);
void points_destroy(points_t *points);

/* 1: *text and *length are the next point, until the next call. 0: the end. -1:
 * points_error() says what was expected. */
int points_next(points_t *points, const char **text, size_t *length);

const char *points_error(const points_t *points);

#endif /* ANOMALY_DASHBOARD_POINTS_H */

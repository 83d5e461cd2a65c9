/* SPDX-License-Identifier: MIT */
/*
 * routes.h -- the table of all routes
 */
#ifndef ANOMALY_DASHBOARD_ROUTES_H
#define ANOMALY_DASHBOARD_ROUTES_H

#include "dashboard/http/route.h"

extern const route_t routes[];
extern const size_t routes_num;

#endif /* ANOMALY_DASHBOARD_ROUTES_H */

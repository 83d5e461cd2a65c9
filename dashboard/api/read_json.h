/* SPDX-License-Identifier: MIT */
/*
 * read_json.h -- an upload in JSON
 */
#ifndef ANOMALY_DASHBOARD_READ_JSON_H
#define ANOMALY_DASHBOARD_READ_JSON_H

#include "dashboard/api/table.h"
#include "dashboard/http/body.h"

/* Reads {"points":[{"ts":…,"<feature>":n,…},…]} into an empty table; null is a
 * missing value. 0, or -1 with table_error(). */
int read_json(table_t *table, body_t *body);

#endif /* ANOMALY_DASHBOARD_READ_JSON_H */

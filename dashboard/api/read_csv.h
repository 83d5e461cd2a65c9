/* SPDX-License-Identifier: MIT */
/*
 * read_csv.h -- an upload in CSV
 */
#ifndef ANOMALY_DASHBOARD_READ_CSV_H
#define ANOMALY_DASHBOARD_READ_CSV_H

#include "dashboard/api/table.h"
#include "dashboard/http/body.h"

/* Reads a body as of csv.h into an empty table. A cell is a number, empty, or a
 * usual word for what is missing; another text is an error. 0, or -1 with
 * table_error(). */
int read_csv(table_t *table, body_t *body);

#endif /* ANOMALY_DASHBOARD_READ_CSV_H */

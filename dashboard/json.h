/* SPDX-License-Identifier: MIT */
/*
 * json.h -- writing numbers and texts where SQL does not make the JSON
 */
#ifndef ANOMALY_DASHBOARD_JSON_H
#define ANOMALY_DASHBOARD_JSON_H

#include <sqlite3.h>

/* A string with its quotes. */
void json_text(sqlite3_str *json, const char *text);

/* `digits` significant ones; null if it is not finite. */
void json_number(sqlite3_str *json, double number, int digits);

#endif /* ANOMALY_DASHBOARD_JSON_H */

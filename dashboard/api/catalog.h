/* SPDX-License-Identifier: MIT */
/*
 * catalog.h -- which detectors and features the database has
 *
 * Only names from here become identifiers in SQL; strangers' texts are always
 * bound.
 */
#ifndef ANOMALY_DASHBOARD_CATALOG_H
#define ANOMALY_DASHBOARD_CATALOG_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
  char **items;
  size_t num;
} names_t;

void names_free(names_t *names);
bool names_have(const names_t *names, const char *name);

/* Detectors with a table of samples, by name. 0, or -1: see sqlite3_errmsg();
 * then there is nothing to free. */
int catalog_detectors(sqlite3 *db, names_t *names);

/* The features of a detector of the database, in the table's order. 0, or -1 */
int catalog_features(sqlite3 *db, const char *detector, names_t *names);

/* The units of some features, "" where none is known; as many as there are
 * features. 0, or -1 */
int catalog_units(sqlite3 *db, const char *detector, const names_t *features,
                  names_t *units);

/* Whether the database has a table of that name. */
bool catalog_has_table(sqlite3 *db, const char *name);

#endif /* ANOMALY_DASHBOARD_CATALOG_H */

/* SPDX-License-Identifier: MIT */
/*
 * units.c -- see units.h
 */
#include "plugin/storage/units.h"

/* Looks first: nothing to write needs no write lock. */
static int is_known(database_t *db, const char *detector,
                    const detector_feature_t *feature, bool *known) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "SELECT count(*) FROM features WHERE detector = %Q"
                       " AND name = %Q AND unit = %Q",
                       detector, feature->name, feature->unit) != 0)
    return -1;
  int status = 0;
  if (sqlite3_step(statement) == SQLITE_ROW)
    *known = sqlite3_column_int(statement, 0) > 0;
  else
    status = database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

static int write_unit(database_t *db, const char *detector,
                      const detector_feature_t *feature) {
  sqlite3_stmt *statement = NULL;
  if (database_prepare(db, &statement,
                       "INSERT OR REPLACE INTO features(detector, name, unit)"
                       " VALUES(%Q, %Q, %Q)",
                       detector, feature->name, feature->unit) != 0)
    return -1;
  int status = sqlite3_step(statement) == SQLITE_DONE ? 0 : database_failed(db);
  sqlite3_finalize(statement);
  return status;
}

int units_update(database_t *db, const detector_t *detector) {
  for (size_t i = 0; i < detector->features_num; i++) {
    const detector_feature_t *feature = &detector->features[i];
    bool known = false;
    if (is_known(db, detector->name, feature, &known) != 0 ||
        (!known && write_unit(db, detector->name, feature) != 0))
      return -1;
  }
  return 0;
}

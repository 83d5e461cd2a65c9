/* SPDX-License-Identifier: MIT */
/*
 * description.c -- see description.h
 */
#include "plugin/storage/description.h"

/* Asks before it writes: nothing to write needs no write lock. */
static int describe_feature(database_t *db, const char *detector,
                            const detector_feature_t *feature) {
  sqlite3_stmt *statement = NULL;
  bool known = false;
  if (database_prepare(db, &statement,
                       "SELECT 1 FROM features WHERE detector = %Q"
                       " AND name = %Q AND unit = %Q",
                       detector, feature->name, feature->unit) != 0 ||
      database_finds(db, statement, &known) != 0)
    return -1;
  if (known)
    return 0;
  if (database_prepare(db, &statement,
                       "INSERT OR REPLACE INTO features(detector, name, unit)"
                       " VALUES(%Q, %Q, %Q)",
                       detector, feature->name, feature->unit) != 0)
    return -1;
  return database_run(db, statement);
}

static int describe_detector(database_t *db, const detector_t *detector) {
  sqlite3_int64 warm_up = (sqlite3_int64)(detector->warm_up * 1000);
  sqlite3_stmt *statement = NULL;
  bool known = false;
  if (database_prepare(db, &statement,
                       "SELECT 1 FROM detectors WHERE detector = %Q"
                       " AND warm_up = %lld",
                       detector->name, warm_up) != 0 ||
      database_finds(db, statement, &known) != 0)
    return -1;
  if (known)
    return 0;
  if (database_prepare(db, &statement,
                       "INSERT OR REPLACE INTO detectors(detector, warm_up)"
                       " VALUES(%Q, %lld)",
                       detector->name, warm_up) != 0)
    return -1;
  return database_run(db, statement);
}

int description_update(database_t *db, const detector_t *detector) {
  for (size_t i = 0; i < detector->features_num; i++)
    if (describe_feature(db, detector->name, &detector->features[i]) != 0)
      return -1;
  return describe_detector(db, detector);
}

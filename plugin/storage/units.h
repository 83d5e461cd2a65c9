/* SPDX-License-Identifier: MIT */
/*
 * units.h -- the table features(detector, name, unit), for whoever shows values
 */
#ifndef ANOMALY_UNITS_H
#define ANOMALY_UNITS_H

#include "plugin/detector/detector.h"
#include "plugin/storage/database.h"

/* Writes the units that are not yet in the table as they are asked for. In the
 * caller's transaction. 0, or -1 with db->error. */
int units_update(database_t *db, const detector_t *detector);

#endif /* ANOMALY_UNITS_H */

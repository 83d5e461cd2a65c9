/* SPDX-License-Identifier: MIT */
/*
 * description.h -- what detectors are made of, for whoever shows their values
 *
 *     detectors(detector, warm_up)     warm_up in milliseconds
 *     features(detector, name, unit)
 */
#ifndef ANOMALY_DESCRIPTION_H
#define ANOMALY_DESCRIPTION_H

#include "plugin/detector/detector.h"
#include "plugin/storage/database.h"

/* Writes what the tables do not say yet. In the caller's transaction. 0, or -1
 * with db->error. */
int description_update(database_t *db, const detector_t *detector);

#endif /* ANOMALY_DESCRIPTION_H */

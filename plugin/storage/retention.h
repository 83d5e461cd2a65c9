/* SPDX-License-Identifier: MIT */
/*
 * retention.h -- deletes old samples, a little at a time
 *
 * Belongs to the storage thread.
 */
#ifndef ANOMALY_RETENTION_H
#define ANOMALY_RETENTION_H

#include "plugin/detector/detector.h"
#include "plugin/storage/database.h"

/* Rows that one slice deletes at most: some milliseconds of the write lock. */
#define RETENTION_SLICE 2000

/* Deletes the oldest samples of a detector that are `retention` seconds older
 * than its newest sample, or than `now` (wall clock, milliseconds) if that is
 * earlier; in a transaction of its own. *deleted is RETENTION_SLICE when there
 * may be more to delete. 0, or -1 with db->error. */
int retention_slice(database_t *db, const detector_t *detector,
                    int64_t retention, int64_t now, int *deleted);

#endif /* ANOMALY_RETENTION_H */

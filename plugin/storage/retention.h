/* SPDX-License-Identifier: MIT */
/*
 * retention.h -- deletes old samples, and the oldest when the file grows too
 * large, a little at a time
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

/* While what the file holds is larger than `size_max` bytes (> 0; free pages
 * within do not count, neither does the write-ahead log), deletes the oldest
 * samples, those of detectors that are no longer configured too; nothing else.
 * In a transaction of its own. *over tells whether it was larger, *deleted how
 * many samples are gone: 0 when there are none left. 0, or -1 with db->error.
 */
int retention_make_room(database_t *db, int64_t size_max, bool *over,
                        int *deleted);

/* Models that one slice deletes at most. */
#define RETENTION_MODELS 200

/* Deletes models of a detector beyond the `max` newest, by their last frame;
 * one that is a day later than `now` (wall clock, milliseconds) counts as the
 * oldest of all. In a transaction of its own. *deleted is RETENTION_MODELS when
 * there may be more to delete. 0, or -1 with db->error. */
int retention_models(database_t *db, const detector_t *detector, size_t max,
                     int64_t now, int *deleted);

#endif /* ANOMALY_RETENTION_H */

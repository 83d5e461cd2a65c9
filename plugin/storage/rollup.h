/* SPDX-License-Identifier: MIT */
/*
 * rollup.h -- samples by the minute and by the hour, for charts of long times
 *
 *     minutes_DETECTOR, hours_DETECTOR(host, ts, samples, flagged,
 *         score_min, score_max, threshold_min, threshold_max,
 *         <FEATURE_min, FEATURE_max a feature>)
 *
 * ts is the beginning of the minute or hour in milliseconds, samples and
 * flagged the numbers of samples and of flagged ones in it. Triggers of
 * samples_DETECTOR keep them, so whoever writes or deletes samples keeps these;
 * who replaces samples sets `PRAGMA recursive_triggers = ON`, or the old ones
 * are not taken off the numbers. Ranges never shrink: a sample that is deleted
 * or replaced leaves its values within them until the last one of its minute or
 * hour goes.
 */
#ifndef ANOMALY_ROLLUP_H
#define ANOMALY_ROLLUP_H

#include "plugin/storage/database.h"

#include <stddef.h>

typedef struct {
  const char *name; /* of the tables, before _DETECTOR */
  int64_t ms;
} rollup_level_t;

/* Ascending. */
extern const rollup_level_t rollup_levels[];
extern const size_t rollup_levels_num;

/* Whether the tables of a detector are there. 0, or -1 with db->error. */
int rollup_exists(database_t *db, const char *detector, bool *exists);

/* Makes or extends the tables and triggers of a detector to all columns of its
 * samples; new tables are filled from the samples that are there. In the
 * caller's transaction. 0, or -1 with db->error. */
int rollup_add(database_t *db, const char *detector);

#endif /* ANOMALY_ROLLUP_H */

/* SPDX-License-Identifier: MIT */
/*
 * schema.h -- the tables, their versions, and views for the curious
 *
 *     runs(id, source, host, detector, started_at, ended_at, total_points,
 *          anomalies_found, peak_score, peak_at, verdict, note)
 *     anomalies(run_id, ts, score, threshold, suspects, note)
 *     samples_DETECTOR(host, ts, <one REAL a feature>, score, threshold,
 *          flagged)
 *     models(host, detector, saved_at, image)
 *     silent_runs(run_id)
 *
 * and those of description.h, upload.h, rollup.h, forget.h and untold.h.
 *
 * Times are milliseconds since the epoch, UTC. Whoever opens the file with the
 * program sqlite3 reads the views readable_runs, readable_anomalies and
 * readable_samples_DETECTOR: their times are ISO 8601, and the suspects are in
 * a short form.
 *
 * Queries for speed: samples by (host, ts), the primary key, or by ts; flagged
 * ones with the very term `flagged = 1`; open runs with `ended_at IS NULL`,
 * expected ones with `verdict = 'expected'`.
 * Deleting a run deletes its anomalies when the connection has set
 * `PRAGMA foreign_keys = ON`; the writer has not, so that an anomaly whose run
 * was given up does not stop the rest.
 */
#ifndef ANOMALY_SCHEMA_H
#define ANOMALY_SCHEMA_H

#include "plugin/detector/detector.h"
#include "plugin/storage/database.h"

/* PRAGMA application_id of our files: "anom" */
#define SCHEMA_APPLICATION_ID 0x616e6f6d

/* PRAGMA user_version that schema_migrate() leads to */
extern const int schema_version;

/* Refuses the files of other programs and those of newer versions of ours,
 * before anything is written to them; then tunes the connection and brings an
 * empty file, or one of an older version, up to date. 0, or -1 with db->error.
 */
int schema_migrate(database_t *db);

/* Makes samples_DETECTOR, its view and its rollups (rollup.h), or adds the
 * columns that are missing, and describes it (description.h).
 * Columns of features that are no longer asked for stay. 0, or -1. */
int schema_add_samples(database_t *db, const detector_t *detector);

#endif /* ANOMALY_SCHEMA_H */

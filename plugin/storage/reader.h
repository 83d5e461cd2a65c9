/* SPDX-License-Identifier: MIT */
/*
 * reader.h -- what a new process has to know of the ones before it
 *
 * Belongs to the storage thread. Every function returns 0, or -1 with
 * db->error.
 */
#ifndef ANOMALY_READER_H
#define ANOMALY_READER_H

#include "plugin/storage/database.h"
#include "plugin/storage/storage.h"

/* Fills the answer but for its token: a model's image and open run, and when
 * its newest run began. */
int reader_model(database_t *db, const char *host, const char *detector,
                 storage_answer_t *answer);

/* Calls `found` for each model with an open live run. */
int reader_orphans(database_t *db,
                   void (*found)(void *context, const char *host,
                                 const char *detector),
                   void *context);

/* Calls `found` with the newest time stamps of each host: of its samples, its
 * saved models and its runs, hence up to several times a host. */
int reader_newest(database_t *db, const detector_t *const *detectors,
                  size_t detectors_num,
                  void (*found)(void *context, const char *host, int64_t ts),
                  void *context);

/* The largest id of the runs below RUN_ID_MAX; 0: there are none. */
int reader_newest_run(database_t *db, int64_t *id);

#endif /* ANOMALY_READER_H */

/* SPDX-License-Identifier: MIT */
/*
 * forget.h -- models that somebody wants to be learned anew
 *
 * A wish is a row of the table forget(host, detector, asked_at), written by the
 * dashboard or by hand. While it stands, the model's saved image counts as not
 * there: so it makes no difference whether collectd runs. When it does, the
 * storage thread hands the wish out, and whoever owns the model drops it. The
 * first image saved after that deletes the row in the same transaction; should
 * the process die before, the next one begins the model afresh by itself.
 */
#ifndef ANOMALY_FORGET_H
#define ANOMALY_FORGET_H

#include "plugin/storage/change.h"
#include "plugin/storage/storage.h"

/* Writes a wish into the file at `path`; *asked_at tells when, in milliseconds.
 * 0; 1: nothing is known of such a model; or -1 with `error`. Any thread that
 * is not the storage's; may wait for other writers. */
int forget_ask(const char *path, const char *host, const char *detector,
               int64_t *asked_at, char error[CHANGE_ERROR_SIZE]);

/* The calls below belong to the storage thread. */

/* Who gets the wishes: returns true, or has no room. */
typedef bool (*forget_give_cb)(void *context, const storage_forget_t *forget);

/* Hands out all wishes for our detectors' models if anybody has written to the
 * file since *data_version, and keeps that up to date; 0: never looked. What
 * has been handed out comes again as long as its row is there. 0, or -1 with
 * db->error. */
int forget_look(database_t *db, int64_t *data_version,
                const detector_t *const *detectors, size_t detectors_num,
                forget_give_cb give, void *context);

/* When somebody last wanted the model to be forgotten; 0: nobody does. 0, or -1
 * with db->error. */
int forget_asked_at(database_t *db, const char *host, const char *detector,
                    int64_t *asked_at);

#endif /* ANOMALY_FORGET_H */

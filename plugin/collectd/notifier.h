/* SPDX-License-Identifier: MIT */
/*
 * notifier.h -- a thread that tells people
 *
 * collectd calls notification plugins in the thread that dispatches, one after
 * the other, and a mail server that is down can take minutes: so that only
 * this thread waits, and judging goes on. What waits meanwhile, and what
 * becomes of it, is the storage's business (storage_take_notice()).
 */
#ifndef ANOMALY_NOTIFIER_H
#define ANOMALY_NOTIFIER_H

#include "plugin/storage/storage.h"

typedef struct notifier_s notifier_t;

/* Of a storage, and of a database at `path`, which must outlive the notifier;
 * the storage lasts until notifier_leave(). NULL: out of memory. */
notifier_t *notifier_create(storage_t *storage, const char *path);

/* Starts telling the storage's notices, and whether the database can be
 * written, unless that has begun already. Not before all plugins are
 * initialised, which is so in a read callback. Without a thread nothing is
 * told, which is logged once, and each call tries again. */
void notifier_begin(notifier_t *notifier);

/* Tells what is left, for at most `seconds`, and begins nothing after that.
 * Waits for as long, or until all is told. */
void notifier_stop(notifier_t *notifier, double seconds);

/* From now on the storage is not needed. */
void notifier_leave(notifier_t *notifier);

/* After notifier_leave(). Waits for a notification plugin that is at work, as
 * collectd does at its stop. NULL is harmless, in all three. */
void notifier_destroy(notifier_t *notifier);

#endif /* ANOMALY_NOTIFIER_H */

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

/* Starts telling the storage's notices, and whether the file at `path` can be
 * written. `path` must outlive the notifier, the storage lasts until
 * notifier_leave(). Not before all plugins are initialised, which is so in a
 * read callback. NULL: out of memory or threads, which is logged. */
notifier_t *notifier_start(storage_t *storage, const char *path);

/* Tells what is left, for at most `seconds`, and begins nothing after that.
 * Waits for as long, or until all is told. */
void notifier_stop(notifier_t *notifier, double seconds);

/* From now on the storage is not needed. */
void notifier_leave(notifier_t *notifier);

/* After notifier_leave(). Waits for a notification plugin that is at work, as
 * collectd does at its stop. NULL is harmless, in all three. */
void notifier_destroy(notifier_t *notifier);

#endif /* ANOMALY_NOTIFIER_H */

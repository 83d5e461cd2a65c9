/* SPDX-License-Identifier: MIT */
/*
 * verdict.h -- what people say of a run
 *
 * lessons.h is how the plugin hears of it.
 */
#ifndef ANOMALY_VERDICT_H
#define ANOMALY_VERDICT_H

#include "plugin/storage/change.h"

/* Sets the verdict of any run: "expected", "incident" or NULL, and with
 * `change_note` its note or NULL. 0; 1: there is no such run; or -1 with
 * `error`. May wait for other writers. Any thread. */
int verdict_set(const char *path, int64_t run_id, const char *verdict,
                bool change_note, const char *note,
                char error[CHANGE_ERROR_SIZE]);

#endif /* ANOMALY_VERDICT_H */

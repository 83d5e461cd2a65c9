/* SPDX-License-Identifier: MIT */
/*
 * save.h -- models into the plugin's database, so that it starts trained
 */
#ifndef ANOMALY_REPLAY_SAVE_H
#define ANOMALY_REPLAY_SAVE_H

#include "plugin/features/selection.h"

typedef struct save_s save_t;

/* Opens the database, or makes it. `detectors` must outlive it. NULL:
 * complained. */
save_t *save_open(const char *path, const detector_options_t *detectors,
                  size_t detectors_num);

/* Whether the plugin has learned of the host beyond `ts`: what it knows is
 * worth more. */
bool save_is_newer(save_t *save, const char *host, int64_t ts);

/* Waits for room to write. 0, or -1: complained. */
int save_model(save_t *save, const char *host, const detector_t *detector,
               const model_t *model);

/* Writes all that waits. 0, or -1: complained. NULL is fine. */
int save_close(save_t *save);

#endif /* ANOMALY_REPLAY_SAVE_H */

/* SPDX-License-Identifier: MIT */
/*
 * suspects.h -- suspects as the JSON of the column anomalies.suspects
 */
#ifndef ANOMALY_SUSPECTS_H
#define ANOMALY_SUSPECTS_H

#include "plugin/detector/detector.h"

/* [{"feature":"cpu","share":0.93,"value":97.1,"low":12,"high":43},…] in the
 * order given; a number that is not finite is null, others have 15 significant
 * digits. NULL: out of memory; free it with sqlite3_free(). */
char *suspects_json(const detector_t *detector, const suspect_t *suspects,
                    size_t suspects_num);

#endif /* ANOMALY_SUSPECTS_H */

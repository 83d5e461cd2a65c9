/* SPDX-License-Identifier: MIT */
/*
 * statistics.h -- what the plugin says of itself when CollectInternalStats is
 * on, beside collectd's own collectd-write_queue and collectd-cache
 */
#ifndef ANOMALY_STATISTICS_H
#define ANOMALY_STATISTICS_H

#include "plugin/collectd/judge.h"

/* collectd-anomaly/..., as collectd-anomaly(5) lists them; of a read callback,
 * whose interval they have. */
void statistics_dispatch(judge_t *judge, intake_t *intake, storage_t *storage);

#endif /* ANOMALY_STATISTICS_H */

/* SPDX-License-Identifier: MIT */
/*
 * run_id.h -- what storage_run_id() learns from the file
 */
#ifndef ANOMALY_RUN_ID_H
#define ANOMALY_RUN_ID_H

#include <stdint.h>

/* Page scripts hold ids in doubles, which are exact up to 2^53. An id from
 * beyond the year 2112 is nobody's clock: going on from there, we would leave
 * that range some day. */
#define RUN_ID_MAX (INT64_C(1) << 52)

/* Ids made from now on are larger than `id`, unless it is RUN_ID_MAX or more.
 * Any thread. */
void run_id_seen(int64_t id);

#endif /* ANOMALY_RUN_ID_H */

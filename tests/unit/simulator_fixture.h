/* SPDX-License-Identifier: MIT */
/*
 * simulator_fixture.h -- a simulator whose values somebody looks at
 *
 * collectd's side is stood in for by a plugin_dispatch_values() which hands
 * every value list to the function that the running test has chosen.
 */
#ifndef ANOMALY_SIMULATOR_FIXTURE_H
#define ANOMALY_SIMULATOR_FIXTURE_H

#include "plugin/collectd/simulator.h"

#include "collectd/core/daemon/plugin.h"
#include "collectd/core/utils/common/common.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECONDS(s) TIME_T_TO_CDTIME_T_STATIC(s)
#define MONDAY INT64_C(1700438400) /* 2023-11-20, midnight, UTC */
#define DAY INT64_C(86400)

extern void (*on_values)(const value_list_t *vl);

size_t host_index(const value_list_t *vl);

/* The data sources of a type of this test: "GAUGE", or "DERIVE,DERIVE". */
const char *data_sources(const char *type);

/* The first `n` hosts, all started at `from`, emitting each `interval` seconds
 * from then to the end of `to` (seconds since the epoch). */
void simulate(unsigned n, uint64_t seed, int64_t from, int64_t to,
              int64_t interval);

#endif /* ANOMALY_SIMULATOR_FIXTURE_H */

/* SPDX-License-Identifier: MIT */
/*
 * simulator.h -- emits the metrics of made-up hosts
 *
 * The values bear the names and types that the plugins cpu, memory, df and
 * interface give theirs, and take the same way through collectd; nothing tells
 * that they are invented but the names of the hosts. What the hosts do is in
 * simulator_model.h.
 *
 * A simulator belongs to one thread at a time: to that of init until the first
 * read, then to that of the read callback. Only simulator_arrived() may be
 * called by any thread at any time.
 */
#ifndef ANOMALY_SIMULATOR_H
#define ANOMALY_SIMULATOR_H

#include "collectd/core/daemon/plugin.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
  unsigned hosts;  /* how many: "sim-1", "sim-2", ... */
  uint64_t seed;   /* of all that they do */
  double backfill; /* seconds, >= 0: how far back the oldest tick may be */
} simulator_options_t;

#define SIMULATOR_OPTIONS_INIT                                                 \
  { .hosts = 2, .seed = 42, .backfill = 7200 }

/* Ticks of a host under way in collectd's queue: the history is emitted no
 * faster than collectd delivers it, or frames would come faster than they are
 * judged once it catches up. */
#define SIMULATOR_UNDER_WAY_MAX 256

typedef struct simulator_s simulator_t;

/* `interval` > 0 is the time between two ticks of a host; ticks are at its
 * multiples since the epoch. No host is started. The options are copied.
 * NULL: out of memory. */
simulator_t *simulator_create(const simulator_options_t *options,
                              cdtime_t interval);

/* NULL is ignored. */
void simulator_destroy(simulator_t *simulator);

/* The name of host `i`, 0 <= i < options.hosts; the simulator's. */
const char *simulator_host(const simulator_t *simulator, size_t i);

/* Host `i` has values from the first tick at or after `first` on. Its counters
 * start there anew, as if it had been up for some days. */
void simulator_start(simulator_t *simulator, size_t i, cdtime_t first);

/* Dispatches what is due at `now`: one tick of each started host in turn, so
 * that successive values of an identifier are far apart in collectd's queue,
 * and at most `ticks_max` of a host. Ticks older than the backfill are left
 * out, except for the newest; a clock set back is waited for. So is what is
 * under way, but not for ever: what has not come back after a hundred calls in
 * vain is taken to be lost.
 * Returns how many ticks are still due, over all hosts. */
size_t simulator_emit(simulator_t *simulator, cdtime_t now, size_t ticks_max);

/* A value has come back through collectd to the write callback; those of real
 * hosts are ignored. */
void simulator_arrived(simulator_t *simulator, const value_list_t *vl);

#endif /* ANOMALY_SIMULATOR_H */

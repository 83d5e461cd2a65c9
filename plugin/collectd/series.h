/* SPDX-License-Identifier: MIT */
/*
 * series.h -- remembers what the detectors make of an identifier
 *
 * Matching an identifier against the selectors of every feature takes
 * microseconds, so it is done once and kept. Identifiers are kept without their
 * host: a thousand hosts that run the same plugins share their entries.
 *
 * The memory is bounded whatever names come: a cache of SERIES_SETS sets of
 * SERIES_WAYS entries, in which the entry used least recently makes way. An
 * entry that comes back has the number that it had.
 */
#ifndef ANOMALY_SERIES_H
#define ANOMALY_SERIES_H

#include "plugin/collectd/options.h"
#include "plugin/features/frames.h"

#define SERIES_SETS 8192
#define SERIES_WAYS 8

typedef struct {
  uint64_t number; /* a hash that nobody can choose, hence its own */
  use_t *uses;     /* by detector, then by selection */
  size_t uses_num; /* 0: nothing is made of it */
} series_t;

typedef struct series_cache_s series_cache_t;

/* `options` must outlive it. NULL: out of memory. */
series_cache_t *series_cache_create(const options_t *options);
void series_cache_destroy(series_cache_t *cache);

/* The entry of vl's plugin, plugin instance, type and type instance; valid
 * until the next call. NULL: out of memory. */
const series_t *series_find(series_cache_t *cache, const data_set_t *ds,
                            const value_list_t *vl);

/* The values of vl, all uses of its series among them; points into both. */
reading_t series_reading(const series_t *series, const value_list_t *vl);

#endif /* ANOMALY_SERIES_H */

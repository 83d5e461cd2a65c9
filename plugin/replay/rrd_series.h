/* SPDX-License-Identifier: MIT */
/*
 * rrd_series.h -- a series as collectd's rrdtool plugin writes it
 *
 * An RRD keeps several archives of the same values: the older, the coarser. Of
 * those that hold averages each moment is taken from the finest that reaches
 * back to it.
 */
#ifndef ANOMALY_REPLAY_RRD_SERIES_H
#define ANOMALY_REPLAY_RRD_SERIES_H

#include "plugin/replay/sample.h"
#include "plugin/replay/tree.h"

typedef struct rrd_series_s rrd_series_t;

/* `series` must outlive it. NULL: complained, as without librrd. */
rrd_series_t *rrd_series_open(const tree_series_t *series);
void rrd_series_close(rrd_series_t *rrd);

/* The sources as the file has them: gauges all, since what it holds are
 * rates. */
size_t rrd_series_sources(const rrd_series_t *rrd, const source_t **sources);

/* In the order of time; each at the beginning of the interval that it is the
 * average of. 1: *sample is filled; 0: the end; -1: complained. */
int rrd_series_next(rrd_series_t *rrd, sample_t *sample);

#endif /* ANOMALY_REPLAY_RRD_SERIES_H */

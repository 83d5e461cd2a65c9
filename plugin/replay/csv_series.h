/* SPDX-License-Identifier: MIT */
/*
 * csv_series.h -- a series as collectd's csv plugin writes it
 *
 *     epoch,rx,tx
 *     1767225600.123,1504,90210          StoreRates false: as they came
 *     1767225610.125,150.400000,3.2      StoreRates true: rates
 *
 * A file a day. One is open at a time, and a few rows of it are in memory: rows
 * that collectd's threads have written in the wrong order are put right within
 * these, and their steps tell the interval.
 */
#ifndef ANOMALY_REPLAY_CSV_SERIES_H
#define ANOMALY_REPLAY_CSV_SERIES_H

#include "plugin/replay/sample.h"
#include "plugin/replay/tree.h"

typedef struct csv_series_s csv_series_t;

/* `series` and `sources`, those of its type, must outlive it. `interval`: of
 * all samples; 0: by the steps between them. NULL: out of memory. */
csv_series_t *csv_series_open(const tree_series_t *series,
                              const source_t *sources, size_t sources_num,
                              ticks_t interval);
void csv_series_close(csv_series_t *csv);

/* In the order of time. 1: *sample is filled; 0: the end; -1: complained. */
int csv_series_next(csv_series_t *csv, sample_t *sample);

#endif /* ANOMALY_REPLAY_CSV_SERIES_H */

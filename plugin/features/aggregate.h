/* SPDX-License-Identifier: MIT */
/*
 * aggregate.h -- many rates become the features of one frame
 *
 * Rates are gathered in groups, one for each selection and plugin instance (one
 * CPU, one file system, one interface); a group's number is the sum of what was
 * selected, or its share of all that was added. `Aggregate` makes one number of
 * a selection's groups.
 */
#ifndef ANOMALY_AGGREGATE_H
#define ANOMALY_AGGREGATE_H

#include "plugin/features/selection.h"

#include <stdint.h>

typedef struct aggregate_set_s aggregate_set_t;

/* `options` must outlive it. NULL: out of memory. */
aggregate_set_t *aggregate_set_create(const detector_options_t *options);
void aggregate_set_destroy(aggregate_set_t *set);

/* The group of a selection and plugin instance, made when it is new.
 * 0, or ENOMEM. */
int aggregate_group(aggregate_set_t *set, uint32_t selection,
                    const char *plugin_instance, uint32_t *group);

/* One frame: begin, add every rate (finite), end. A feature without any
 * becomes NaN in values[features_num]. `selected`: as in use_t. */
void aggregate_begin(aggregate_set_t *set);
void aggregate_add(aggregate_set_t *set, uint32_t group, bool selected,
                   double rate);
void aggregate_end(aggregate_set_t *set, double *values);

/* Removes the groups that are not kept: keep none, keep those in use, compact,
 * then translate every number by aggregate_moved(). */
void aggregate_keep_none(aggregate_set_t *set);
void aggregate_keep(aggregate_set_t *set, uint32_t group);
void aggregate_compact(aggregate_set_t *set);
uint32_t aggregate_moved(const aggregate_set_t *set, uint32_t group);

#endif /* ANOMALY_AGGREGATE_H */

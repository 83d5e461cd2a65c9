/* SPDX-License-Identifier: MIT */
/*
 * option.h -- the value of one line of collectd.conf
 *
 * Stricter than collectd's cf_util_get_*, which accept what they can make
 * something of: each function returns 0, or -1 after one complaint
 * (config_tree.h) that tells where the option stands, what it says and what it
 * should.
 */
#ifndef ANOMALY_OPTION_H
#define ANOMALY_OPTION_H

#include "plugin/features/config_tree.h"

/* The text is the option's. */
int option_string(const config_item_t *option, const char **value);
int option_number(const config_item_t *option, double min, double max,
                  double *value);
int option_count(const config_item_t *option, double min, double max,
                 double *value);
int option_boolean(const config_item_t *option, bool *value);

/* One complaint with the place, the line as it was understood, and `remedy`.
 * Always -1. */
__attribute__((format(printf, 2, 3))) int
option_complain(const config_item_t *option, const char *remedy, ...);

#endif /* ANOMALY_OPTION_H */

/* SPDX-License-Identifier: MIT */
/*
 * oconfig.h -- what collectd's parser has read, as a tree of ours
 */
#ifndef ANOMALY_OCONFIG_H
#define ANOMALY_OCONFIG_H

#include "collectd/core/daemon/plugin.h"

#include "plugin/features/config_tree.h"

/* A linked copy, which the caller clears and frees. collectd's parser keeps no
 * line numbers. NULL: out of memory. */
config_item_t *oconfig_convert(const oconfig_item_t *block,
                               const config_origin_t *origin);

#endif /* ANOMALY_OCONFIG_H */

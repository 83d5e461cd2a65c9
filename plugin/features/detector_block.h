/* SPDX-License-Identifier: MIT */
/*
 * detector_block.h -- <Detector> blocks, whoever has read the file
 */
#ifndef ANOMALY_DETECTOR_BLOCK_H
#define ANOMALY_DETECTOR_BLOCK_H

#include "plugin/features/config_tree.h"
#include "plugin/features/selection.h"

/* Characters of a detector's or feature's name. */
#define DETECTOR_NAME_MAX 32

/* Appends what the block says to the `num` detectors, also when it is wrong. 0,
 * or -1 after a complaint that names the place, the option and the remedy. */
int detector_block_read(const config_item_t *block,
                        detector_options_t **detectors, size_t *num);

/* Adds the built-in detector when there is none. 0, or ENOMEM. */
int detector_block_default(detector_options_t **detectors, size_t *num);

#endif /* ANOMALY_DETECTOR_BLOCK_H */

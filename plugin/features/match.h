/* SPDX-License-Identifier: MIT */
/*
 * match.h -- what the detectors make of an identifier
 *
 * Takes microseconds: whoever has many values of an identifier keeps the
 * result.
 */
#ifndef ANOMALY_MATCH_H
#define ANOMALY_MATCH_H

#include "plugin/features/selection.h"
#include "plugin/features/value.h"

/* A data source of a series, and the selection of the detector it feeds. */
typedef struct {
  uint32_t detector;  /* index among the detectors */
  uint32_t selection; /* index in detector_options_t.selections */
  uint32_t source;    /* index in metric_t.sources */
  bool selected; /* matches the TypeInstance too; else it only counts for the
                    whole that Percent takes its share of */
  source_kind_t kind; /* of the source, like the rest */
  double min, max;
} use_t;

/* All uses, by detector, then by selection: *uses is the caller's to free,
 * *uses_num 0 when nothing is made of it. Hosts are not looked at. 0, or
 * ENOMEM. */
int match_metric(const detector_options_t *detectors, size_t detectors_num,
                 const metric_t *metric, use_t **uses, size_t *uses_num);

/* How many of the first uses are of one detector; 0: there are none. */
static inline size_t match_same_detector(const use_t *uses, size_t uses_num) {
  size_t num = 0;
  while (num < uses_num && uses[num].detector == uses->detector)
    num++;
  return num;
}

/* Whether anything might be made of an identifier, whatever the sources of its
 * type are; these are not looked at. */
bool match_identifier(const detector_options_t *detectors, size_t detectors_num,
                      const metric_t *metric);

#endif /* ANOMALY_MATCH_H */

/* SPDX-License-Identifier: MIT */
/*
 * tally.h -- runs on hosts on which nothing happens, and what the budget allows
 */
#ifndef ANOMALY_TESTS_TALLY_H
#define ANOMALY_TESTS_TALLY_H

#include "plugin/detector/detector.h"
#include "tests/unit/normal.h"

#include <stdlib.h>

#define TALLY_DAY 86400e3 /* milliseconds */

/* Ages of a model. */
enum { FIRST_DAY, FIRST_WEEK, AFTER_IT, TALLY_AGES };

/* From the end of the warm-up on. */
typedef struct {
  double runs[TALLY_AGES], allowed[TALLY_AGES];
} tally_t;

/* Adds the first `days` of one host to the tally. */
static inline void tally_host(tally_t *tally, normal_kind_t kind,
                              int64_t interval, double false_alarms,
                              double days, uint64_t seed) {
  detector_t detector = DETECTOR_INIT;
  detector.features = normal_features;
  detector.features_num = NORMAL_FEATURES;
  detector.false_alarms = false_alarms;
  detector.seed = seed;
  normal_t normal = normal_start(kind, interval, seed);
  model_t *model = model_create(&detector);
  if (model == NULL)
    abort();
  while ((double)normal.ts < days * TALLY_DAY) {
    frame_t frame = normal_next(&normal);
    verdict_t verdict;
    if (model_step(model, &frame, &verdict) != 0)
      abort();
    if (verdict.warming_up)
      continue;
    double day = (double)normal.ts / TALLY_DAY;
    int age = day < 1 ? FIRST_DAY : day < 7 ? FIRST_WEEK : AFTER_IT;
    tally->allowed[age] += (double)interval / TALLY_DAY * false_alarms;
    tally->runs[age] += verdict.run_state == RUN_OPENED;
  }
  model_destroy(model);
}

#endif /* ANOMALY_TESTS_TALLY_H */

/* SPDX-License-Identifier: MIT */
/*
 * model.h -- what a model consists of
 *
 * Private to detector.c, which runs it, and persist.c, which saves it.
 */
#ifndef ANOMALY_MODEL_H
#define ANOMALY_MODEL_H

#include "plugin/detector/blame.h"
#include "plugin/detector/columns.h"
#include "plugin/detector/detector.h"
#include "plugin/detector/drift.h"
#include "plugin/detector/expected.h"
#include "plugin/detector/forest.h"
#include "plugin/detector/range.h"
#include "plugin/detector/rarity.h"
#include "plugin/detector/reservoir.h"
#include "plugin/detector/residual.h"
#include "plugin/detector/run.h"
#include "plugin/detector/threshold.h"

struct model_s {
  const detector_t *detector;
  columns_t *columns;
  residual_t *residual;
  rarity_t *rarity;
  reservoir_t *reservoir;
  forest_t *forest;
  threshold_t *threshold;
  expected_t *expected;
  drift_t *drift;
  range_t *ranges; /* features_num of them */

  int64_t last_ts; /* of the frame stepped last */
  bool silent;     /* it was */
  uint64_t rows;   /* frames learned */
  double learned;  /* seconds that they stand for */
  random_t random;
  random_t range_random; /* of its own, so that flags do not change scores */

  /* the schedule of the forest, see detector.c */
  uint64_t burst_at; /* rows at which all trees are due next; 0: no more */
  uint32_t burst;    /* trees still due of the last time */
  uint32_t tree;     /* the next one to grow */
  double due;        /* trees due, beyond that */

  /* the verdict */
  double length;      /* of the row, see residual.h */
  double quick, slow; /* averaged evidence, NaN before the first */
  double drifted;     /* see drift.h; 0 in a silence */
  bool excused;       /* the frame stepped last was suspicious, but expected */
  bool flagged;
  runs_t runs;
  blame_t blame;
  double *values;  /* of the frame stepped last, features_num; NaN: missing */
  bool explicable; /* a frame was scored and `values` are its */
};

/* model_size() of any model of the detector. */
size_t model_bytes(const detector_t *detector);

#endif /* ANOMALY_MODEL_H */

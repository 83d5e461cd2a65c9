/* SPDX-License-Identifier: MIT */
/*
 * options.h -- the command line
 */
#ifndef ANOMALY_REPLAY_OPTIONS_H
#define ANOMALY_REPLAY_OPTIONS_H

#include "plugin/detector/detector.h"
#include "plugin/replay/input.h"
#include "plugin/replay/output.h"
#include "plugin/replay/tree.h"

/* --noise and --unit: something said of one feature. */
typedef struct {
  const char *feature;
  const char *unit; /* NULL: this is about its noise */
  double noise;
} option_feature_t;

typedef struct {
  input_columns_t columns; /* of the file; its name is NULL with a tree */
  const char *tree; /* DIR of --collectd-csv or --collectd-rrd, or NULL */
  tree_format_t tree_format;
  const char *host;   /* the only one of it; NULL: all */
  const char *config; /* collectd.conf to take the detectors from, or NULL */
  const char *save;   /* the plugin's database; NULL: none */
  const char **types; /* files of --types-db */
  size_t types_num;
  int64_t interval; /* milliseconds; 0: to be told from the file */
  output_format_t format;
  const char *plot;    /* file to draw to; NULL: none */
  detector_t detector; /* all but its features */
  bool detector_given; /* an option of it, or of its features */
  option_feature_t *features;
  size_t features_num;
  const char **ignored; /* what columns.ignored points to */
} options_t;

typedef enum {
  OPTIONS_RUN,
  OPTIONS_DONE,  /* --help or --version: printed */
  OPTIONS_WRONG, /* complained */
} options_result_t;

/* Texts in *options point into argv, which is written to. Free in every case
 * with options_free(). Ranges of the detector's options are left for
 * detector_check(). */
options_result_t options_parse(options_t *options, int argc, char **argv);
void options_free(options_t *options);

#endif /* ANOMALY_REPLAY_OPTIONS_H */

/* SPDX-License-Identifier: MIT */
/*
 * measures.c -- how good the flags and scores are, where incidents are known
 *
 * The definitions are those of measures.h. Everything is counted as rows pass:
 * scores into a histogram for labelled and unlabelled rows each, flags into the
 * run that they belong to until it is known to end.
 */
#include "config.h"

#include "plugin/replay/measures.h"

#include <math.h>
#include <stdlib.h>

/* The histogram is even in the log-odds of the score, so that scores close to 0
 * or 1 are told apart as well as those in the middle. */
#define BINS (1u << 18)
#define ODDS_MAX                                                               \
  20.0                /* |log-odds| beyond this share a bin: 1 - score < 2e-9  \
                       */
#define BIN_MISSING 0 /* of scores that are NaN; the others start at 1 */

#define FORGIVEN_MS 3600e3    /* of a false alarm beside an event */
#define LONG_ALARM_MS 14400e3 /* a false alarm counts once for each */
#define DAY_MS 86400e3

struct measures_s {
  double interval;      /* milliseconds a row */
  double forgiven_rows; /* the constants above, in whole rows, >= 1 */
  double long_rows;

  uint64_t rows;
  uint64_t events;
  uint64_t detected;
  uint64_t false_alarms; /* of the runs that have ended */

  bool in_event;       /* the previous row was labelled */
  bool event_detected; /* so was the event it belongs to */

  uint64_t run_rows; /* flagged rows outside of events up to now; 0: no run */
  bool run_borders;  /* its first row came right after an event */

  uint64_t labelled[BINS + 1];
  uint64_t unlabelled[BINS + 1];
};

measures_t *measures_create(int64_t interval) {
  measures_t *measures = calloc(1, sizeof(*measures));
  if (measures == NULL)
    return NULL;
  measures->interval = (double)interval;
  measures->forgiven_rows = fmax(1, rint(FORGIVEN_MS / measures->interval));
  measures->long_rows = fmax(1, rint(LONG_ALARM_MS / measures->interval));
  return measures;
}

void measures_destroy(measures_t *measures) { free(measures); }

static size_t bin_of(double score) {
  if (isnan(score))
    return BIN_MISSING;
  double odds = log(score / (1 - score)); /* infinite at 0 and 1 */
  double place = (fmin(fmax(odds, -ODDS_MAX), ODDS_MAX) / ODDS_MAX + 1) / 2;
  return 1 + (size_t)rint(place * (BINS - 1));
}

/* What the run of flags counts for if it ends here. */
static uint64_t alarms_of_run(const measures_t *measures, bool borders) {
  double rows = (double)measures->run_rows;
  if (borders)
    rows -= measures->forgiven_rows;
  return rows > 0 ? (uint64_t)ceil(rows / measures->long_rows) : 0;
}

static void end_run(measures_t *measures, bool event_follows) {
  measures->false_alarms +=
      alarms_of_run(measures, measures->run_borders || event_follows);
  measures->run_rows = 0;
}

static void add_inside(measures_t *measures, bool flagged) {
  end_run(measures, true);
  if (!measures->in_event) {
    measures->events++;
    measures->event_detected = false;
  }
  if (flagged && !measures->event_detected) {
    measures->detected++;
    measures->event_detected = true;
  }
}

static void add_outside(measures_t *measures, bool flagged) {
  if (!flagged) {
    end_run(measures, false);
    return;
  }
  if (measures->run_rows == 0)
    measures->run_borders = measures->in_event;
  measures->run_rows++;
}

void measures_add(measures_t *measures, bool label, double score,
                  bool flagged) {
  measures->rows++;
  if (label) {
    measures->labelled[bin_of(score)]++;
    add_inside(measures, flagged);
  } else {
    measures->unlabelled[bin_of(score)]++;
    add_outside(measures, flagged);
  }
  measures->in_event = label;
}

/* Average precision: over all thresholds from the top, the precision at each
 * weighted by the recall it adds. */
static double average_precision(const measures_t *measures) {
  double hits = 0;
  double taken = 0;
  double sum = 0;
  for (size_t bin = BINS + 1; bin-- > 0;) {
    double labelled = (double)measures->labelled[bin];
    hits += labelled;
    taken += labelled + (double)measures->unlabelled[bin];
    if (labelled > 0)
      sum += labelled * hits / taken;
  }
  return hits > 0 ? sum / hits : NAN;
}

static double ratio(double part, double whole) {
  return whole > 0 ? part / whole : NAN;
}

void measures_result(const measures_t *measures, measures_result_t *result) {
  uint64_t alarms = measures->false_alarms;
  alarms += alarms_of_run(measures, measures->run_borders);
  double detected = (double)measures->detected;
  *result = (measures_result_t){
      .rows = measures->rows,
      .events = measures->events,
      .detected = measures->detected,
      .false_alarms = alarms,
      .auc_pr = average_precision(measures),
      .recall = ratio(detected, (double)measures->events),
      .precision = ratio(detected, detected + (double)alarms),
      .false_a_day = ratio((double)alarms, (double)measures->rows *
                                               measures->interval / DAY_MS),
  };
}

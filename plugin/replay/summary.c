/* SPDX-License-Identifier: MIT */
/*
 * summary.c -- what came of it, for stderr
 *
 *     rows                1440, one every 60 s, 1425 of them judged
 *     flagged             21 (1.47 %)
 *     runs                3
 *     false alarms a day  budget 0.2, achieved 1.01 (1 outside of the labels)
 *     AUC-PR              0.812
 *     event recall        0.667 (2 of 3)
 *     event precision     0.667 (2 of 3)
 *
 * Without labels nobody knows which runs were false, and each counts as one.
 */
#include "config.h"

#include "plugin/replay/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define DAY_MS 86400e3

void summary_add(summary_t *summary, int64_t interval,
                 const verdict_t *verdict) {
  summary->changed |= summary->interval != 0 && summary->interval != interval;
  summary->interval = interval;
  summary->rows++;
  summary->judged += !verdict->warming_up;
  summary->judged_time += verdict->warming_up ? 0 : interval;
  summary->flagged += verdict->flagged;
  summary->runs += verdict->run_state == RUN_OPENED;
}

void summary_skip(summary_t *summary, size_t line) {
  if (summary->skipped == 0)
    summary->skipped_line = line;
  summary->rows++;
  summary->skipped++;
}

static void print_counts(const summary_t *summary) {
  fprintf(stderr,
          "rows                %" PRIu64 ", one every %g s%s, %" PRIu64
          " of them judged\n"
          "flagged             %" PRIu64,
          summary->rows, (double)summary->interval / 1000,
          summary->changed ? " at last" : "", summary->judged,
          summary->flagged);
  if (summary->judged > 0)
    fprintf(stderr, " (%.2f %%)",
            100 * (double)summary->flagged / (double)summary->judged);
  fprintf(stderr, "\nruns                %" PRIu64 "\n", summary->runs);
}

static void print_false_alarms(double budget, double achieved, uint64_t number,
                               const char *which) {
  fprintf(stderr, "false alarms a day  budget %g, achieved ", budget);
  if (isnan(achieved))
    fputs("unknown (no row was judged)\n", stderr);
  else
    fprintf(stderr, "%.3g (%" PRIu64 " %s)\n", achieved, number, which);
}

static void print_share(const char *name, double share, uint64_t part,
                        uint64_t whole) {
  if (isnan(share))
    fprintf(stderr, "%-20sunknown\n", name);
  else
    fprintf(stderr, "%-20s%.3f (%" PRIu64 " of %" PRIu64 ")\n", name, share,
            part, whole);
}

static void print_measures(const measures_result_t *result) {
  if (isnan(result->auc_pr))
    fprintf(stderr, "%-20sunknown\n", "AUC-PR");
  else
    fprintf(stderr, "%-20s%.3f\n", "AUC-PR", result->auc_pr);
  print_share("event recall", result->recall, result->detected, result->events);
  print_share("event precision", result->precision, result->detected,
              result->detected + result->false_alarms);
}

void summary_print(const summary_t *summary, double budget,
                   const measures_t *measures) {
  print_counts(summary);

  if (measures == NULL) {
    double days = (double)summary->judged_time / DAY_MS;
    print_false_alarms(budget, days > 0 ? (double)summary->runs / days : NAN,
                       summary->runs, "runs, if all were false");
    return;
  }

  measures_result_t result;
  measures_result(measures, &result);
  print_false_alarms(budget, result.false_a_day, result.false_alarms,
                     "outside of the labels");
  print_measures(&result);
}

/* SPDX-License-Identifier: MIT */
/*
 * report.h -- says through collectd what was judged
 *
 * Values are dispatched by the read callback. What people are to be told is
 * written there too, and dispatched by the notifier: collectd calls
 * notification plugins before it returns. No lock may be held then.
 */
#ifndef ANOMALY_REPORT_H
#define ANOMALY_REPORT_H

#include "plugin/collectd/options.h"
#include "plugin/storage/storage.h"

#define REPORT_SENTENCE_SIZE 160

/* One judged frame. */
typedef struct {
  const char *host;
  const detector_options_t *options;
  const frame_t *frame;
  const verdict_t *verdict;
  const suspect_t *suspects; /* of this frame, most suspicious first */
  size_t suspects_num;
  uint64_t flagged_total; /* flagged frames since the plugin was started, but
                             for silent ones */
  int64_t run_id;         /* while a run is open or has just closed */
  const char *peak;       /* sentence of the run's worst frame; "" */
} report_t;

/* HOST/anomaly-DETECTOR/..., as collectd-anomaly(5) lists them. */
void report_values(const report_t *report);

/* What is to be told at the opening of a run and at its closing. From malloc;
 * NULL: out of memory, which is logged. */
storage_notice_t *report_opened(const report_t *report);
storage_notice_t *report_closed(const report_t *report);

/* The closing of the open run of a host that is silent for too long to be
 * waited for. frame, verdict and suspects are not looked at; `run` is the run.
 */
storage_notice_t *report_abandoned(const report_t *report, const run_t *run);

/* Dispatches it: WARNING for an opening, OKAY for a closing. */
void report_notice(const storage_notice_t *notice);

/* FAILURE when the database cannot be written any more, OKAY when it can. */
void report_database(const char *path, bool failing, const char *error);

/* True for values that report_values() has dispatched, from here or from
 * another host: they are not fed to detectors. */
bool report_is_own(const value_list_t *vl);

#endif /* ANOMALY_REPORT_H */

/* SPDX-License-Identifier: MIT */
/*
 * judge_fixture.h -- a rig whose one detector has one feature, and hosts that
 * send it what is usual, or something else
 *
 * With the real detector, and a real database in a directory of its own. Times
 * are seconds after START, for the values as for the monotonic clock. The
 * storage and the notifier have a thread each: what they do is waited for,
 * however long it takes.
 */
#ifndef ANOMALY_JUDGE_FIXTURE_H
#define ANOMALY_JUDGE_FIXTURE_H

#include "tests/unit/rig.h"

#define START 1699999200.0 /* a Tuesday, 22:00 UTC */
#define PATIENCE 30000     /* milliseconds, for threads */

#define DETECTOR_WITH(options)                                                 \
  "<Detector \"d\">\nWarmUp 300\nWindow 3600\nTrees 20\nSampleSize 64\n"       \
  "FalseAlarms 1\n" options                                                    \
  "<Feature \"f\">\nPlugin \"g\"\n</Feature>\n</Detector>\n"
#define DETECTOR DETECTOR_WITH("")

/* *state is a rig_t that has not begun. */
int setup(void **state);
int teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* As the plugin's init does, on the file of before if there is one, with what
 * stands in <Plugin anomaly>; rig_stop() is its shutdown. */
void begin(rig_t *rig, const char *options);

void read_at(rig_t *rig, double now);

/* Reads at `now` until `num` scores have been dispatched. */
void read_until(rig_t *rig, double now, size_t num);
size_t scores(void);

/* How many notifications there are, of a severity, when all is told that is to
 * be told. */
size_t told(rig_t *rig);
size_t told_of(rig_t *rig, int severity);

/* Usual in frame `i`: between 40 and 60. */
double usual(int i);

/* One value, which must be taken. */
void put(rig_t *rig, const char *host, double time, double number);

/* Frames first..end - 1, each read at once; `shift` is added to the number. */
void run(rig_t *rig, const char *host, int first, int end, double shift);

/* The same, as usual, in a rig that has just begun: the model has to be asked
 * for first. */
void run_first(rig_t *rig, const char *host, int first, int end);

/* As usual from frame `first` on, until a run has closed: soon. Returns the
 * frame to go on with. */
int run_until_closed(rig_t *rig, const char *host, int first);

#endif /* ANOMALY_JUDGE_FIXTURE_H */

/* SPDX-License-Identifier: MIT */
/*
 * intake_fixture.h -- an intake, and a reader that notes what it takes out
 *
 * Times are seconds after START, for the values as for the monotonic clock.
 */
#ifndef ANOMALY_INTAKE_FIXTURE_H
#define ANOMALY_INTAKE_FIXTURE_H

#include "plugin/collectd/intake.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START 1699999200.0 /* a whole minute */

/* Of the built-in detector; a detector of one feature has it at 0. */
enum { CPU, MEMORY, DISK, NETWORK, ERRORS, FEATURES };

typedef struct {
  char host[DATA_MAX_NAME_LEN];
  char detector[64];
  double ts; /* seconds after START */
  double values[FEATURES];
} judged_t;

typedef struct {
  options_t *options;
  intake_t *intake;
  judged_t *judged;
  size_t judged_num;
  size_t judged_max;
  size_t dropped;
  bool refuse; /* leave the frames where they are */
} fixture_t;

/* With what stands in <Plugin anomaly>. */
fixture_t begin(const char *text);
void end(fixture_t *f);

/* What intake_write() says of it. put_at() gives each data source the number.
 */
int write_list(fixture_t *f, const fake_list_t *list, double now);
int put_at(fixture_t *f, const char *identifier, double time, double number,
           double now);

/* At once, and it must be taken. */
void put(fixture_t *f, const char *identifier, double time, double number);

void read_at(fixture_t *f, double now);

/* An intake_drop_cb: counts. */
void drop(void *user, stream_t *stream);

intake_stats_t stats_of(fixture_t *f);

/* The feature of the newest frame. */
double newest(const fixture_t *f, int feature);

/* But for the order in which numbers were summed up; NaN is near NaN. */
bool near(double a, double b);

#endif /* ANOMALY_INTAKE_FIXTURE_H */

/* SPDX-License-Identifier: MIT */
/*
 * frames_fixture.h -- the frames of one host and one detector
 *
 * Times are seconds after START, for the values as for the monotonic clock.
 */
#ifndef ANOMALY_FRAMES_FIXTURE_H
#define ANOMALY_FRAMES_FIXTURE_H

#include "plugin/collectd/series.h"
#include "plugin/features/frames.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START 1699999200.0 /* a whole minute */
#define FEATURES_MAX 2

typedef struct {
  options_t *options;
  series_cache_t *series;
  frames_t *frames;
} host_t;

typedef struct {
  double ts; /* seconds after START */
  double interval;
  bool clock_set;
  double values[FEATURES_MAX];
} seen_t;

#define NO_MORE                                                                \
  { .ts = -1 }

host_t host_begin(void);

void host_end(host_t *host);

int put_list(host_t *host, const fake_list_t *list, double now);

/* `identifier` without the host. */
void put_every(host_t *host, const char *identifier, double time,
               double interval, double number, double now);

/* Every ten seconds, and at once. */
void put(host_t *host, const char *identifier, double time, double number);

void tick(host_t *host, double now);

/* The next closed frame. False: there is none. */
bool take(host_t *host, seen_t *seen);

bool same(double a, double b);

/* But for the order in which numbers were summed up. */
bool close_to(double a, double b);

/* The closed frames are these, up to NO_MORE. `interval` 0 stands for 10. */
void expect_frames_at(host_t *host, const seen_t *expected, const char *file,
                      int line);

void skip_frames(host_t *host);

/* Two gauges that frames wait for; the frame at 0 is closed and taken. */
host_t host_with_two(void);

#define expect_frames(host, ...)                                               \
  expect_frames_at(host, (const seen_t[]){__VA_ARGS__, NO_MORE}, __FILE__,     \
                   __LINE__)
#define expect_none(host)                                                      \
  expect_frames_at(host, (const seen_t[]){NO_MORE}, __FILE__, __LINE__)
#define G(number)                                                              \
  { number, NAN }
#define C(number)                                                              \
  { NAN, number }

#endif /* ANOMALY_FRAMES_FIXTURE_H */

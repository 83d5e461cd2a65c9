/* SPDX-License-Identifier: MIT */
/*
 * series_reply.h -- the charts of a span of time, as JSON: of a host
 * (series.c), or of an upload (series_upload.c)
 *
 *     {"step","interval","ts":[…],"flagged":[…],
 *      "features":[{"name","unit","low","high","min":[…],"max":[…]},…],
 *      "score":{"min":[…],"max":[…]},"threshold":[…]}
 *
 * in columns over the buckets of buckets.h; low and high are of usual.h. Those
 * of an upload have neither these nor a unit.
 */
#ifndef ANOMALY_DASHBOARD_SERIES_REPLY_H
#define ANOMALY_DASHBOARD_SERIES_REPLY_H

#include "dashboard/api/buckets.h"
#include "dashboard/http/request.h"

/* What of it is asked for: [from, to) in milliseconds. */
typedef struct {
  int64_t from;
  int64_t to;
  int64_t step;
} series_span_t;

#define SERIES_EMPTY                                                           \
  "{\"step\":0,\"interval\":0,\"ts\":[],\"flagged\":[],\"features\":[],"       \
  "\"score\":{\"min\":[],\"max\":[]},\"threshold\":[]}"

/* Columns of the buckets: score, threshold, then the features. */
#define SERIES_SCORE 0
#define SERIES_THRESHOLD 1
#define SERIES_FEATURES 2

/* A time of the file, which may hold any number, as one that can be reckoned
 * with: not before the year -140,000 or after 144,000. */
int64_t series_ts(int64_t ts);

/* Reads from, to and points of the query; `from` and `to` are given what to be
 * otherwise. *step is not yet rounded. false after a reply 400. */
bool series_span(request_t *request, series_span_t *span);

/* Writes all of the answer but for the names of features, which `write_feature`
 * appends as in "name":"cpu","unit":"%". */
void series_reply(request_t *request, const buckets_t *buckets,
                  const series_span_t *span, int64_t interval,
                  size_t features_num,
                  void (*write_feature)(void *context, size_t i,
                                        sqlite3_str *json),
                  void *context);

#endif /* ANOMALY_DASHBOARD_SERIES_REPLY_H */

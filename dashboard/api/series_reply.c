/* SPDX-License-Identifier: MIT */
/*
 * series_reply.c -- see series_reply.h
 */
#include "dashboard/api/series_reply.h"

#define POINTS_DEFAULT 1000
#define POINTS_MAX 5000

/* Times that cannot overflow when they are rounded. */
#define TS_MAX (INT64_C(1) << 52)

int64_t series_ts(int64_t ts) {
  return ts < -TS_MAX ? -TS_MAX : ts > TS_MAX ? TS_MAX : ts;
}

bool series_span(request_t *request, series_span_t *span) {
  int64_t points = 0;
  if (!request_integer(request, "from", -TS_MAX, TS_MAX, span->from,
                       &span->from) ||
      !request_integer(request, "to", -TS_MAX, TS_MAX, span->to, &span->to) ||
      !request_integer(request, "points", 1, POINTS_MAX, POINTS_DEFAULT,
                       &points))
    return false;
  if (span->from >= span->to) {
    request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                        "from: expected a time before that of to");
    return false;
  }
  int64_t length = span->to - span->from;
  /* One bucket is cut in two at the ends. */
  span->step = points > 1 ? (length + points - 2) / (points - 1) : length;
  return true;
}

void series_reply(request_t *request, const buckets_t *buckets,
                  const series_span_t *span, int64_t interval,
                  size_t features_num,
                  void (*write_feature)(void *context, size_t i,
                                        sqlite3_str *json),
                  void *context) {
  sqlite3_str *json = sqlite3_str_new(NULL);
  sqlite3_str_appendf(json, "{\"step\":%lld,\"interval\":%lld,\"ts\":",
                      (long long)span->step, (long long)interval);
  buckets_write_ts(buckets, json);
  sqlite3_str_appendall(json, ",\"flagged\":");
  buckets_write_flagged(buckets, json);
  sqlite3_str_appendall(json, ",\"features\":[");
  for (size_t i = 0; i < features_num; i++) {
    sqlite3_str_appendall(json, i == 0 ? "{" : ",{");
    write_feature(context, i, json);
    sqlite3_str_appendall(json, ",\"min\":");
    buckets_write_min(buckets, SERIES_FEATURES + i, json);
    sqlite3_str_appendall(json, ",\"max\":");
    buckets_write_max(buckets, SERIES_FEATURES + i, json);
    sqlite3_str_appendchar(json, 1, '}');
  }
  sqlite3_str_appendall(json, "],\"score\":{\"min\":");
  buckets_write_min(buckets, SERIES_SCORE, json);
  sqlite3_str_appendall(json, ",\"max\":");
  buckets_write_max(buckets, SERIES_SCORE, json);
  sqlite3_str_appendall(json, "},\"threshold\":");
  buckets_write_max(buckets, SERIES_THRESHOLD, json);
  sqlite3_str_appendchar(json, 1, '}');
  request_reply_str(request, MHD_HTTP_OK, json);
}

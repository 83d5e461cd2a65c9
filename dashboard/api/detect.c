/* SPDX-License-Identifier: MIT */
/*
 * detect.c -- finds the anomalies of an upload and keeps it
 */
#include "dashboard/api/api.h"
#include "dashboard/api/judge.h"
#include "dashboard/api/read_csv.h"
#include "dashboard/api/read_json.h"
#include "dashboard/json.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/suspects.h"

#include <string.h>
#include <strings.h>

#define DIGITS 15

typedef enum { FORMAT_JSON, FORMAT_CSV, FORMAT_OTHER } format_t;

static bool type_is(const char *type, const char *wanted) {
  size_t length = strlen(wanted);
  return strncasecmp(type, wanted, length) == 0 &&
         strchr("; \t", type[length]) != NULL;
}

/* JSON unless it says otherwise. */
static format_t format_of(const request_t *request) {
  const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
  if (type == NULL || type_is(type, "application/json"))
    return FORMAT_JSON;
  return type_is(type, "text/csv") ? FORMAT_CSV : FORMAT_OTHER;
}

/* 0, or -1 after a reply. */
static int read_body(request_t *request, format_t format, table_t *table) {
  if (format == FORMAT_CSV)
    read_csv(table, request->body);
  else
    read_json(table, request->body);
  if (table_error(table) == NULL && table_rows(table) == 0)
    table_refuse(table, "there are no rows: expected at least one");
  if (table_error(table) == NULL && table_features_num(table) == 0)
    table_refuse(table, "there are no features: expected columns beside ts");
  if (table_error(table) == NULL)
    return 0;
  request_reply_error(request,
                      table_is_too_large(table) ? MHD_HTTP_CONTENT_TOO_LARGE
                                                : MHD_HTTP_BAD_REQUEST,
                      "%s", table_error(table));
  return -1;
}

static int save(request_t *request, format_t format, table_t *table,
                const judgement_t *judgement, int64_t *run_id) {
  char error[CHANGE_ERROR_SIZE] = "";
  const upload_t upload = {
      .source = format == FORMAT_CSV ? "upload" : "api",
      .detector = &judgement->detector,
      .rows = table_rows(table),
      .ts = table_ts(table),
      .values = table_values(table),
      .scores = judgement->scores,
      .threshold = judgement->threshold,
      .anomalies = judgement->anomalies,
      .anomalies_num = judgement->anomalies_num,
  };
  int status = upload_write(request->app->database, &upload, run_id, error);
  cache_clear(request->app->cache, monotonic_ms());
  if (status != 0)
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "the run cannot be saved: %s", error);
  return status;
}

static void append_anomaly(sqlite3_str *json, const table_t *table,
                           const judgement_t *judgement, size_t i) {
  const storage_anomaly_t *anomaly = &judgement->anomalies[i];
  sqlite3_str_appendf(json, "%s{\"ts\":%s,\"score\":", i == 0 ? "" : ",\n",
                      table_ts_json(table, judgement->rows[i]));
  json_number(json, anomaly->score, DIGITS);
  sqlite3_str_appendall(json, ",\"fields\":[");
  for (size_t j = 0; j < anomaly->suspects_num; j++) {
    const suspect_t *suspect = &anomaly->suspects[j];
    if (j > 0 && suspect->share < API_NOTICEABLE_SHARE)
      break;
    if (j > 0)
      sqlite3_str_appendchar(json, 1, ',');
    json_text(json, table_feature_name(table, suspect->feature));
  }
  char *suspects = suspects_json(&judgement->detector, anomaly->suspects,
                                 anomaly->suspects_num);
  sqlite3_str_appendf(
      json, "],\"suspects\":%s,\"note\":", suspects == NULL ? "[]" : suspects);
  sqlite3_free(suspects);
  json_text(json, anomaly->note);
  sqlite3_str_appendchar(json, 1, '}');
}

static void reply(request_t *request, const table_t *table,
                  const judgement_t *judgement, int64_t run_id) {
  sqlite3_str *json = sqlite3_str_new(NULL);
  sqlite3_str_appendf(json,
                      "{\"run_id\":%lld,\"total_points\":%llu,"
                      "\"anomalies_found\":%llu,\"threshold\":",
                      (long long)run_id, (unsigned long long)table_rows(table),
                      (unsigned long long)judgement->anomalies_num);
  json_number(json, judgement->threshold, DIGITS);
  sqlite3_str_appendall(json, ",\"anomalies\":[");
  for (size_t i = 0; i < judgement->anomalies_num; i++)
    append_anomaly(json, table, judgement, i);
  sqlite3_str_appendall(json, "]}");
  request_reply_str(request, MHD_HTTP_OK, json);
}

static void detect(request_t *request, format_t format, table_t *table) {
  judgement_t judgement = {0};
  int64_t run_id = 0;
  if (read_body(request, format, table) != 0)
    return;
  if (judge_table(table, &judgement) != 0)
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "there is no memory for it: try again, or with fewer "
                        "rows");
  else if (save(request, format, table, &judgement, &run_id) == 0)
    reply(request, table, &judgement, run_id);
  judgement_free(&judgement);
}

void api_detect(request_t *request) {
  format_t format = format_of(request);
  if (format == FORMAT_OTHER) {
    request_reply_error(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                        "Content-Type: expected application/json or text/csv");
    return;
  }
  table_t *table = table_create();
  if (table == NULL)
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
  else
    detect(request, format, table);
  table_destroy(table);
}

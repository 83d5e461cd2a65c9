/* SPDX-License-Identifier: MIT */
/* Values and notifications: see the header. */
#include "plugin/collectd/report.h"
#include "plugin/detector/explain.h"
#include "plugin/storage/clock.h"

#include "collectd/core/utils/common/common.h"

#include <math.h>
#include <time.h>

#define PLUGIN "anomaly"
/* Marks our values, in case a target has given them another plugin's name. */
#define OWN_META "anomaly:own"

/* Bytes of a name in a message, which has 255 in all. */
#define HOST_MAX 80
#define DATABASE_MAX 80
#define ERROR_MAX 90

/* --- values -------------------------------------------------------------- */

static void dispatch(value_list_t *vl, const char *type,
                     const char *type_instance, value_t value) {
  vl->values = &value;
  vl->values_len = 1;
  sstrncpy(vl->type, type, sizeof(vl->type));
  sstrncpy(vl->type_instance, type_instance, sizeof(vl->type_instance));
  plugin_dispatch_values(vl);
}

static void dispatch_gauge(value_list_t *vl, const char *type,
                           const char *type_instance, gauge_t gauge) {
  dispatch(vl, type, type_instance, (value_t){.gauge = gauge});
}

static void dispatch_shares(value_list_t *vl, const report_t *report) {
  const detector_t *detector = &report->options->detector;
  double percent[DETECTOR_FEATURES_MAX];
  double nothing = isnan(report->verdict->score) ? NAN : 0;
  for (size_t i = 0; i < detector->features_num; i++)
    percent[i] = nothing;
  for (size_t i = 0; i < report->suspects_num; i++)
    percent[report->suspects[i].feature] = 100 * report->suspects[i].share;
  for (size_t i = 0; i < detector->features_num; i++)
    dispatch_gauge(vl, "percent", detector->features[i].name, percent[i]);
}

void report_values(const report_t *report) {
  const verdict_t *verdict = report->verdict;
  value_list_t vl = VALUE_LIST_INIT;
  vl.time = MS_TO_CDTIME_T(report->frame->ts);
  vl.interval = MS_TO_CDTIME_T(report->frame->interval);
  sstrncpy(vl.host, report->host, sizeof(vl.host));
  sstrncpy(vl.plugin, PLUGIN, sizeof(vl.plugin));
  sstrncpy(vl.plugin_instance, report->options->detector.name,
           sizeof(vl.plugin_instance));
  vl.meta = meta_data_create();
  if (vl.meta != NULL)
    meta_data_add_boolean(vl.meta, OWN_META, true);

  /* Whoever goes by these is not to be woken in a silence either. */
  bool flagged = verdict->flagged && !report->frame->silent;
  bool run_open =
      (verdict->run_state == RUN_OPENED || verdict->run_state == RUN_OPEN) &&
      !verdict->run.silent;
  dispatch_gauge(&vl, "gauge", "score", verdict->score);
  dispatch_gauge(&vl, "gauge", "threshold", verdict->threshold);
  dispatch_gauge(&vl, "gauge", "false_alarms", verdict->false_alarms);
  dispatch_gauge(&vl, "bool", "flagged", flagged);
  dispatch_gauge(&vl, "bool", "warming_up", verdict->warming_up);
  dispatch_gauge(&vl, "bool", "run_open", run_open);
  dispatch(&vl, "total_events", "flagged",
           (value_t){.derive = (derive_t)report->flagged_total});
  if (report->options->report_features)
    dispatch_shares(&vl, report);
  meta_data_destroy(vl.meta);
}

bool report_is_own(const value_list_t *vl) {
  return strcmp(vl->plugin, PLUGIN) == 0 ||
         (vl->meta != NULL && meta_data_exists(vl->meta, OWN_META));
}

/* --- notices ------------------------------------------------------------- */

static storage_notice_t *make_notice(const report_t *report, bool okay) {
  storage_notice_t *n =
      calloc(1, sizeof(*n) + STORAGE_NUMBERS_MAX * sizeof(n->numbers[0]));
  if (n == NULL) {
    ERROR("anomaly plugin: out of memory for a notification about %s.",
          report->host);
    return NULL;
  }
  n->run_id = report->run_id;
  n->okay = okay;
  n->time = wall_ms();
  sstrncpy(n->host, report->host, sizeof(n->host));
  sstrncpy(n->detector, report->options->detector.name, sizeof(n->detector));
  return n;
}

/* NaN is left out: JSON has no word for it. */
static void add_number(storage_notice_t *n, const char *name, double value) {
  if (!isfinite(value))
    return;
  storage_number_t *number = n->numbers + n->numbers_num++;
  sstrncpy(number->name, name, sizeof(number->name));
  number->value = value;
}

static void add_suspect(storage_notice_t *n, const detector_t *detector,
                        const suspect_t *suspect) {
  const struct {
    const char *name;
    double value;
  } parts[] = {{"share", suspect->share},
               {"value", suspect->value},
               {"low", suspect->low},
               {"high", suspect->high}};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(parts); i++) {
    char name[DATA_MAX_NAME_LEN];
    snprintf(name, sizeof(name), "%s:%s",
             detector->features[suspect->feature].name, parts[i].name);
    add_number(n, name, parts[i].value);
  }
}

/* How many bytes of a text to print with %.*s: `max` at most, and no character
 * of UTF-8 torn. */
static int fitting(const char *text, size_t max) {
  size_t length = strnlen(text, max + 1);
  if (length > max)
    for (length = max; length > 0 && (text[length] & 0xC0) == 0x80;)
      length--;
  return (int)length;
}

/* The same for a sentence of suspects: whole ones alone. */
static int fitting_suspects(const char *sentence, size_t max) {
  size_t length = strlen(sentence);
  while (length > max) {
    length--;
    while (length > 0 && strncmp(sentence + length, "; ", 2) != 0)
      length--;
  }
  return (int)length;
}

/* "14:02:10 UTC", in the time of the machine that sends the notification. */
static void format_time(int64_t ts, char *buffer, size_t size) {
  time_t seconds = (time_t)(ts / 1000);
  struct tm local = {0};
  buffer[0] = '\0';
  if (localtime_r(&seconds, &local) != NULL)
    strftime(buffer, size, "%H:%M:%S %Z", &local);
}

/* "4 min 20 s", "3 h 5 min" */
static void format_duration(int64_t ms, char *buffer, size_t size) {
  int64_t s = (ms + 500) / 1000;
  if (s < 60)
    snprintf(buffer, size, "%" PRIi64 " s", s);
  else if (s < 3600)
    snprintf(buffer, size, "%" PRIi64 " min %" PRIi64 " s", s / 60, s % 60);
  else if (s < 86400)
    snprintf(buffer, size, "%" PRIi64 " h %" PRIi64 " min", s / 3600,
             s / 60 % 60);
  else
    snprintf(buffer, size, "%" PRIi64 " d %" PRIi64 " h", s / 86400,
             s / 3600 % 24);
}

storage_notice_t *report_opened(const report_t *report) {
  const detector_t *detector = &report->options->detector;
  const verdict_t *verdict = report->verdict;
  storage_notice_t *n = make_notice(report, false);
  if (n == NULL)
    return NULL;
  char since[32];
  format_time(verdict->run.started_at, since, sizeof(since));
  char ending[64];
  snprintf(ending, sizeof(ending), " (%s: score %.3f above %.3f)",
           detector->name, verdict->score, verdict->threshold);

  /* The suspects have what the fixed parts leave. */
  int used = snprintf(n->message, sizeof(n->message), "%.*s unusual since %s: ",
                      fitting(report->host, HOST_MAX), report->host, since);
  size_t room = sizeof(n->message) - (size_t)used - strlen(ending);
  size_t length =
      explain_sentence(detector, report->suspects, report->suspects_num,
                       n->message + used, room);
  if (length == 0 && report->suspects_num > 0)
    length =
        (size_t)snprintf(n->message + used, room, "%s",
                         detector->features[report->suspects[0].feature].name);
  sstrncpy(n->message + used + length, ending, sizeof(ending));

  add_number(n, "score", verdict->score);
  add_number(n, "threshold", verdict->threshold);
  for (size_t i = 0; i < report->suspects_num; i++)
    add_suspect(n, detector, report->suspects + i);
  return n;
}

/* "for 4 min 20 s, 24 intervals flagged, peak score 0.83 at 14:03:00 UTC" */
static void format_run(const run_t *run, int64_t interval, char *buffer,
                       size_t size) {
  char duration[32], peak_at[32];
  format_duration(run->ended_at - run->started_at + interval, duration,
                  sizeof(duration));
  format_time(run->peak_at, peak_at, sizeof(peak_at));
  snprintf(buffer, size,
           "for %s, %" PRIu64 " interval%s flagged, peak score %.3f at %s",
           duration, run->anomalies, run->anomalies == 1 ? "" : "s",
           run->peak_score, peak_at);
}

static storage_notice_t *make_closed(const report_t *report, const char *what,
                                     const run_t *run, int64_t interval) {
  storage_notice_t *n = make_notice(report, true);
  if (n == NULL)
    return NULL;
  char words[128];
  format_run(run, interval, words, sizeof(words));
  snprintf(n->message, sizeof(n->message), "%.*s %s; was unusual %s",
           fitting(report->host, HOST_MAX), report->host, what, words);
  size_t used = strlen(n->message), room = sizeof(n->message) - used;
  int length = room > 3 ? fitting_suspects(report->peak, room - 3) : 0;
  if (length > 0)
    snprintf(n->message + used, room, ": %.*s", length, report->peak);
  add_number(n, "peak_score", run->peak_score);
  return n;
}

storage_notice_t *report_closed(const report_t *report) {
  return make_closed(report, "back to normal", &report->verdict->run,
                     report->frame->interval);
}

storage_notice_t *report_abandoned(const report_t *report, const run_t *run) {
  return make_closed(report, "has fallen silent, no longer watched", run, 0);
}

/* --- notifications ------------------------------------------------------- */

static notification_t make_notification(int severity, const char *host,
                                        const char *detector) {
  notification_t n = {.severity = severity, .time = cdtime()};
  sstrncpy(n.host, host, sizeof(n.host));
  sstrncpy(n.plugin, PLUGIN, sizeof(n.plugin));
  sstrncpy(n.plugin_instance, detector, sizeof(n.plugin_instance));
  return n;
}

static void send_notification(notification_t *n) {
  plugin_dispatch_notification(n);
  if (n->meta != NULL)
    plugin_notification_meta_free(n->meta);
  n->meta = NULL;
}

void report_notice(const storage_notice_t *notice) {
  notification_t n =
      make_notification(notice->okay ? NOTIF_OKAY : NOTIF_WARNING, notice->host,
                        notice->detector);
  n.time = MS_TO_CDTIME_T(notice->time);
  sstrncpy(n.type, "gauge", sizeof(n.type));
  sstrncpy(n.type_instance, "score", sizeof(n.type_instance));
  sstrncpy(n.message, notice->message, sizeof(n.message));
  plugin_notification_meta_add_signed_int(&n, "run", notice->run_id);
  for (size_t i = 0; i < notice->numbers_num; i++)
    plugin_notification_meta_add_double(&n, notice->numbers[i].name,
                                        notice->numbers[i].value);
  send_notification(&n);
}

void report_database(const char *path, bool failing, const char *error) {
  notification_t n =
      make_notification(failing ? NOTIF_FAILURE : NOTIF_OKAY, hostname_g, "");
  sstrncpy(n.type, "bool", sizeof(n.type));
  sstrncpy(n.type_instance, "database", sizeof(n.type_instance));
  if (failing)
    snprintf(n.message, sizeof(n.message),
             "anomaly plugin cannot write %.*s: %.*s. Scoring goes on; flagged "
             "runs are kept in memory.",
             fitting(path, DATABASE_MAX), path, fitting(error, ERROR_MAX),
             error);
  else
    snprintf(n.message, sizeof(n.message), "anomaly plugin writes %.*s again.",
             fitting(path, DATABASE_MAX), path);
  send_notification(&n);
}

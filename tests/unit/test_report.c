/* SPDX-License-Identifier: MIT */
/* test_report.c -- what collectd is told, in values and in words */
#include "plugin/collectd/report.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define TS INT64_C(1700000000000) /* 22:13:20 UTC */

/* Features f0, f1, ..., with units now and then. */
static detector_feature_t features[DETECTOR_FEATURES_MAX];
static char names[DETECTOR_FEATURES_MAX][8];

static detector_options_t make_options(const char *name, size_t features_num) {
  for (size_t i = 0; i < DETECTOR_FEATURES_MAX; i++) {
    snprintf(names[i], sizeof(names[i]), "f%zu", i);
    features[i] =
        (detector_feature_t){.name = names[i], .unit = i % 2 == 0 ? "%" : ""};
  }
  return (detector_options_t){.detector = {.name = name,
                                           .features = features,
                                           .features_num = features_num}};
}

static const frame_t frame = {.ts = TS, .interval = 10000};

static verdict_t flagged_verdict(void) {
  return (verdict_t){.score = 0.83,
                     .threshold = 0.71,
                     .flagged = true,
                     .false_alarms = 0.25,
                     .run_state = RUN_OPENED,
                     .run = {.started_at = TS - 20000,
                             .ended_at = TS,
                             .points = 3,
                             .anomalies = 3,
                             .peak_score = 0.83,
                             .peak_at = TS}};
}

static double gauge(const char *host, const char *name) {
  const fake_value_t *value = fake_value_find(host, name);
  if (value == NULL)
    fail_msg("%s/%s was not dispatched", host, name);
  assert_int_equal(value->values_len, 1);
  assert_int_equal(value->time, MS_TO_CDTIME_T(TS));
  assert_int_equal(value->interval, TIME_T_TO_CDTIME_T_STATIC(10));
  assert_true(value->has_meta);
  assert_true(value->is_own);
  return value->value.gauge;
}

/* --- values --- */

static void dispatches_the_values(void **state) {
  (void)state;
  fake_reset();
  detector_options_t options = make_options("system", 3);
  verdict_t verdict = flagged_verdict();
  report_t report = {.host = "web-1",
                     .options = &options,
                     .frame = &frame,
                     .verdict = &verdict,
                     .flagged_total = 1234567890123};
  report_values(&report);
  assert_int_equal(fake_values_num(), 7);
  assert_true(gauge("web-1", "anomaly-system/gauge-score") == 0.83);
  assert_true(gauge("web-1", "anomaly-system/gauge-threshold") == 0.71);
  assert_true(gauge("web-1", "anomaly-system/gauge-false_alarms") == 0.25);
  assert_true(gauge("web-1", "anomaly-system/bool-flagged") == 1);
  assert_true(gauge("web-1", "anomaly-system/bool-warming_up") == 0);
  assert_true(gauge("web-1", "anomaly-system/bool-run_open") == 1);
  const fake_value_t *total =
      fake_value_find("web-1", "anomaly-system/total_events-flagged");
  assert_non_null(total);
  assert_true(total->value.derive == 1234567890123);
  assert_int_equal(fake_meta_living(), 0);
}

static void run_open_follows_the_run(void **state) {
  (void)state;
  static const struct {
    run_state_t state;
    double expected;
  } rows[] = {{RUN_NONE, 0}, {RUN_OPENED, 1}, {RUN_OPEN, 1}, {RUN_CLOSED, 0}};
  detector_options_t options = make_options("system", 1);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    fake_reset();
    verdict_t verdict = flagged_verdict();
    verdict.run_state = rows[i].state;
    report_values(&(report_t){.host = "h",
                              .options = &options,
                              .frame = &frame,
                              .verdict = &verdict});
    assert_true(gauge("h", "anomaly-system/bool-run_open") == rows[i].expected);
  }
}

static void there_is_no_number_before_there_is_a_forest(void **state) {
  (void)state;
  fake_reset();
  detector_options_t options = make_options("system", 2);
  options.report_features = true;
  verdict_t verdict = {
      .score = NAN, .threshold = NAN, .false_alarms = NAN, .warming_up = true};
  report_values(&(report_t){
      .host = "h", .options = &options, .frame = &frame, .verdict = &verdict});
  assert_int_equal(fake_values_num(), 9);
  assert_true(isnan(gauge("h", "anomaly-system/gauge-score")));
  assert_true(isnan(gauge("h", "anomaly-system/gauge-threshold")));
  assert_true(isnan(gauge("h", "anomaly-system/gauge-false_alarms")));
  assert_true(gauge("h", "anomaly-system/bool-flagged") == 0);
  assert_true(gauge("h", "anomaly-system/bool-warming_up") == 1);
  assert_true(isnan(gauge("h", "anomaly-system/percent-f0")));
  assert_true(isnan(gauge("h", "anomaly-system/percent-f1")));
}

static void shares_sum_to_a_hundred(void **state) {
  (void)state;
  fake_reset();
  detector_options_t options = make_options("web", 4);
  options.report_features = true;
  verdict_t verdict = flagged_verdict();
  const suspect_t suspects[] = {{.feature = 2, .share = 0.5},
                                {.feature = 0, .share = 0.375},
                                {.feature = 3, .share = 0.125}};
  report_values(&(report_t){.host = "h",
                            .options = &options,
                            .frame = &frame,
                            .verdict = &verdict,
                            .suspects = suspects,
                            .suspects_num = 3});
  static const double expected[] = {37.5, 0, 50, 12.5};
  double sum = 0;
  for (int i = 0; i < 4; i++) {
    char name[64];
    snprintf(name, sizeof(name), "anomaly-web/percent-f%d", i);
    assert_true(gauge("h", name) == expected[i]);
    sum += expected[i];
  }
  assert_true(sum == 100);
  assert_int_equal(fake_meta_living(), 0);
}

static void knows_its_own_values(void **state) {
  (void)state;
  value_list_t vl = VALUE_LIST_INIT;
  sstrncpy(vl.plugin, "anomaly", sizeof(vl.plugin));
  assert_true(report_is_own(&vl)); /* from another host */
  sstrncpy(vl.plugin, "anomaly2", sizeof(vl.plugin));
  assert_false(report_is_own(&vl));
  vl.meta = meta_data_create();
  meta_data_add_boolean(vl.meta, "network:received", true);
  assert_false(report_is_own(&vl));
  meta_data_destroy(vl.meta);
  vl.meta = meta_data_create();
  meta_data_add_boolean(vl.meta, "anomaly:own", true);
  assert_true(report_is_own(&vl)); /* renamed by a target */
  meta_data_destroy(vl.meta);
}

/* --- notifications --- */

/* As the notifier does, with a notice from the judge. */
static void tell(storage_notice_t *notice) {
  assert_non_null(notice);
  report_notice(notice);
  free(notice);
}

/* Well-formed, for the characters that the tests use. */
static bool is_utf8(const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0';) {
    int more = *c < 0x80   ? 0
               : *c < 0xc0 ? -1
               : *c < 0xe0 ? 1
               : *c < 0xf0 ? 2
                           : 3;
    if (more < 0)
      return false;
    for (c++; more > 0; more--, c++)
      if ((*c & 0xc0) != 0x80)
        return false;
  }
  return true;
}

/* The only one, after which no meta data are left behind. */
static const notification_t *the_notification(int severity, const char *host,
                                              const char *detector) {
  assert_int_equal(fake_notifications_num(), 1);
  assert_int_equal(fake_meta_living(), 0);
  const notification_t *n = fake_notification(0);
  assert_int_equal(n->severity, severity);
  assert_string_equal(n->host, host);
  assert_string_equal(n->plugin, "anomaly");
  assert_string_equal(n->plugin_instance, detector);
  double age = CDTIME_T_TO_DOUBLE(cdtime() - n->time);
  assert_true(age >= 0 && age < 60);
  assert_true(strlen(n->message) < sizeof(n->message));
  if (!is_utf8(n->message))
    fail_msg("torn: %s", n->message);
  return n;
}

static void opening_reads_well(void **state) {
  (void)state;
  fake_reset();
  detector_options_t options = make_options("system", 2);
  verdict_t verdict = flagged_verdict();
  const suspect_t suspects[] = {{0, 0.75, 97.1, 12, 43}, {1, 0.25, NAN, 0, 1}};
  tell(report_opened(&(report_t){.host = "web-1",
                                 .options = &options,
                                 .frame = &frame,
                                 .verdict = &verdict,
                                 .suspects = suspects,
                                 .suspects_num = 2,
                                 .run_id = 1700000000000001,
                                 .peak = ""}));
  const notification_t *n = the_notification(NOTIF_WARNING, "web-1", "system");
  assert_string_equal(n->message,
                      "web-1 unusual since 22:13:00 UTC: f0 97.1 %, usual 12 "
                      "to 43 %; f1 has fallen silent, usual 0 to 1 (system: "
                      "score 0.830 above 0.710)");
  assert_string_equal(n->type, "gauge");
  assert_string_equal(n->type_instance, "score");
  assert_int_equal(fake_meta_int(n, "run"), 1700000000000001);
  static const struct {
    const char *name;
    double value;
  } meta[] = {
      {"score", 0.83},    {"threshold", 0.71}, {"f0:share", 0.75},
      {"f0:value", 97.1}, {"f0:low", 12},      {"f0:high", 43},
      {"f1:share", 0.25}, {"f1:low", 0},       {"f1:high", 1},
  };
  size_t num = 0;
  for (const notification_meta_t *m = n->meta; m != NULL; m = m->next)
    num++;
  assert_int_equal(num, STATIC_ARRAY_SIZE(meta) + 1); /* no NaN among them */
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(meta); i++)
    assert_true(fake_meta_double(n, meta[i].name) == meta[i].value);
}

static const char *const hosts[] = {
    "a",
    "it's \"quoted\" 100 %s",
    "0123456789012345678901234567890123456789012345678901234567890123456789"
    "01234567890123456789012345678901234567890123456789012345x",
    /* a two-byte character across the 80th byte */
    "012345678901234567890123456789012345678901234567890123456789012345678"
    "9012345678üüüüüüüüüüüüüüüüüüüüüüü",
    "例えば例えば例えば例えば例えば例えば例えば例えば例えば例えば例えば例えば"
    "例",
};

static void opening_fits(void **state) {
  (void)state;
  static const double numbers[] = {1, -1.234567e-300, 123456789012, NAN};
  detector_options_t options =
      make_options("a2345678901234567890123456789012", 64);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(hosts); i++)
    for (size_t j = 0; j < STATIC_ARRAY_SIZE(numbers); j++) {
      fake_reset();
      verdict_t verdict = flagged_verdict();
      suspect_t suspects[DETECTOR_FEATURES_MAX];
      for (size_t k = 0; k < DETECTOR_FEATURES_MAX; k++)
        suspects[k] = (suspect_t){k, k < 16 ? 0.06 : 0.04 / 48, numbers[j],
                                  numbers[j] - 1, numbers[j] + 1};
      tell(report_opened(&(report_t){.host = hosts[i],
                                     .options = &options,
                                     .frame = &frame,
                                     .verdict = &verdict,
                                     .suspects = suspects,
                                     .suspects_num = DETECTOR_FEATURES_MAX,
                                     .run_id = 1,
                                     .peak = ""}));
      const notification_t *n =
          the_notification(NOTIF_WARNING, hosts[i], options.detector.name);
      /* the host, the first suspect, and the ending are always there */
      assert_true(strncmp(n->message, hosts[i],
                          strlen(hosts[i]) < 78 ? strlen(hosts[i]) : 78) == 0);
      assert_non_null(strstr(n->message, " unusual since 22:13:00 UTC: f0"));
      const char ending[] = " (a2345678901234567890123456789012: score 0.830 "
                            "above 0.710)";
      assert_string_equal(n->message + strlen(n->message) - strlen(ending),
                          ending);
      assert_null(strstr(n->message, ";  ("));
      assert_null(strstr(n->message, ",  ("));
      /* all of them are in the meta data */
      for (size_t k = 0; k < DETECTOR_FEATURES_MAX; k++) {
        char name[32];
        snprintf(name, sizeof(name), "f%zu:share", k);
        assert_true(fake_meta_double(n, name) == suspects[k].share);
      }
    }
}

/* Nothing of the first suspect's sentence fits: its name does. */
static void opening_with_a_unit_without_end(void **state) {
  (void)state;
  fake_reset();
  detector_options_t options = make_options("system", 1);
  char unit[400];
  memset(unit, 'u', sizeof(unit) - 1);
  unit[sizeof(unit) - 1] = '\0';
  features[0].unit = unit;
  verdict_t verdict = flagged_verdict();
  char host[71];
  memset(host, 'h', sizeof(host) - 1);
  host[sizeof(host) - 1] = '\0';
  tell(report_opened(&(report_t){.host = host,
                                 .options = &options,
                                 .frame = &frame,
                                 .verdict = &verdict,
                                 .suspects = (suspect_t[]){{0, 1, 2, 3, 4}},
                                 .suspects_num = 1,
                                 .peak = ""}));
  assert_string_equal(
      the_notification(NOTIF_WARNING, host, "system")->message + strlen(host),
      " unusual since 22:13:00 UTC: f0 (system: score 0.830 above 0.710)");
}

static void closing_reads_well(void **state) {
  (void)state;
  static const struct {
    int64_t lasted; /* ms, first to last flagged frame */
    uint64_t anomalies;
    const char *peak;
    const char *expected;
  } rows[] = {
      {0, 1, "",
       "web-1 back to normal; was unusual for 10 s, 1 interval flagged, peak "
       "score 0.830 at 22:13:20 UTC"},
      {250000, 24, "cpu 97.1 %, usual 12 to 43 %",
       "web-1 back to normal; was unusual for 4 min 20 s, 24 intervals "
       "flagged, peak score 0.830 at 22:13:20 UTC: cpu 97.1 %, usual 12 to "
       "43 %"},
      {11090000, 2, "",
       "web-1 back to normal; was unusual for 3 h 5 min, 2 intervals flagged, "
       "peak score 0.830 at 22:13:20 UTC"},
      {187190000, 2, "",
       "web-1 back to normal; was unusual for 2 d 4 h, 2 intervals flagged, "
       "peak score 0.830 at 22:13:20 UTC"},
  };
  detector_options_t options = make_options("system", 1);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    fake_reset();
    verdict_t verdict = flagged_verdict();
    verdict.run.started_at = verdict.run.ended_at - rows[i].lasted;
    verdict.run.anomalies = rows[i].anomalies;
    verdict.run_state = RUN_CLOSED;
    tell(report_closed(&(report_t){.host = "web-1",
                                   .options = &options,
                                   .frame = &frame,
                                   .verdict = &verdict,
                                   .run_id = 77,
                                   .peak = rows[i].peak}));
    const notification_t *n = the_notification(NOTIF_OKAY, "web-1", "system");
    assert_string_equal(n->message, rows[i].expected);
    assert_int_equal(fake_meta_int(n, "run"), 77);
    assert_true(fake_meta_double(n, "peak_score") == 0.83);
  }
}

/* A run out of a database that somebody has tampered with. */
static void an_absurd_run_fits(void **state) {
  (void)state;
  static const double peaks[] = {1e308, -1e308, NAN, INFINITY};
  detector_options_t options = make_options("system", 1);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(peaks); i++)
    for (size_t j = 0; j < STATIC_ARRAY_SIZE(hosts); j++) {
      fake_reset();
      const run_t run = {.started_at = INT64_MIN / 4,
                         .ended_at = INT64_MAX / 4,
                         .anomalies = UINT64_MAX,
                         .peak_score = peaks[i],
                         .peak_at = INT64_MAX};
      tell(report_abandoned(&(report_t){.host = hosts[j],
                                        .options = &options,
                                        .peak = "cpu 97.1 %, usual 12 to 43 %"},
                            &run));
      the_notification(NOTIF_OKAY, hosts[j], "system");
    }
}

/* What does not fit is left out by whole suspects. */
static void closing_fits(void **state) {
  (void)state;
  const char peak[] =
      "cpu 97.1 %, usual 12 to 43 %; memory 88.2 %, usual 40 to 51 %; network "
      "12345678 B/s, usual 1000 to 20000 B/s; Überlast 31/s, usual 0 to 1/s; x";
  detector_options_t options = make_options("system", 1);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(hosts); i++)
    for (int abandoned = 0; abandoned <= 1; abandoned++) {
      fake_reset();
      verdict_t verdict = flagged_verdict();
      verdict.run.anomalies = UINT64_MAX;
      verdict.run.started_at = 0;
      report_t report = {.host = hosts[i],
                         .options = &options,
                         .frame = &frame,
                         .verdict = &verdict,
                         .run_id = 77,
                         .peak = peak};
      if (abandoned)
        tell(report_abandoned(&report, &verdict.run));
      else
        tell(report_closed(&report));
      const notification_t *n =
          the_notification(NOTIF_OKAY, hosts[i], "system");
      const char *end = strstr(n->message, "22:13:20 UTC");
      assert_non_null(end);
      end += strlen("22:13:20 UTC");
      if (*end == '\0')
        continue;
      assert_true(strncmp(end, ": ", 2) == 0);
      end += 2;
      size_t length = strlen(end);
      assert_true(length > 0 && strncmp(end, peak, length) == 0);
      assert_true(peak[length] == '\0' || peak[length] == ';');
    }
}

static void a_silent_host_is_told_of(void **state) {
  (void)state;
  fake_reset();
  detector_options_t options = make_options("system", 1);
  run_t run = flagged_verdict().run;
  tell(report_abandoned(
      &(report_t){
          .host = "web-1", .options = &options, .run_id = 5, .peak = ""},
      &run));
  assert_string_equal(the_notification(NOTIF_OKAY, "web-1", "system")->message,
                      "web-1 has fallen silent, no longer watched; was unusual "
                      "for 20 s, 3 intervals flagged, peak score 0.830 at "
                      "22:13:20 UTC");
}

static void the_database_is_told_of(void **state) {
  (void)state;
  fake_reset();
  report_database("/var/lib/x.db", true, "disk I/O error");
  assert_string_equal(
      the_notification(NOTIF_FAILURE, FAKE_HOST, "")->message,
      "anomaly plugin cannot write /var/lib/x.db: disk I/O error. Scoring goes "
      "on; flagged runs are kept in memory.");
  fake_reset();
  report_database("/var/lib/x.db", false, "");
  const notification_t *n = the_notification(NOTIF_OKAY, FAKE_HOST, "");
  assert_string_equal(n->message, "anomaly plugin writes /var/lib/x.db again.");
  assert_string_equal(n->type, "bool");
  assert_string_equal(n->type_instance, "database");
  /* long ones are cut where a character ends, the remedy is not */
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(hosts); i++) {
    fake_reset();
    char error[512];
    snprintf(error, sizeof(error), "%s %s", hosts[i], hosts[i]);
    report_database(hosts[i], true, error);
    n = the_notification(NOTIF_FAILURE, FAKE_HOST, "");
    assert_non_null(strstr(
        n->message, ". Scoring goes on; flagged runs are kept in memory."));
  }
}

static int in_utc(void **state) {
  (void)state;
  setenv("TZ", "UTC", 1);
  tzset();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dispatches_the_values),
      cmocka_unit_test(run_open_follows_the_run),
      cmocka_unit_test(there_is_no_number_before_there_is_a_forest),
      cmocka_unit_test(shares_sum_to_a_hundred),
      cmocka_unit_test(knows_its_own_values),
      cmocka_unit_test(opening_reads_well),
      cmocka_unit_test(opening_fits),
      cmocka_unit_test(opening_with_a_unit_without_end),
      cmocka_unit_test(closing_reads_well),
      cmocka_unit_test(closing_fits),
      cmocka_unit_test(an_absurd_run_fits),
      cmocka_unit_test(a_silent_host_is_told_of),
      cmocka_unit_test(the_database_is_told_of),
  };
  return cmocka_run_group_tests(tests, in_utc, fake_teardown);
}

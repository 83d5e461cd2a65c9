/* SPDX-License-Identifier: MIT */
/*
 * test_options.c -- collectd.conf: every option and default, and what is said
 * of mistakes
 */
#include "plugin/collectd/options.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int read_into(options_t *options, const char *text) {
  oconfig_item_t *block = fake_config(text);
  int status = options_read(options, block);
  fake_config_free(block); /* nothing of it may be needed afterwards */
  return status;
}

/* `text` must be read without a complaint. */
static options_t *read_options(const char *text) {
  fake_reset();
  options_t *options = options_create();
  assert_non_null(options);
  if (read_into(options, text) != 0)
    fail_msg("%s", fake_log(LOG_ERR));
  assert_int_equal(fake_log_num(LOG_ERR), 0);
  assert_int_equal(options_complete(options), 0);
  return options;
}

static void has_the_documented_defaults(void **state) {
  (void)state;
  options_t *options = read_options("");
  assert_string_equal(options->database, "/var/lib/collectd/anomaly.db");
  assert_int_equal(options->retention, 604800);
  assert_int_equal(options->max_size, 0);
  assert_int_equal(options->max_hosts, 10000);
  assert_int_equal(options->host_timeout, TIME_T_TO_CDTIME_T_STATIC(86400));
  assert_false(options->simulate);
  assert_int_equal(options->simulator.hosts, 2);
  assert_int_equal(options->simulator.seed, 42);
  assert_float_equal(options->simulator.backfill, 7200, 0);
  assert_int_equal(options->detectors_num, 1);
  options_destroy(options);
}

static void a_detector_has_the_documented_defaults(void **state) {
  (void)state;
  options_t *options = read_options("<Detector \"web\">\n"
                                    "  <Feature \"latency\">\n"
                                    "    Plugin \"ping\"\n"
                                    "  </Feature>\n"
                                    "</Detector>\n");
  assert_int_equal(options->detectors_num, 1);
  const detector_options_t *web = options->detectors;
  const detector_t *d = &web->detector;
  assert_string_equal(d->name, "web");
  assert_float_equal(d->false_alarms, 0.2, 0);
  assert_float_equal(d->warm_up, 900, 0);
  assert_float_equal(d->window, 604800, 0);
  assert_int_equal(d->trees, 100);
  assert_int_equal(d->sample_size, 256);
  assert_int_equal(d->hits, 1);
  assert_int_equal(d->clear, 3);
  assert_int_equal(web->host.kind, SELECT_ALL);
  assert_false(web->report_features);
  assert_int_equal(web->silence.windows_num, 0);
  assert_int_equal(d->features_num, 1);
  assert_string_equal(d->features[0].name, "latency");
  assert_string_equal(d->features[0].unit, "");
  assert_float_equal(d->features[0].noise, 0, 0);
  assert_int_equal(web->selections_num, 1);
  const selection_t *s = web->selections;
  assert_int_equal(s->feature, 0);
  assert_int_equal(s->aggregate, AGGREGATE_AVERAGE);
  assert_false(s->percent || s->invert || s->ignore_zero);
  assert_int_equal(s->plugin.kind, SELECT_LITERAL);
  assert_int_equal(s->plugin_instance.kind, SELECT_ALL);
  assert_int_equal(s->ignore_plugin_instance.kind, SELECT_NONE);
  assert_int_equal(s->type.kind, SELECT_ALL);
  assert_int_equal(s->type_instance.kind, SELECT_ALL);
  assert_int_equal(s->data_source.kind, SELECT_ALL);
  options_destroy(options);
}

static void reads_every_option(void **state) {
  (void)state;
  options_t *options = read_options("Database \"/tmp/a b.db\"\n"
                                    "retention 0\n" /* in any case */
                                    "MaxSize 0.5\n"
                                    "MaxHosts 7\n"
                                    "HostTimeout 60.5\n"
                                    "<Detector \"web\">\n"
                                    "  Host \"/^web/\"\n"
                                    "  FalseAlarms 2.5\n"
                                    "  WarmUp 0\n"
                                    "  Window 3600\n"
                                    "  Trees 50\n"
                                    "  SampleSize 64\n"
                                    "  Hits 2\n"
                                    "  Clear 4\n"
                                    "  ReportFeatures true\n"
                                    "  Silence \"Sun 02:00-04:00\"\n"
                                    "  Silence \"daily 22:00-06:00\"\n"
                                    "  <Feature \"cpu_0\">\n"
                                    "    Plugin \"cpu\"\n"
                                    "    PluginInstance \"/^[0-9]*$/\"\n"
                                    "    IgnorePluginInstance \"7\"\n"
                                    "    Type \"/^(cpu|percent)$/\"\n"
                                    "    TypeInstance \"idle\"\n"
                                    "    DataSource \"value\"\n"
                                    "    Percent true\n"
                                    "    Invert true\n"
                                    "    IgnoreZero true\n"
                                    "    Aggregate \"MAX\"\n"
                                    "    Noise 2.5\n"
                                    "    Unit \"%\"\n"
                                    "  </Feature>\n"
                                    "</Detector>\n"
                                    "<Simulate>\n"
                                    "  Hosts 3\n"
                                    "  Seed 9007199254740992\n"
                                    "  Backfill 0\n"
                                    "</Simulate>\n");
  assert_string_equal(options->database, "/tmp/a b.db");
  assert_int_equal(options->retention, 0);
  assert_int_equal(options->max_size, 512 * 1024);
  assert_int_equal(options->max_hosts, 7);
  assert_int_equal(options->host_timeout, DOUBLE_TO_CDTIME_T(60.5));
  assert_true(options->simulate);
  assert_int_equal(options->simulator.hosts, 3);
  assert_int_equal(options->simulator.seed, UINT64_C(9007199254740992));
  assert_float_equal(options->simulator.backfill, 0, 0);

  const detector_options_t *web = options->detectors;
  const detector_t *d = &web->detector;
  assert_true(selector_match(&web->host, "web-1"));
  assert_false(selector_match(&web->host, "db"));
  assert_float_equal(d->false_alarms, 2.5, 0);
  assert_float_equal(d->warm_up, 0, 0);
  assert_float_equal(d->window, 3600, 0);
  assert_int_equal(d->trees, 50);
  assert_int_equal(d->sample_size, 64);
  assert_int_equal(d->hits, 2);
  assert_int_equal(d->clear, 4);
  assert_true(web->report_features);
  assert_int_equal(web->silence.windows_num, 2);
  assert_float_equal(d->features[0].noise, 2.5, 0);
  assert_string_equal(d->features[0].unit, "%");

  const selection_t *s = web->selections;
  const struct {
    const selector_t *selector;
    const char *matches;
    const char * not ;
  } selectors[] = {
      {&s->plugin, "cpu", "memory"},          {&s->plugin_instance, "12", "a"},
      {&s->ignore_plugin_instance, "7", "8"}, {&s->type, "percent", "memory"},
      {&s->type_instance, "idle", "user"},    {&s->data_source, "value", "rx"},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(selectors); i++) {
    assert_true(selector_match(selectors[i].selector, selectors[i].matches));
    assert_false(selector_match(selectors[i].selector, selectors[i].not ));
  }
  assert_true(s->percent && s->invert && s->ignore_zero);
  assert_int_equal(s->aggregate, AGGREGATE_MAX);
  options_destroy(options);
}

static void aggregates_have_names(void **state) {
  (void)state;
  static const struct {
    const char *name;
    aggregate_t aggregate;
  } rows[] = {{"average", AGGREGATE_AVERAGE},
              {"sum", AGGREGATE_SUM},
              {"min", AGGREGATE_MIN},
              {"Max", AGGREGATE_MAX}};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "<Detector \"d\">\n<Feature \"f\">\nPlugin \"p\"\n"
             "Aggregate \"%s\"\n</Feature>\n</Detector>",
             rows[i].name);
    options_t *options = read_options(text);
    assert_int_equal(options->detectors[0].selections[0].aggregate,
                     rows[i].aggregate);
    options_destroy(options);
  }
}

static void repeated_features_are_alternatives(void **state) {
  (void)state;
  options_t *options = read_options(
      "<Detector \"d\">\n"
      "<Feature \"cpu\">\nPlugin \"cpu\"\nUnit \"%\"\nNoise 2\n</Feature>\n"
      "<Feature \"mem\">\nPlugin \"memory\"\n</Feature>\n"
      "<Feature \"cpu\">\nPlugin \"kvm\"\n</Feature>\n"
      "</Detector>\n");
  const detector_options_t *d = options->detectors;
  assert_int_equal(d->detector.features_num, 2);
  assert_int_equal(d->selections_num, 3);
  assert_int_equal(d->selections[0].feature, 0);
  assert_int_equal(d->selections[1].feature, 1);
  assert_int_equal(d->selections[2].feature, 0);
  assert_true(selector_match(&d->selections[2].plugin, "kvm"));
  /* what the second does not say stays as the first has it */
  assert_string_equal(d->detector.features[0].unit, "%");
  assert_float_equal(d->detector.features[0].noise, 2, 0);
  options_destroy(options);
}

/* 0 has a meaning of its own: samples are deleted, the size is not limited. */
static void little_is_not_nothing(void **state) {
  (void)state;
  options_t *options = read_options("Retention 0.5\nMaxSize 1e-7\n");
  assert_int_equal(options->retention, 1);
  assert_int_equal(options->max_size, 1);
  options_destroy(options);
}

static void several_blocks_accumulate(void **state) {
  (void)state;
  options_t *options = read_options(
      "MaxHosts 3\n<Detector \"one\">\n<Feature \"f\">\nPlugin \"p\"\n"
      "</Feature>\n</Detector>\n");
  assert_int_equal(read_into(options,
                             "Retention 60\n<Detector \"two\">\n"
                             "<Feature \"f\">\nType \"t\"\n</Feature>\n"
                             "</Detector>\n"),
                   0);
  assert_int_equal(options_complete(options), 0);
  assert_int_equal(options->detectors_num, 2);
  assert_string_equal(options->detectors[0].detector.name, "one");
  assert_string_equal(options->detectors[1].detector.name, "two");
  assert_int_equal(options->max_hosts, 3);
  assert_int_equal(options->retention, 60);
  /* names are unique over all of them */
  assert_int_equal(read_into(options, "<Detector \"one\">\n<Feature \"f\">\n"
                                      "Type \"t\"\n</Feature>\n</Detector>\n"),
                   -1);
  options_destroy(options);
}

static void the_built_in_detector_stands_in(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const char *unit;
  } features[] = {{"cpu", "%"},
                  {"memory", "%"},
                  {"disk", "%"},
                  {"network", "B/s"},
                  {"errors", "/s"}};
  options_t *options = read_options("Retention 5\n");
  assert_int_equal(options->detectors_num, 1);
  const detector_t *d = &options->detectors[0].detector;
  assert_string_equal(d->name, "system");
  assert_null(detector_check(d));
  assert_int_equal(d->features_num, STATIC_ARRAY_SIZE(features));
  for (size_t i = 0; i < d->features_num; i++) {
    assert_string_equal(d->features[i].name, features[i].name);
    assert_string_equal(d->features[i].unit, features[i].unit);
    assert_true(d->features[i].noise > 0);
  }
  options_destroy(options);
}

static void the_built_in_detector_takes_options(void **state) {
  (void)state;
  options_t *builtin = read_options("Retention 5\n");
  options_t *options = read_options("<Detector \"system\">\n"
                                    "FalseAlarms 0.5\n"
                                    "ReportFeatures true\n"
                                    "</Detector>\n");
  assert_int_equal(options->detectors_num, 1);
  const detector_options_t *d = options->detectors;
  assert_true(d->report_features);
  assert_float_equal(d->detector.false_alarms, 0.5, 1e-9);
  assert_int_equal(d->detector.features_num,
                   builtin->detectors[0].detector.features_num);
  assert_int_equal(d->selections_num, builtin->detectors[0].selections_num);
  options_destroy(options);
  options_destroy(builtin);

  /* features of one's own replace it as a whole */
  options = read_options("<Detector \"system\">\n"
                         "<Feature \"load\">\nPlugin \"load\"\n</Feature>\n"
                         "</Detector>\n");
  assert_int_equal(options->detectors[0].detector.features_num, 1);
  options_destroy(options);
}

static void simulate_can_be_switched(void **state) {
  (void)state;
  options_t *options = read_options("Simulate true\n");
  assert_true(options->simulate);
  options_destroy(options);
  options = read_options("Simulate false\n");
  assert_false(options->simulate);
  options_destroy(options);
}

/* --- mistakes --- */

#define IN_DETECTOR(line)                                                      \
  "<Detector \"web\">\n" line "\n<Feature \"cpu\">\nPlugin \"cpu\"\n"          \
  "</Feature>\n</Detector>"
#define IN_FEATURE(line)                                                       \
  "<Detector \"web\">\n<Feature \"cpu\">\nPlugin \"cpu\"\n" line               \
  "\n</Feature>\n</Detector>"
#define NAMED(kind, name)                                                      \
  "<Detector \"" kind "\">\n<Feature \"" name "\">\nPlugin \"cpu\"\n"          \
  "</Feature>\n</Detector>"

#define PLUGIN "<Plugin \"anomaly\">"
#define DETECTOR PLUGIN ", <Detector \"web\">"
#define FEATURE DETECTOR ", <Feature \"cpu\">"

static const struct {
  const char *text;
  const char *place;
  const char *option; /* as it was understood */
  const char *remedy;
} mistakes[] = {
    {"Databse \"x\"", PLUGIN, "Databse \"x\"", "no such option"},
    {"Database 1", PLUGIN, "Database 1", "expects one text"},
    {"Database \"a\" \"b\"", PLUGIN, "Database \"a\" \"b\"", "one text"},
    {"Database \"\"", PLUGIN, "Database \"\"", "path"},
    {"Retention \"1\"", PLUGIN, "Retention \"1\"", "number from 0"},
    {"Retention -1", PLUGIN, "Retention -1", "number from 0"},
    {"Retention nan", PLUGIN, "Retention nan", "number from 0"},
    {"Retention inf", PLUGIN, "Retention inf", "number from 0"},
    {"Retention 1 2", PLUGIN, "Retention 1 2", "one number"},
    {"Retention true", PLUGIN, "Retention true", "number"},
    {"MaxHosts 0", PLUGIN, "MaxHosts 0", "from 1"},
    {"MaxHosts 1.5", PLUGIN, "MaxHosts 1.5", "whole number"},
    {"MaxHosts 1000001", PLUGIN, "MaxHosts", "to 1e+06"},
    {"HostTimeout 59", PLUGIN, "HostTimeout 59", "from 60"},
    {"<Detector>\nTrees 1\n</Detector>", PLUGIN, "Detector", "needs a name"},
    {"<Detector 1>\nTrees 1\n</Detector>", PLUGIN, "Detector 1", "a name"},
    {NAMED("Web", "cpu"), PLUGIN, "Detector \"Web\"", "lower-case"},
    {NAMED("", "cpu"), PLUGIN, "Detector \"\"", "lower-case"},
    {NAMED("w-b", "cpu"), PLUGIN, "Detector \"w-b\"", "lower-case"},
    {NAMED("1w", "cpu"), PLUGIN, "Detector \"1w\"", "lower-case"},
    {NAMED("wéb", "cpu"), PLUGIN, "Detector \"wéb\"", "lower-case"},
    {NAMED("a23456789012345678901234567890123", "cpu"), PLUGIN, "Detector",
     "at most 32"},
    {NAMED("host", "cpu"), PLUGIN, "Detector \"host\"", "reserved"},
    {NAMED("web", "ts"), DETECTOR, "Feature \"ts\"", "reserved"},
    {NAMED("web", "host"), DETECTOR, "Feature \"host\"", "reserved"},
    {NAMED("web", "score"), DETECTOR, "Feature \"score\"", "reserved"},
    {NAMED("web", "threshold"), DETECTOR, "Feature \"threshold\"", "reserved"},
    {NAMED("web", "flagged"), DETECTOR, "Feature \"flagged\"", "reserved"},
    {NAMED("web", "label"), DETECTOR, "Feature \"label\"", "reserved"},
    {NAMED("web_by_ts", "cpu"), PLUGIN, "Detector \"web_by_ts\"", "_by_ts"},
    {NAMED("web_flagged", "cpu"), PLUGIN, "Detector \"web_flagged\"",
     "_flagged"},
    {NAMED("web", "_x"), DETECTOR, "Feature \"_x\"", "lower-case"},
    {"<Detector \"web\">\nTrees 1\n</Detector>", PLUGIN, "Detector \"web\"",
     "add a <Feature>"},
    {NAMED("web", "cpu") "\n" NAMED("web", "cpu"), PLUGIN, "Detector \"web\"",
     "rename"},
    {IN_DETECTOR("Tree 1"), DETECTOR, "Tree 1", "no such option"},
    {IN_DETECTOR("Host \"/(/\""), DETECTOR, "Host \"/(/\"",
     "not a regular expression"},
    {IN_DETECTOR("Host 1"), DETECTOR, "Host 1", "one text"},
    {IN_DETECTOR("FalseAlarms 0"), DETECTOR, "FalseAlarms 0", "number from"},
    {IN_DETECTOR("FalseAlarms 1001"), DETECTOR, "FalseAlarms", "to 1000"},
    {IN_DETECTOR("WarmUp -1"), DETECTOR, "WarmUp -1", "number from 0"},
    {IN_DETECTOR("Window 3599"), DETECTOR, "Window 3599", "from 3600"},
    {IN_DETECTOR("Trees 0"), DETECTOR, "Trees 0", "from 1"},
    {IN_DETECTOR("Trees 1001"), DETECTOR, "Trees 1001", "to 1000"},
    {IN_DETECTOR("SampleSize 1"), DETECTOR, "SampleSize 1", "from 2"},
    {IN_DETECTOR("SampleSize 4097"), DETECTOR, "SampleSize 4097", "to 4096"},
    {IN_DETECTOR("Hits 0"), DETECTOR, "Hits 0", "from 1"},
    {IN_DETECTOR("Hits 1.5"), DETECTOR, "Hits 1.5", "whole number"},
    {IN_DETECTOR("Clear 0"), DETECTOR, "Clear 0", "from 1"},
    {IN_DETECTOR("ReportFeatures \"true\""), DETECTOR,
     "ReportFeatures \"true\"", "true or false"},
    {IN_DETECTOR("Silence 3"), DETECTOR, "Silence 3", "one text"},
    {IN_DETECTOR("Silence \"Sunday\""), DETECTOR, "Silence \"Sunday\"",
     "expects a weekday"},
    {IN_DETECTOR("<Feature>\nPlugin \"x\"\n</Feature>"), DETECTOR, "Feature",
     "needs a name"},
    {"<Detector \"web\">\n<Feature \"cpu\">\nNoise 1\n</Feature>\n</Detector>",
     DETECTOR, "Feature \"cpu\"", "add a Plugin or a Type"},
    {IN_FEATURE("Percent true"), DETECTOR, "Feature \"cpu\"",
     "add the TypeInstance"},
    {IN_FEATURE("Sum true"), FEATURE, "Sum true", "no such option"},
    {IN_FEATURE("Type \"/[/\""), FEATURE, "Type \"/[/\"",
     "not a regular expression"},
    {IN_FEATURE("TypeInstance 1"), FEATURE, "TypeInstance 1", "one text"},
    {IN_FEATURE("Percent 1"), FEATURE, "Percent 1", "true or false"},
    {IN_FEATURE("Invert \"no\""), FEATURE, "Invert \"no\"", "true or false"},
    {IN_FEATURE("IgnoreZero 0"), FEATURE, "IgnoreZero 0", "true or false"},
    {IN_FEATURE("Aggregate \"median\""), FEATURE, "Aggregate \"median\"",
     "\"average\", \"sum\""},
    {IN_FEATURE("Noise -1"), FEATURE, "Noise -1", "number from 0"},
    {IN_FEATURE("Unit 1"), FEATURE, "Unit 1", "one text"},
    {"<Simulate>\nHosts 0\n</Simulate>", PLUGIN ", <Simulate>", "Hosts 0",
     "from 1"},
    {"<Simulate>\nSeed -1\n</Simulate>", PLUGIN ", <Simulate>", "Seed -1",
     "from 0"},
    {"<Simulate>\nBackfill -1\n</Simulate>", PLUGIN ", <Simulate>",
     "Backfill -1", "from 0"},
    {"<Simulate>\nHost 1\n</Simulate>", PLUGIN ", <Simulate>", "Host 1",
     "Hosts, Seed and Backfill"},
    {"Simulate \"yes\"", PLUGIN, "Simulate \"yes\"", "true or false"},
};

/* An error with the place, the option and a remedy; nothing else. */
static void mistakes_are_told(void **state) {
  (void)state;
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(mistakes); i++) {
    fake_reset();
    options_t *options = options_create();
    if (read_into(options, mistakes[i].text) != -1)
      fail_msg("accepted: %s", mistakes[i].text);
    options_destroy(options);
    char start[256];
    snprintf(start, sizeof(start), "anomaly plugin: %s: `%s", mistakes[i].place,
             mistakes[i].option);
    const char *log = fake_log(LOG_ERR);
    if (fake_log_num(LOG_ERR) != 1 || strncmp(log, start, strlen(start)) != 0 ||
        strstr(log, mistakes[i].remedy) == NULL)
      fail_msg("%s\n  %zu error(s), last: %s", mistakes[i].text,
               fake_log_num(LOG_ERR), log);
    assert_int_equal(fake_log_num(LOG_WARNING), 0);
  }
}

static void a_detector_has_at_most_64_features(void **state) {
  (void)state;
  char text[8192] = "<Detector \"d\">\n";
  size_t used = strlen(text);
  for (int i = 0; i <= DETECTOR_FEATURES_MAX; i++)
    used +=
        (size_t)snprintf(text + used, sizeof(text) - used,
                         "<Feature \"f%d\">\nPlugin \"p\"\n</Feature>\n", i);
  snprintf(text + used, sizeof(text) - used, "</Detector>\n");
  fake_reset();
  options_t *options = options_create();
  assert_int_equal(read_into(options, text), -1);
  assert_int_equal(fake_log_num(LOG_ERR), 1);
  assert_non_null(strstr(fake_log(LOG_ERR), "at most 64 features"));
  options_destroy(options);
}

/* Long texts are cut in the message, and harm nobody. */
static void long_texts_are_cut(void **state) {
  (void)state;
  char name[2000], text[4096];
  memset(name, 'x', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  snprintf(text, sizeof(text), "<Detector \"%s\">\nTrees 1\n</Detector>\n",
           name);
  fake_reset();
  options_t *options = options_create();
  assert_int_equal(read_into(options, text), -1);
  assert_int_equal(fake_log_num(LOG_ERR), 1);
  assert_non_null(strstr(fake_log(LOG_ERR), "at most 32"));
  options_destroy(options);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_the_documented_defaults),
      cmocka_unit_test(a_detector_has_the_documented_defaults),
      cmocka_unit_test(reads_every_option),
      cmocka_unit_test(aggregates_have_names),
      cmocka_unit_test(repeated_features_are_alternatives),
      cmocka_unit_test(little_is_not_nothing),
      cmocka_unit_test(several_blocks_accumulate),
      cmocka_unit_test(the_built_in_detector_stands_in),
      cmocka_unit_test(the_built_in_detector_takes_options),
      cmocka_unit_test(simulate_can_be_switched),
      cmocka_unit_test(mistakes_are_told),
      cmocka_unit_test(a_detector_has_at_most_64_features),
      cmocka_unit_test(long_texts_are_cut),
  };
  return cmocka_run_group_tests(tests, NULL, fake_teardown);
}

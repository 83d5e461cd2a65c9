/* SPDX-License-Identifier: MIT */
/*
 * Reads <Plugin anomaly>:
 *
 *   <Plugin anomaly>
 *     Database "/var/lib/collectd/anomaly.db"
 *     Retention 604800
 *     MaxSize 0
 *     MaxHosts 10000
 *     HostTimeout 86400
 *     <Detector "web">
 *       Host "/^web/"
 *       FalseAlarms 0.2
 *       WarmUp 900
 *       Window 604800
 *       Trees 100
 *       SampleSize 256
 *       Hits 1
 *       Clear 3
 *       ReportFeatures false
 *       Silence "Sun 02:00-04:00"
 *       <Feature "cpu">
 *         Plugin "cpu"
 *         PluginInstance "/^[0-9]*$/"
 *         Type "/^(cpu|percent)$/"
 *         TypeInstance "idle"
 *         Percent true
 *         Invert true
 *         Aggregate "average"
 *         Noise 2
 *         Unit "%"
 *       </Feature>
 *     </Detector>
 *     <Simulate>
 *       Hosts 2
 *       Seed 42
 *       Backfill 7200
 *     </Simulate>
 *   </Plugin>
 *
 * Every option is a row of one of the tables below; an option that is wrong
 * stops collectd, since a monitor that silently watches less than it was told
 * to is worse than none.
 */
#include "plugin/collectd/options.h"
#include "plugin/collectd/option.h"
#include "plugin/features/builtin.h"

#include "collectd/core/utils/common/common.h"

#include <errno.h>
#include <strings.h>

/* --- one option ---------------------------------------------------------- */

static int get_selector(const oconfig_item_t *option, selector_t *selector) {
  const char *text = NULL;
  if (option_string(option, &text) != 0)
    return -1;
  char error[128] = "";
  int status = selector_set(selector, text, error, sizeof(error));
  if (status == EINVAL)
    return option_complain(
        option,
        "is not a regular expression: %s. Correct it (regex(7), "
        "extended), or leave the slashes out for a literal text.",
        error);
  return status == 0 ? 0 : option_complain(option, "out of memory.");
}

static int get_silence(const oconfig_item_t *option, silence_t *silence) {
  const char *text = NULL;
  if (option_string(option, &text) != 0)
    return -1;
  int status = silence_add(silence, text);
  if (status == EINVAL)
    return option_complain(
        option, "expects a weekday, two with a hyphen, or \"daily\", then the "
                "time of day: \"Sun 02:00-04:00\", \"Mon-Fri 22:00-06:00\".");
  return status == 0 ? 0 : option_complain(option, "out of memory.");
}

static int get_aggregate(const oconfig_item_t *option, aggregate_t *value) {
  static const char *const names[] = {[AGGREGATE_AVERAGE] = "average",
                                      [AGGREGATE_SUM] = "sum",
                                      [AGGREGATE_MIN] = "min",
                                      [AGGREGATE_MAX] = "max"};
  const char *text = NULL;
  if (option_string(option, &text) != 0)
    return -1;
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(names); i++)
    if (strcasecmp(names[i], text) == 0) {
      *value = (aggregate_t)i;
      return 0;
    }
  return option_complain(option,
                         "expects \"average\", \"sum\", \"min\" or \"max\".");
}

/* The name of a detector or a feature becomes part of identifiers, of table
 * and of column names. */
static int get_name(const oconfig_item_t *block, const char **name) {
  static const char *const reserved[] = {"ts",        "host",    "score",
                                         "threshold", "flagged", "label"};
  if (block->values_num != 1 || block->values[0].type != OCONFIG_TYPE_STRING)
    return option_complain(block, "needs a name: <%s \"name\">.", block->key);
  *name = block->values[0].value.string;
  size_t length = strlen(*name);
  if (length == 0 || length > OPTIONS_NAME_MAX || !islower((*name)[0]) ||
      strspn(*name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
    return option_complain(
        block,
        "a name is a lower-case letter, then letters, digits and "
        "_, at most %d in all.",
        OPTIONS_NAME_MAX);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(reserved); i++)
    if (strcmp(reserved[i], *name) == 0)
      return option_complain(block, "the name is reserved; choose another.");
  return 0;
}

/* --- <Feature> ----------------------------------------------------------- */

static int read_feature_option(const oconfig_item_t *option,
                               selection_t *selection, const char **unit,
                               double *noise) {
  const struct {
    const char *key;
    selector_t *selector;
  } selectors[] = {
      {"Plugin", &selection->plugin},
      {"PluginInstance", &selection->plugin_instance},
      {"IgnorePluginInstance", &selection->ignore_plugin_instance},
      {"Type", &selection->type},
      {"TypeInstance", &selection->type_instance},
      {"DataSource", &selection->data_source},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(selectors); i++)
    if (strcasecmp(selectors[i].key, option->key) == 0)
      return get_selector(option, selectors[i].selector);

  const char *key = option->key;
  if (strcasecmp("Percent", key) == 0)
    return option_boolean(option, &selection->percent);
  if (strcasecmp("Invert", key) == 0)
    return option_boolean(option, &selection->invert);
  if (strcasecmp("IgnoreZero", key) == 0)
    return option_boolean(option, &selection->ignore_zero);
  if (strcasecmp("Aggregate", key) == 0)
    return get_aggregate(option, &selection->aggregate);
  if (strcasecmp("Noise", key) == 0)
    return option_number(option, 0, 1e300, noise);
  if (strcasecmp("Unit", key) == 0)
    return option_string(option, unit);
  return option_complain(option, "<Feature> has no such option; "
                                 "collectd-anomaly(5) lists them.");
}

static int read_feature(const oconfig_item_t *block,
                        detector_options_t *detector) {
  const char *name = NULL;
  if (get_name(block, &name) != 0)
    return -1;
  selection_t *selection = detector_options_select(detector, name);
  if (selection == NULL)
    return errno == E2BIG
               ? option_complain(
                     block,
                     "a detector has at most %d features; make another "
                     "<Detector>.",
                     DETECTOR_FEATURES_MAX)
               : option_complain(block, "out of memory.");

  const char *unit = detector->detector.features[selection->feature].unit;
  double noise = detector->detector.features[selection->feature].noise;
  for (int i = 0; i < block->children_num; i++)
    if (read_feature_option(block->children + i, selection, &unit, &noise) != 0)
      return -1;

  if (selection->plugin.kind == SELECT_ALL &&
      selection->type.kind == SELECT_ALL)
    return option_complain(block,
                           "matches every value there is; add a Plugin or a "
                           "Type to it.");
  if (selection->percent && selection->type_instance.kind == SELECT_ALL)
    return option_complain(
        block, "Percent is the share of a TypeInstance in all of them; "
               "add the TypeInstance, or remove Percent.");
  if (detector_options_describe(detector, selection->feature, unit, noise) != 0)
    return option_complain(block, "out of memory.");
  return 0;
}

/* --- <Detector> ---------------------------------------------------------- */

static int read_detector_option(const oconfig_item_t *option,
                                detector_options_t *detector) {
  detector_t *d = &detector->detector;
  const struct {
    const char *key;
    double min, max;
    double *value;
  } numbers[] = {
      {"FalseAlarms", 1e-3, 1e3, &d->false_alarms},
      {"WarmUp", 0, 1e8, &d->warm_up},
      {"Window", 3600, 1e8, &d->window},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(numbers); i++)
    if (strcasecmp(numbers[i].key, option->key) == 0)
      return option_number(option, numbers[i].min, numbers[i].max,
                           numbers[i].value);

  const struct {
    const char *key;
    double min, max;
    unsigned *value;
  } counts[] = {
      {"Trees", 1, DETECTOR_TREES_MAX, &d->trees},
      {"SampleSize", 2, DETECTOR_SAMPLE_SIZE_MAX, &d->sample_size},
      {"Hits", 1, 1e6, &d->hits},
      {"Clear", 1, 1e6, &d->clear},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(counts); i++)
    if (strcasecmp(counts[i].key, option->key) == 0) {
      double count = 0;
      if (option_count(option, counts[i].min, counts[i].max, &count) != 0)
        return -1;
      *counts[i].value = (unsigned)count;
      return 0;
    }

  if (strcasecmp("Host", option->key) == 0)
    return get_selector(option, &detector->host);
  if (strcasecmp("ReportFeatures", option->key) == 0)
    return option_boolean(option, &detector->report_features);
  if (strcasecmp("Silence", option->key) == 0)
    return get_silence(option, &detector->silence);
  if (strcasecmp("Feature", option->key) == 0)
    return read_feature(option, detector);
  return option_complain(option, "<Detector> has no such option; "
                                 "collectd-anomaly(5) lists them.");
}

static detector_options_t *add_detector(options_t *options) {
  detector_options_t *detectors = realloc(
      options->detectors, (options->detectors_num + 1) * sizeof(*detectors));
  if (detectors == NULL)
    return NULL;
  options->detectors = detectors;
  detector_options_t *added = detectors + options->detectors_num++;
  *added = (detector_options_t)DETECTOR_OPTIONS_INIT;
  return added;
}

static int read_detector(const oconfig_item_t *block, options_t *options) {
  const char *name = NULL;
  if (get_name(block, &name) != 0)
    return -1;
  for (size_t i = 0; i < options->detectors_num; i++)
    if (strcmp(options->detectors[i].detector.name, name) == 0)
      return option_complain(block,
                             "there is one of that name already; rename one.");
  detector_options_t *detector = add_detector(options);
  if (detector == NULL || (detector->detector.name = strdup(name)) == NULL)
    return option_complain(block, "out of memory.");
  for (int i = 0; i < block->children_num; i++)
    if (read_detector_option(block->children + i, detector) != 0)
      return -1;
  if (detector->detector.features_num == 0 && strcmp(name, BUILTIN_NAME) != 0)
    return option_complain(block, "watches nothing; add a <Feature> to it.");
  if (detector->detector.features_num == 0 && builtin_features(detector) != 0)
    return option_complain(block, "out of memory.");
  const char *wrong = detector_check(&detector->detector);
  return wrong == NULL ? 0 : option_complain(block, "%s.", wrong);
}

/* --- <Simulate> and <Plugin> --------------------------------------------- */

static int read_simulate(const oconfig_item_t *block, options_t *options) {
  options->simulate = true;
  if (block->values_num > 0) /* "Simulate true": a block may not be empty */
    return option_boolean(block, &options->simulate);
  for (int i = 0; i < block->children_num; i++) {
    const oconfig_item_t *option = block->children + i;
    double number = 0;
    if (strcasecmp("Hosts", option->key) == 0) {
      if (option_count(option, 1, 100000, &number) != 0)
        return -1;
      options->simulator.hosts = (unsigned)number;
    } else if (strcasecmp("Seed", option->key) == 0) {
      if (option_count(option, 0, 9007199254740992.0, &number) != 0)
        return -1;
      options->simulator.seed = (uint64_t)number;
    } else if (strcasecmp("Backfill", option->key) == 0) {
      if (option_number(option, 0, 31622400, &options->simulator.backfill) != 0)
        return -1;
    } else
      return option_complain(option,
                             "<Simulate> knows Hosts, Seed and Backfill only.");
  }
  return 0;
}

static int read_database(const oconfig_item_t *option, options_t *options) {
  const char *path = NULL;
  if (option_string(option, &path) != 0)
    return -1;
  if (path[0] == '\0')
    return option_complain(option, "expects the path of a file.");
  char *copy = strdup(path);
  if (copy == NULL)
    return option_complain(option, "out of memory.");
  free(options->database);
  options->database = copy;
  return 0;
}

static int read_option(const oconfig_item_t *option, options_t *options) {
  double number = 0;
  if (strcasecmp("Database", option->key) == 0)
    return read_database(option, options);
  if (strcasecmp("Retention", option->key) == 0) {
    if (option_number(option, 0, 1e9, &number) != 0)
      return -1;
    options->retention = (int64_t)number;
    return 0;
  }
  if (strcasecmp("MaxSize", option->key) == 0) {
    if (option_number(option, 0, 1e9, &number) != 0)
      return -1;
    options->max_size = (int64_t)(number * (1 << 20));
    return 0;
  }
  if (strcasecmp("MaxHosts", option->key) == 0) {
    if (option_count(option, 1, 1000000, &number) != 0)
      return -1;
    options->max_hosts = (size_t)number;
    return 0;
  }
  if (strcasecmp("HostTimeout", option->key) == 0) {
    if (option_number(option, 60, 1e9, &number) != 0)
      return -1;
    options->host_timeout = DOUBLE_TO_CDTIME_T(number);
    return 0;
  }
  if (strcasecmp("Detector", option->key) == 0)
    return read_detector(option, options);
  if (strcasecmp("Simulate", option->key) == 0)
    return read_simulate(option, options);
  return option_complain(option, "the plugin has no such option; "
                                 "collectd-anomaly(5) lists them.");
}

int options_read(options_t *options, oconfig_item_t *block) {
  block->parent = NULL;
  option_set_parents(block);
  for (int i = 0; i < block->children_num; i++)
    if (read_option(block->children + i, options) != 0)
      return -1;
  return 0;
}

/* --- the whole ----------------------------------------------------------- */

options_t *options_create(void) {
  options_t *options = calloc(1, sizeof(*options));
  if (options == NULL)
    return NULL;
  *options = (options_t){
      .database = strdup("/var/lib/collectd/anomaly.db"),
      .retention = 604800,
      .max_hosts = 10000,
      .host_timeout = TIME_T_TO_CDTIME_T(86400),
      .simulator = SIMULATOR_OPTIONS_INIT,
  };
  if (options->database == NULL) {
    free(options);
    return NULL;
  }
  return options;
}

int options_complete(options_t *options) {
  if (options->detectors_num > 0)
    return 0;
  detector_options_t *detector = add_detector(options);
  if (detector == NULL ||
      (detector->detector.name = strdup(BUILTIN_NAME)) == NULL)
    return ENOMEM;
  return builtin_features(detector);
}

void options_destroy(options_t *options) {
  if (options == NULL)
    return;
  for (size_t i = 0; i < options->detectors_num; i++)
    detector_options_clear(options->detectors + i);
  free(options->detectors);
  free(options->database);
  free(options);
}

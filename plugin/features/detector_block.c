/* SPDX-License-Identifier: MIT */
/*
 * Reads <Detector>:
 *
 *   <Detector "web">
 *     Host "/^web/"
 *     FalseAlarms 0.2
 *     WarmUp 900
 *     Window 604800
 *     Trees 100
 *     SampleSize 256
 *     Hits 1
 *     Clear 3
 *     ReportFeatures false
 *     Silence "Sun 02:00-04:00"
 *     <Feature "cpu">
 *       Plugin "cpu"
 *       PluginInstance "/^[0-9]*$/"
 *       Type "/^(cpu|percent)$/"
 *       TypeInstance "idle"
 *       Percent true
 *       Invert true
 *       Aggregate "average"
 *       Noise 2
 *       Unit "%"
 *     </Feature>
 *   </Detector>
 */
#include "plugin/features/detector_block.h"

#include "plugin/features/builtin.h"
#include "plugin/features/option.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* --- one option ---------------------------------------------------------- */

static int get_selector(const config_item_t *option, selector_t *selector) {
  const char *text = NULL;
  if (option_string(option, &text) != 0)
    return -1;
  char error[128] = "";
  int status = selector_set(selector, text, error, sizeof(error));
  if (status == EINVAL)
    return option_complain(
        option,
        "is not a regular expression: %s. Correct it "
        "(pcre2pattern(3)), or leave the slashes out for a literal text.",
        error);
  return status == 0 ? 0 : option_complain(option, "out of memory.");
}

static int get_silence(const config_item_t *option, silence_t *silence) {
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

static int get_aggregate(const config_item_t *option, aggregate_t *value) {
  static const char *const names[] = {[AGGREGATE_AVERAGE] = "average",
                                      [AGGREGATE_SUM] = "sum",
                                      [AGGREGATE_MIN] = "min",
                                      [AGGREGATE_MAX] = "max"};
  const char *text = NULL;
  if (option_string(option, &text) != 0)
    return -1;
  for (size_t i = 0; i < SIZE(names); i++)
    if (strcasecmp(names[i], text) == 0) {
      *value = (aggregate_t)i;
      return 0;
    }
  return option_complain(option,
                         "expects \"average\", \"sum\", \"min\" or \"max\".");
}

/* The name of a detector or a feature becomes part of identifiers, of table
 * and of column names. */
static int get_name(const config_item_t *block, const char **name) {
  static const char *const reserved[] = {"ts",        "host",    "score",
                                         "threshold", "flagged", "label"};
  if (block->values_num != 1 || block->values[0].type != CONFIG_STRING)
    return option_complain(block, "needs a name: <%s \"name\">.", block->key);
  *name = block->values[0].value.string;
  size_t length = strlen(*name);
  if (length == 0 || length > DETECTOR_NAME_MAX || !islower((*name)[0]) ||
      strspn(*name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
    return option_complain(
        block,
        "a name is a lower-case letter, then letters, digits and "
        "_, at most %d in all.",
        DETECTOR_NAME_MAX);
  for (size_t i = 0; i < SIZE(reserved); i++)
    if (strcmp(reserved[i], *name) == 0)
      return option_complain(block, "the name is reserved; choose another.");
  return 0;
}

/* Tables are called after detectors, and their indices after tables. */
static bool is_index(const char *name) {
  static const char *const endings[] = {"_by_ts", "_flagged"};
  size_t length = strlen(name);
  for (size_t i = 0; i < SIZE(endings); i++) {
    size_t ending = strlen(endings[i]);
    if (length > ending && strcmp(name + length - ending, endings[i]) == 0)
      return true;
  }
  return false;
}

/* --- <Feature> ----------------------------------------------------------- */

static int read_feature_option(const config_item_t *option,
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
  for (size_t i = 0; i < SIZE(selectors); i++)
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

static int read_feature(const config_item_t *block,
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
  for (size_t i = 0; i < block->children_num; i++)
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

static int read_detector_option(const config_item_t *option,
                                detector_options_t *detector) {
  detector_t *d = &detector->detector;
  const struct {
    const char *key;
    double min, max;
    double *value;
  } numbers[] = {
      {"FalseAlarms", 1e-3, 1e3, &d->false_alarms},
      {"WarmUp", 0, 1e8, &d->warm_up},
      {"Window", 3600, DETECTOR_WINDOW_MAX, &d->window},
  };
  for (size_t i = 0; i < SIZE(numbers); i++)
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
  for (size_t i = 0; i < SIZE(counts); i++)
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

static detector_options_t *add_detector(detector_options_t **detectors,
                                        size_t *num, const char *name) {
  detector_options_t *grown = realloc(*detectors, (*num + 1) * sizeof(*grown));
  if (grown == NULL)
    return NULL;
  *detectors = grown;
  detector_options_t *added = grown + (*num)++;
  *added = (detector_options_t)DETECTOR_OPTIONS_INIT;
  added->detector.name = strdup(name);
  return added->detector.name == NULL ? NULL : added;
}

int detector_block_read(const config_item_t *block,
                        detector_options_t **detectors, size_t *num) {
  const char *name = NULL;
  if (get_name(block, &name) != 0)
    return -1;
  if (is_index(name))
    return option_complain(block, "a detector's name may not end in _by_ts or "
                                  "_flagged; choose another.");
  for (size_t i = 0; i < *num; i++)
    if (strcmp((*detectors)[i].detector.name, name) == 0)
      return option_complain(block,
                             "there is one of that name already; rename one.");
  detector_options_t *detector = add_detector(detectors, num, name);
  if (detector == NULL)
    return option_complain(block, "out of memory.");
  for (size_t i = 0; i < block->children_num; i++)
    if (read_detector_option(block->children + i, detector) != 0)
      return -1;
  if (detector->detector.features_num == 0 && strcmp(name, BUILTIN_NAME) != 0)
    return option_complain(block, "watches nothing; add a <Feature> to it.");
  if (detector->detector.features_num == 0 && builtin_features(detector) != 0)
    return option_complain(block, "out of memory.");
  const char *wrong = detector_check(&detector->detector);
  return wrong == NULL ? 0 : option_complain(block, "%s.", wrong);
}

int detector_block_default(detector_options_t **detectors, size_t *num) {
  if (*num > 0)
    return 0;
  detector_options_t *detector = add_detector(detectors, num, BUILTIN_NAME);
  return detector == NULL ? ENOMEM : builtin_features(detector);
}

/* SPDX-License-Identifier: MIT */
/* The detectors: see the header. */
#include "config.h"

#include "plugin/replay/detectors.h"

#include "plugin/features/builtin.h"
#include "plugin/features/detector_block.h"
#include "plugin/replay/complain.h"
#include "plugin/replay/config_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int complain_memory(void) {
  complain("out of memory");
  return -1;
}

/* --noise and --unit. */
static int describe(detector_options_t *detector,
                    const option_feature_t *option) {
  const detector_feature_t *features = detector->detector.features;
  for (size_t i = 0; i < detector->detector.features_num; i++)
    if (strcmp(features[i].name, option->feature) == 0)
      return detector_options_describe(
                 detector, i,
                 option->unit != NULL ? option->unit : features[i].unit,
                 option->unit != NULL ? features[i].noise : option->noise) == 0
                 ? 0
                 : complain_memory();
  complain("--%s %s: the detector has no such feature: correct its name",
           option->unit != NULL ? "unit" : "noise", option->feature);
  return -1;
}

static int make_builtin(detector_options_t *detector,
                        const options_t *options) {
  *detector = (detector_options_t)DETECTOR_OPTIONS_INIT;
  detector->detector = options->detector;
  detector->detector.name = strdup(BUILTIN_NAME);
  if (detector->detector.name == NULL || builtin_features(detector) != 0)
    return complain_memory();
  for (size_t i = 0; i < options->features_num; i++)
    if (describe(detector, options->features + i) != 0)
      return -1;
  const char *wrong = detector_check(&detector->detector);
  if (wrong != NULL)
    complain("%s", wrong);
  return wrong == NULL ? 0 : -1;
}

static bool is_plugin(const config_item_t *item, const char *name) {
  return strcasecmp(item->key, "Plugin") == 0 && item->values_num == 1 &&
         item->values[0].type == CONFIG_STRING &&
         strcasecmp(item->values[0].value.string, name) == 0;
}

/* The <Detector> blocks of <Plugin anomaly>; its other options are about the
 * daemon. */
static int read_blocks(detectors_t *detectors, const char *file,
                       const config_item_t *root) {
  bool found = false;
  for (size_t i = 0; i < root->children_num; i++) {
    const config_item_t *plugin = root->children + i;
    if (!is_plugin(plugin, "anomaly"))
      continue;
    found = true;
    for (size_t j = 0; j < plugin->children_num; j++)
      if (strcasecmp(plugin->children[j].key, "Detector") == 0 &&
          detector_block_read(plugin->children + j, &detectors->items,
                              &detectors->num) != 0)
        return -1;
  }
  if (found)
    return detector_block_default(&detectors->items, &detectors->num) == 0
               ? 0
               : complain_memory();
  complain("%s: there is no <Plugin anomaly>: give the file that has it, since "
           "Include is not followed",
           file);
  return -1;
}

static int read_config(detectors_t *detectors, const char *file) {
  config_item_t root;
  int status = config_file_read(file, &root);
  if (status == 0)
    status = read_blocks(detectors, file, &root);
  config_clear(&root);
  return status;
}

int detectors_make(detectors_t *detectors, const options_t *options) {
  if (options->config != NULL)
    return read_config(detectors, options->config);
  detectors->items = calloc(1, sizeof(*detectors->items));
  if (detectors->items == NULL)
    return complain_memory();
  detectors->num = 1;
  return make_builtin(detectors->items, options);
}

void detectors_clear(detectors_t *detectors) {
  for (size_t i = 0; i < detectors->num; i++)
    detector_options_clear(detectors->items + i);
  free(detectors->items);
  *detectors = (detectors_t){0};
}

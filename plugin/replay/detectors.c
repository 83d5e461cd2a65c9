/* SPDX-License-Identifier: MIT */
/* The detectors: see the header. */
#include "config.h"

#include "plugin/replay/detectors.h"

#include "plugin/features/builtin.h"
#include "plugin/replay/complain.h"

#include <stdlib.h>
#include <string.h>

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

int detectors_make(detectors_t *detectors, const options_t *options) {
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

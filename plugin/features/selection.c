/* SPDX-License-Identifier: MIT */
/* What a detector watches: see the header. */
#include "plugin/features/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

selection_t *detector_options_select(detector_options_t *detector,
                                     const char *name) {
  detector_t *d = &detector->detector;
  detector_feature_t *features = (detector_feature_t *)d->features;
  size_t f = 0;
  while (f < d->features_num && strcmp(features[f].name, name) != 0)
    f++;
  if (f == DETECTOR_FEATURES_MAX) {
    errno = E2BIG;
    return NULL;
  }
  if (f == d->features_num) {
    features = realloc(features, (f + 1) * sizeof(*features));
    if (features == NULL)
      return NULL;
    d->features = features;
    features[f] = (detector_feature_t){.name = strdup(name)};
    features[f].unit = strdup("");
    if (features[f].name == NULL || features[f].unit == NULL) {
      free((char *)features[f].name);
      free((char *)features[f].unit);
      return NULL;
    }
    d->features_num++;
  }
  selection_t *selections =
      realloc(detector->selections,
              (detector->selections_num + 1) * sizeof(*selections));
  if (selections == NULL)
    return NULL;
  detector->selections = selections;
  selection_t *added = selections + detector->selections_num++;
  *added = (selection_t){.feature = f,
                         .plugin = SELECTOR_ALL,
                         .plugin_instance = SELECTOR_ALL,
                         .ignore_plugin_instance = SELECTOR_NONE,
                         .type = SELECTOR_ALL,
                         .type_instance = SELECTOR_ALL,
                         .data_source = SELECTOR_ALL};
  return added;
}

int detector_options_describe(detector_options_t *detector, size_t feature,
                              const char *unit, double noise) {
  detector_feature_t *f =
      (detector_feature_t *)detector->detector.features + feature;
  char *copy = strdup(unit);
  if (copy == NULL)
    return ENOMEM;
  free((char *)f->unit);
  f->unit = copy;
  f->noise = noise;
  return 0;
}

static void clear_selection(selection_t *selection) {
  selector_clear(&selection->plugin);
  selector_clear(&selection->plugin_instance);
  selector_clear(&selection->ignore_plugin_instance);
  selector_clear(&selection->type);
  selector_clear(&selection->type_instance);
  selector_clear(&selection->data_source);
}

void detector_options_clear(detector_options_t *detector) {
  for (size_t i = 0; i < detector->selections_num; i++)
    clear_selection(detector->selections + i);
  free(detector->selections);
  for (size_t i = 0; i < detector->detector.features_num; i++) {
    free((char *)detector->detector.features[i].name);
    free((char *)detector->detector.features[i].unit);
  }
  free((detector_feature_t *)detector->detector.features);
  free((char *)detector->detector.name);
  selector_clear(&detector->host);
  silence_clear(&detector->silence);
}

/* SPDX-License-Identifier: MIT */
/* Matching: see the header. */
#include "plugin/features/match.h"

#include <errno.h>
#include <stdlib.h>

typedef struct {
  use_t *uses;
  size_t num;
  size_t max;
} use_list_t;

static int append(use_list_t *list, use_t use) {
  if (list->num == list->max) {
    size_t max = list->max == 0 ? 4 : 2 * list->max;
    use_t *uses = realloc(list->uses, max * sizeof(*uses));
    if (uses == NULL)
      return ENOMEM;
    list->uses = uses;
    list->max = max;
  }
  list->uses[list->num++] = use;
  return 0;
}

/* Whether the selection takes it in; *selected: and not only for the whole. */
static bool matches(const selection_t *s, const metric_t *metric,
                    bool *selected) {
  if (!selector_match(&s->plugin, metric->plugin) ||
      !selector_match(&s->plugin_instance, metric->plugin_instance) ||
      selector_match(&s->ignore_plugin_instance, metric->plugin_instance) ||
      !selector_match(&s->type, metric->type))
    return false;
  *selected = selector_match(&s->type_instance, metric->type_instance);
  return *selected || s->percent;
}

bool match_identifier(const detector_options_t *detectors, size_t detectors_num,
                      const metric_t *metric) {
  bool selected = false;
  for (size_t i = 0; i < detectors_num; i++)
    for (size_t j = 0; j < detectors[i].selections_num; j++)
      if (matches(detectors[i].selections + j, metric, &selected))
        return true;
  return false;
}

static int match_selection(use_list_t *list, use_t use, const selection_t *s,
                           const metric_t *metric) {
  if (!matches(s, metric, &use.selected))
    return 0;
  for (size_t i = 0; i < metric->sources_num; i++) {
    const source_t *source = metric->sources + i;
    use.source = (uint32_t)i;
    use.kind = source->kind;
    use.min = source->min;
    use.max = source->max;
    if (selector_match(&s->data_source, source->name) && append(list, use) != 0)
      return ENOMEM;
  }
  return 0;
}

int match_metric(const detector_options_t *detectors, size_t detectors_num,
                 const metric_t *metric, use_t **uses, size_t *uses_num) {
  use_list_t list = {0};
  for (size_t i = 0; i < detectors_num; i++)
    for (size_t j = 0; j < detectors[i].selections_num; j++) {
      use_t use = {.detector = (uint32_t)i, .selection = (uint32_t)j};
      if (match_selection(&list, use, detectors[i].selections + j, metric) !=
          0) {
        free(list.uses);
        return ENOMEM;
      }
    }
  *uses = list.uses;
  *uses_num = list.num;
  return 0;
}

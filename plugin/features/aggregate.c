/* SPDX-License-Identifier: MIT */
/* Groups of rates and what becomes of them: see the header. */
#include "plugin/features/aggregate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *plugin_instance;
  uint32_t selection;
  bool ever; /* something other than 0 has been selected, in any frame */

  /* of the current frame */
  size_t selected_num;
  double selected;
  double whole;
} group_t;

/* What a frame's groups of one selection come to. */
typedef struct {
  size_t groups_num;
  double sum, min, max; /* of the groups' numbers */
  double selected;      /* of all groups together */
  double whole;
} total_t;

struct aggregate_set_s {
  const detector_options_t *options;
  total_t *totals; /* one a selection */
  group_t *groups;
  size_t groups_num;
  size_t groups_max;
  /* valid between aggregate_keep_none() and the next new group */
  uint32_t *moved; /* groups_max of them; 0: not kept, else new number + 1 */
};

aggregate_set_t *aggregate_set_create(const detector_options_t *options) {
  aggregate_set_t *set = calloc(1, sizeof(*set));
  if (set == NULL)
    return NULL;
  set->options = options;
  set->totals = calloc(options->selections_num, sizeof(*set->totals));
  if (set->totals == NULL) {
    free(set);
    return NULL;
  }
  return set;
}

void aggregate_set_destroy(aggregate_set_t *set) {
  if (set == NULL)
    return;
  for (size_t i = 0; i < set->groups_num; i++)
    free(set->groups[i].plugin_instance);
  free(set->groups);
  free(set->moved);
  free(set->totals);
  free(set);
}

static int reserve(aggregate_set_t *set) {
  if (set->groups_num < set->groups_max)
    return 0;
  size_t max = set->groups_max == 0 ? 8 : 2 * set->groups_max;
  group_t *groups = realloc(set->groups, max * sizeof(*groups));
  if (groups == NULL)
    return ENOMEM;
  set->groups = groups;
  uint32_t *moved = realloc(set->moved, max * sizeof(*moved));
  if (moved == NULL)
    return ENOMEM;
  set->moved = moved;
  set->groups_max = max;
  return 0;
}

/* A linear search: it is made once a series and host. */
int aggregate_group(aggregate_set_t *set, uint32_t selection,
                    const char *plugin_instance, uint32_t *group) {
  for (size_t i = 0; i < set->groups_num; i++)
    if (set->groups[i].selection == selection &&
        strcmp(set->groups[i].plugin_instance, plugin_instance) == 0) {
      *group = (uint32_t)i;
      return 0;
    }
  if (reserve(set) != 0)
    return ENOMEM;
  char *copy = strdup(plugin_instance);
  if (copy == NULL)
    return ENOMEM;
  set->groups[set->groups_num] =
      (group_t){.plugin_instance = copy, .selection = selection};
  *group = (uint32_t)set->groups_num++;
  return 0;
}

void aggregate_begin(aggregate_set_t *set) {
  for (size_t i = 0; i < set->groups_num; i++) {
    set->groups[i].selected_num = 0;
    set->groups[i].selected = 0;
    set->groups[i].whole = 0;
  }
}

void aggregate_add(aggregate_set_t *set, uint32_t group, bool selected,
                   double rate) {
  group_t *g = set->groups + group;
  g->whole += rate;
  if (!selected)
    return;
  g->selected += rate;
  g->selected_num++;
  g->ever = g->ever || rate != 0;
}

static void add_group(total_t *total, const selection_t *selection,
                      const group_t *group) {
  if (group->selected_num == 0 || (selection->ignore_zero && !group->ever))
    return;
  double number = group->selected;
  if (selection->percent) {
    if (!(group->whole > 0))
      return;
    number = 100 * (group->selected / group->whole);
  }
  total->min = total->groups_num == 0 ? number : fmin(total->min, number);
  total->max = total->groups_num == 0 ? number : fmax(total->max, number);
  total->sum += number;
  total->selected += group->selected;
  total->whole += group->whole;
  total->groups_num++;
}

static double finish(const total_t *total, const selection_t *selection) {
  if (total->groups_num == 0)
    return NAN;
  double number = NAN;
  switch (selection->aggregate) {
  case AGGREGATE_AVERAGE:
    number = total->sum / (double)total->groups_num;
    break;
  case AGGREGATE_SUM: /* a share of all of them together */
    number = selection->percent ? 100 * (total->selected / total->whole)
                                : total->sum;
    break;
  case AGGREGATE_MIN:
    number = total->min;
    break;
  case AGGREGATE_MAX:
    number = total->max;
    break;
  }
  if (!isfinite(number)) /* a sum beyond all numbers */
    return NAN;
  return selection->invert ? 100 - number : number;
}

void aggregate_end(aggregate_set_t *set, double *values) {
  const detector_options_t *options = set->options;
  memset(set->totals, 0, options->selections_num * sizeof(*set->totals));
  for (size_t i = 0; i < set->groups_num; i++) {
    const group_t *group = set->groups + i;
    add_group(set->totals + group->selection,
              options->selections + group->selection, group);
  }
  for (size_t i = 0; i < options->detector.features_num; i++)
    values[i] = NAN;
  for (size_t i = 0; i < options->selections_num; i++) {
    const selection_t *selection = options->selections + i;
    if (isnan(values[selection->feature]))
      values[selection->feature] = finish(set->totals + i, selection);
  }
}

void aggregate_keep_none(aggregate_set_t *set) {
  if (set->groups_max > 0)
    memset(set->moved, 0, set->groups_max * sizeof(*set->moved));
}

void aggregate_keep(aggregate_set_t *set, uint32_t group) {
  set->moved[group] = 1;
}

void aggregate_compact(aggregate_set_t *set) {
  size_t kept = 0;
  for (size_t i = 0; i < set->groups_num; i++) {
    if (set->moved[i] == 0) {
      free(set->groups[i].plugin_instance);
      continue;
    }
    set->groups[kept++] = set->groups[i];
    set->moved[i] = (uint32_t)kept;
  }
  set->groups_num = kept;
}

uint32_t aggregate_moved(const aggregate_set_t *set, uint32_t group) {
  return set->moved[group] - 1;
}

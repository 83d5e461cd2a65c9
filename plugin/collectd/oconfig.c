/* SPDX-License-Identifier: MIT */
/* collectd's tree becomes ours: see the header. */
#include "plugin/collectd/oconfig.h"

#include <stdlib.h>
#include <string.h>

static bool copy_value(const oconfig_value_t *from, config_value_t *to) {
  switch (from->type) {
  case OCONFIG_TYPE_STRING:
    *to = (config_value_t){.type = CONFIG_STRING,
                           .value.string = strdup(from->value.string)};
    return to->value.string != NULL;
  case OCONFIG_TYPE_NUMBER:
    *to = (config_value_t){.type = CONFIG_NUMBER,
                           .value.number = from->value.number};
    return true;
  default:
    *to = (config_value_t){.type = CONFIG_BOOLEAN,
                           .value.boolean = from->value.boolean != 0};
    return true;
  }
}

/* What has been copied so far can be cleared when it fails. */
static bool copy(const oconfig_item_t *from, config_item_t *to) {
  *to = (config_item_t){.key = strdup(from->key)};
  to->values = calloc((size_t)from->values_num + 1, sizeof(*to->values));
  to->children = calloc((size_t)from->children_num + 1, sizeof(*to->children));
  if (to->key == NULL || to->values == NULL || to->children == NULL)
    return false;
  for (int i = 0; i < from->values_num; i++)
    if (!copy_value(from->values + i, to->values + to->values_num++))
      return false;
  for (int i = 0; i < from->children_num; i++)
    if (!copy(from->children + i, to->children + to->children_num++))
      return false;
  return true;
}

config_item_t *oconfig_convert(const oconfig_item_t *block,
                               const config_origin_t *origin) {
  config_item_t *root = calloc(1, sizeof(*root));
  if (root == NULL)
    return NULL;
  if (!copy(block, root)) {
    config_clear(root);
    free(root);
    return NULL;
  }
  config_link(root, origin);
  return root;
}

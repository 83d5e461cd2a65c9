/* SPDX-License-Identifier: MIT */
/* Trees of configurations: see the header. */
#include "plugin/features/config_tree.h"

#include <stdlib.h>

void config_link(config_item_t *root, const config_origin_t *origin) {
  root->origin = origin;
  for (size_t i = 0; i < root->children_num; i++) {
    root->children[i].parent = root;
    config_link(root->children + i, origin);
  }
}

void config_clear(config_item_t *item) {
  for (size_t i = 0; i < item->children_num; i++)
    config_clear(item->children + i);
  for (size_t i = 0; i < item->values_num; i++)
    if (item->values[i].type == CONFIG_STRING)
      free(item->values[i].value.string);
  free(item->children);
  free(item->values);
  free(item->key);
  *item = (config_item_t){0};
}

/* SPDX-License-Identifier: MIT */
/*
 * config_tree.h -- what a configuration file says, as a tree
 *
 * The same for what collectd's parser has read and for what anomaly-replay
 * reads itself. An item is an option with its values, or a block with children
 * too.
 */
#ifndef ANOMALY_CONFIG_TREE_H
#define ANOMALY_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  CONFIG_STRING,
  CONFIG_NUMBER,
  CONFIG_BOOLEAN,
} config_type_t;

typedef struct {
  config_type_t type;
  union {
    char *string;
    double number;
    bool boolean;
  } value;
} config_value_t;

/* Where a tree comes from, and who is told what is wrong with it. */
typedef struct {
  const char *file; /* NULL: unknown, as are the lines */
  void (*complain)(const char *message);
} config_origin_t;

typedef struct config_item_s config_item_t;
struct config_item_s {
  char *key;
  config_value_t *values;
  size_t values_num;
  config_item_t *children;
  size_t children_num;
  size_t line; /* in the file */
  /* by config_link() */
  const config_item_t *parent;
  const config_origin_t *origin;
};

/* Tells all of a tree where they belong, once it stays where it is. */
void config_link(config_item_t *root, const config_origin_t *origin);

/* Frees what an item holds. */
void config_clear(config_item_t *item);

#endif /* ANOMALY_CONFIG_TREE_H */

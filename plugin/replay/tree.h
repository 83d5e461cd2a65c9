/* SPDX-License-Identifier: MIT */
/*
 * tree.h -- the directory that collectd's csv and rrdtool plugins write
 *
 *     DIR/HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]-YYYY-MM-DD
 *     DIR/HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE].rrd
 *
 * Nothing is looked for at any other depth, and nothing but regular files.
 */
#ifndef ANOMALY_REPLAY_TREE_H
#define ANOMALY_REPLAY_TREE_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
  TREE_CSV,
  TREE_RRD,
} tree_format_t;

/* One series of a host. */
typedef struct {
  char *plugin; /* the parts of the identifier; "": no instance */
  char *plugin_instance;
  char *type;
  char *type_instance;
  char *path;     /* but for what the format puts behind it */
  uint32_t *days; /* YYYYMMDD, ascending; of TREE_CSV */
  size_t days_num;
} tree_series_t;

typedef struct {
  tree_series_t *series; /* by plugin, then type */
  size_t series_num;
} tree_host_t;

/* The names of DIR's hosts, in order: a list that ends with NULL, to be freed
 * by tree_free_hosts(). NULL: complained, also when there is none. */
char **tree_hosts(const char *dir);
void tree_free_hosts(char **hosts);

/* The series of a host; there may be none. 0, or -1: complained. */
int tree_read(const char *dir, const char *host, tree_format_t format,
              tree_host_t *tree);
void tree_clear(tree_host_t *tree);

#endif /* ANOMALY_REPLAY_TREE_H */

/* SPDX-License-Identifier: MIT */
/* The directory that collectd writes: see the header. */
#include "config.h"

#include "plugin/replay/tree.h"

#include "plugin/replay/complain.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_LENGTH strlen("-2026-01-31")

static int complain_memory(void) {
  complain("out of memory");
  return -1;
}

static int no_dots(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void free_entries(struct dirent **entries, int num) {
  for (int i = 0; i < num; i++)
    free(entries[i]);
  free(entries);
}

/* stat(2)'s type of DIR/NAME; 0: there is none (any more). */
static mode_t file_type(const char *dir, const char *name) {
  char *path = NULL;
  struct stat status = {0};
  if (asprintf(&path, "%s/%s", dir, name) >= 0) {
    if (stat(path, &status) != 0)
      status.st_mode = 0;
    free(path);
  }
  return status.st_mode & S_IFMT;
}

/* --- hosts --------------------------------------------------------------- */

char **tree_hosts(const char *dir) {
  struct dirent **entries = NULL;
  int num = scandir(dir, &entries, no_dots, by_name);
  if (num < 0) {
    complain("%s: %s: give the DataDir of collectd's csv or rrdtool plugin",
             dir, strerror(errno));
    return NULL;
  }
  char **hosts = calloc((size_t)num + 1, sizeof(*hosts));
  size_t hosts_num = 0;
  for (int i = 0; hosts != NULL && i < num; i++) {
    if (file_type(dir, entries[i]->d_name) != S_IFDIR)
      continue;
    hosts[hosts_num] = strdup(entries[i]->d_name);
    if (hosts[hosts_num++] == NULL) {
      tree_free_hosts(hosts);
      hosts = NULL;
    }
  }
  free_entries(entries, num);
  if (hosts == NULL)
    complain_memory();
  else if (hosts_num == 0) {
    complain("%s: holds no directory of a host: give the DataDir of "
             "collectd's csv or rrdtool plugin",
             dir);
    tree_free_hosts(hosts);
    hosts = NULL;
  }
  return hosts;
}

void tree_free_hosts(char **hosts) {
  for (size_t i = 0; hosts != NULL && hosts[i] != NULL; i++)
    free(hosts[i]);
  free(hosts);
}

/* --- names --------------------------------------------------------------- */

/* "-2026-01-31" as 20260131; 0: it is no day. */
static uint32_t parse_day(const char *text) {
  uint32_t day = 0;
  for (size_t i = 0; i < DAY_LENGTH; i++) {
    bool dash = i == 0 || i == 5 || i == 8;
    if (dash ? text[i] != '-' : !isdigit((unsigned char)text[i]))
      return 0;
    if (!dash)
      day = 10 * day + (uint32_t)(text[i] - '0');
  }
  return day;
}

/* How much of a file's name is the type and its instance; 0: it is not ours.
 * *day is 0 for a format without. */
static size_t parse_name(const char *name, tree_format_t format,
                         uint32_t *day) {
  size_t length = strlen(name);
  size_t ending = format == TREE_CSV ? DAY_LENGTH : strlen(".rrd");
  *day = 0;
  if (length <= ending)
    return 0;
  if (format == TREE_CSV)
    *day = parse_day(name + length - ending);
  bool ours =
      format == TREE_CSV ? *day != 0 : !strcmp(name + length - ending, ".rrd");
  return ours ? length - ending : 0;
}

/* "NAME-INSTANCE", or "NAME". */
static bool split(const char *text, size_t length, char **name,
                  char **instance) {
  const char *dash = memchr(text, '-', length);
  size_t name_length = dash == NULL ? length : (size_t)(dash - text);
  *name = strndup(text, name_length);
  *instance =
      dash == NULL ? strdup("") : strndup(dash + 1, length - name_length - 1);
  return *name != NULL && *instance != NULL;
}

/* --- series -------------------------------------------------------------- */

static void clear_series(tree_series_t *series) {
  free(series->plugin);
  free(series->plugin_instance);
  free(series->type);
  free(series->type_instance);
  free(series->path);
  free(series->days);
}

void tree_clear(tree_host_t *tree) {
  for (size_t i = 0; i < tree->series_num; i++)
    clear_series(tree->series + i);
  free(tree->series);
  *tree = (tree_host_t){0};
}

/* The series of a path, from number `first` on; a new one if need be. NULL:
 * out of memory. */
static tree_series_t *get_series(tree_host_t *tree, size_t first,
                                 const char *dir, const char *plugin,
                                 const char *name, size_t length) {
  char *path = NULL;
  if (asprintf(&path, "%s/%.*s", dir, (int)length, name) < 0)
    return NULL;
  /* names are sorted: nearly always it is the last */
  for (size_t i = tree->series_num; i-- > first;)
    if (strcmp(tree->series[i].path, path) == 0) {
      free(path);
      return tree->series + i;
    }
  tree_series_t *series =
      realloc(tree->series, (tree->series_num + 1) * sizeof(*series));
  if (series == NULL) {
    free(path);
    return NULL;
  }
  tree->series = series;
  series += tree->series_num++;
  *series = (tree_series_t){.path = path};
  bool done = split(plugin, strlen(plugin), &series->plugin,
                    &series->plugin_instance) &&
              split(name, length, &series->type, &series->type_instance);
  return done ? series : NULL;
}

static int add_day(tree_series_t *series, uint32_t day) {
  size_t num = series->days_num;
  if ((num & (num - 1)) == 0) { /* full: sizes are powers of two */
    uint32_t *days =
        realloc(series->days, (num == 0 ? 1 : 2 * num) * sizeof(*days));
    if (days == NULL)
      return -1;
    series->days = days;
  }
  series->days[series->days_num++] = day;
  return 0;
}

/* The files of one plugin of a host. */
static int read_plugin(tree_host_t *tree, const char *dir, const char *plugin,
                       tree_format_t format) {
  struct dirent **entries = NULL;
  int num = scandir(dir, &entries, no_dots, by_name), status = 0;
  if (num < 0) {
    complain("%s: %s: let it be read, or move it away", dir, strerror(errno));
    return -1;
  }
  size_t first = tree->series_num;
  for (int i = 0; status == 0 && i < num; i++) {
    const char *name = entries[i]->d_name;
    uint32_t day = 0;
    size_t length = parse_name(name, format, &day);
    if (length == 0 || file_type(dir, name) != S_IFREG)
      continue;
    tree_series_t *series = get_series(tree, first, dir, plugin, name, length);
    if (series == NULL || (day != 0 && add_day(series, day) != 0))
      status = complain_memory();
  }
  free_entries(entries, num);
  return status;
}

int tree_read(const char *dir, const char *host, tree_format_t format,
              tree_host_t *tree) {
  struct dirent **entries = NULL;
  char *host_dir = NULL;
  *tree = (tree_host_t){0};
  if (asprintf(&host_dir, "%s/%s", dir, host) < 0)
    return complain_memory();
  int num = scandir(host_dir, &entries, no_dots, by_name), status = 0;
  if (num < 0) {
    complain("%s: %s: let it be read, or move it away", host_dir,
             strerror(errno));
    free(host_dir);
    return -1;
  }
  for (int i = 0; status == 0 && i < num; i++) {
    const char *plugin = entries[i]->d_name;
    char *plugin_dir = NULL;
    if (file_type(host_dir, plugin) != S_IFDIR)
      continue;
    if (asprintf(&plugin_dir, "%s/%s", host_dir, plugin) < 0) {
      status = complain_memory();
      break;
    }
    status = read_plugin(tree, plugin_dir, plugin, format);
    free(plugin_dir);
  }
  free_entries(entries, num);
  free(host_dir);
  if (status != 0)
    tree_clear(tree);
  return status;
}

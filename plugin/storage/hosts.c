/* SPDX-License-Identifier: MIT */
/*
 * hosts.c -- a balanced tree of host names
 */
#include "plugin/storage/hosts.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *name;
  int64_t newest;
  char text[];
} host_t;

static int compare_hosts(const void *a, const void *b) {
  return strcmp(((const host_t *)a)->name, ((const host_t *)b)->name);
}

static host_t *find_host(const hosts_t *hosts, const char *name) {
  const host_t key = {.name = name};
  host_t **node = tfind(&key, &hosts->tree, compare_hosts);
  return node == NULL ? NULL : *node;
}

void hosts_note(hosts_t *hosts, const char *name, int64_t ts) {
  host_t *host = find_host(hosts, name);
  if (host == NULL) {
    if (hosts->num == HOSTS_MAX)
      return;
    size_t size = strlen(name) + 1;
    host = malloc(sizeof(*host) + size);
    if (host == NULL)
      return;
    memcpy(host->text, name, size);
    host->name = host->text;
    host->newest = ts;
    if (tsearch(host, &hosts->tree, compare_hosts) == NULL)
      free(host);
    else
      hosts->num++;
  } else if (host->newest < ts) {
    host->newest = ts;
  }
}

int64_t hosts_newest(const hosts_t *hosts, const char *name) {
  const host_t *host = find_host(hosts, name);
  return host == NULL ? INT64_MIN : host->newest;
}

void hosts_clear(hosts_t *hosts) {
  while (hosts->tree != NULL) {
    host_t *host = *(host_t **)hosts->tree;
    tdelete(host, &hosts->tree, compare_hosts);
    free(host);
  }
  hosts->num = 0;
}

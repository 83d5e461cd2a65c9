/* SPDX-License-Identifier: MIT */
/*
 * bench_intake.c -- what a value costs
 *
 * Prints a line for each figure: NAME VALUE UNIT. The peer of the intake is
 * what collectd's own cache does for each value: put the identifier together
 * and look it up in an ordered tree, here tsearch(3)'s. Both are fed the same
 * values, in the order of hosts and in random order.
 */
#define _GNU_SOURCE /* tdestroy */
#include "plugin/collectd/intake.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <malloc.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START 1699999200
#define MEASURED 1000000 /* values, or at least three intervals */
#define HOST_SIZE 64

static const char *const series[] = {
    "h/cpu-0/cpu-idle",           "h/cpu-0/cpu-user",
    "h/cpu-0/cpu-system",         "h/memory/memory-used",
    "h/memory/memory-free",       "h/df-root/df_complex-free",
    "h/df-root/df_complex-used",  "h/interface-eth0/if_octets",
    "h/interface-eth0/if_errors", "h/interface-eth0/if_dropped",
};
#define SERIES (sizeof(series) / sizeof(series[0]))

static fake_list_t lists[SERIES];

static double now_ns(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

static void *must(void *memory) {
  if (memory == NULL) {
    perror("bench_intake");
    exit(1);
  }
  return memory;
}

static void print(const char *name, size_t num, const char *order, double value,
                  const char *unit) {
  printf("%s_%zu%s%s %.1f %s\n", name, num, order[0] == '\0' ? "" : "_", order,
         value, unit);
  fflush(stdout);
}

/* --- values --- */

typedef struct {
  char (*hosts)[HOST_SIZE];
  uint32_t *order; /* host * SERIES + series */
  size_t num;      /* of values in an interval */
} load_t;

static load_t make_load(size_t hosts, bool shuffled) {
  load_t load = {.num = hosts * SERIES};
  load.hosts = must(calloc(hosts, HOST_SIZE));
  load.order = must(calloc(load.num, sizeof(*load.order)));
  for (size_t i = 0; i < hosts; i++)
    snprintf(load.hosts[i], HOST_SIZE, "web-%zu.example.org", i);
  for (size_t i = 0; i < load.num; i++)
    load.order[i] = (uint32_t)i;
  for (size_t i = load.num - 1; shuffled && i > 0; i--) {
    size_t j = (size_t)random() % (i + 1);
    uint32_t swapped = load.order[i];
    load.order[i] = load.order[j];
    load.order[j] = swapped;
  }
  return load;
}

static void free_load(load_t *load) {
  free(load->hosts);
  free(load->order);
}

/* The value list of value `i` in an interval. */
static fake_list_t *next_list(const load_t *load, size_t i, unsigned interval) {
  uint32_t which = load->order[i];
  fake_list_t *list = lists + which % SERIES;
  strcpy(list->vl.host, load->hosts[which / SERIES]);
  list->vl.time = TIME_T_TO_CDTIME_T_STATIC(START + 10 * interval);
  if (list->ds->ds[0].type == DS_TYPE_GAUGE)
    list->values[0].gauge = interval;
  else
    list->values[0].derive = list->values[1].derive = interval;
  return list;
}

static void write_interval(intake_t *intake, const load_t *load,
                           unsigned interval) {
  for (size_t i = 0; i < load->num; i++) {
    fake_list_t *list = next_list(load, i, interval);
    (void)intake_write(intake, list->ds, &list->vl, list->vl.time);
  }
}

static bool ignore_frame(void *user, stream_t *stream, const frame_t *frame,
                         bool clock_set) {
  (void)user;
  (void)stream;
  (void)frame;
  (void)clock_set;
  return true;
}

static void ignore_drop(void *user, stream_t *stream) {
  (void)user;
  (void)stream;
}

static unsigned intervals(const load_t *load) {
  size_t num = MEASURED / load->num;
  return num < 3 ? 3 : (unsigned)num;
}

static void bench_write(const options_t *options, size_t hosts,
                        const char *order) {
  load_t load = make_load(hosts, strcmp(order, "random") == 0);
  intake_t *intake = must(intake_create(options));
  size_t before = mallinfo2().uordblks;
  unsigned interval = 0;
  for (; interval < 4; interval++) {
    cdtime_t now = TIME_T_TO_CDTIME_T_STATIC(START + 10 * interval + 9);
    write_interval(intake, &load, interval);
    intake_read(intake, now, ignore_frame, ignore_drop, NULL);
  }
  size_t bytes = mallinfo2().uordblks - before;
  double ns = 0, read_ns = 0;
  unsigned end = interval + intervals(&load);
  for (; interval < end; interval++) {
    double start = now_ns();
    write_interval(intake, &load, interval);
    double written = now_ns();
    intake_read(intake, TIME_T_TO_CDTIME_T_STATIC(START + 10 * interval + 9),
                ignore_frame, ignore_drop, NULL);
    ns += written - start;
    read_ns += now_ns() - written;
  }
  double measured = (double)intervals(&load);
  print("intake_write", hosts, order, ns / measured / (double)load.num,
        "ns/value");
  print("intake_read", hosts, order, read_ns / measured / (double)hosts,
        "ns/frame");
  if (strcmp(order, "random") != 0)
    print("intake_memory", hosts, "", (double)bytes / (double)hosts,
          "bytes/host");
  intake_destroy(intake);
  free_load(&load);
}

/* --- the peer --- */

typedef struct {
  char *name;
  value_t values[2];
  cdtime_t time;
} cached_t;

static int compare(const void *a, const void *b) {
  return strcmp(((const cached_t *)a)->name, ((const cached_t *)b)->name);
}

static char *join(char *end, char separator, const char *text) {
  if (text[0] == '\0')
    return end;
  *end++ = separator;
  return stpcpy(end, text);
}

static void update(void **tree, const value_list_t *vl) {
  char name[6 * DATA_MAX_NAME_LEN];
  char *end = stpcpy(name, vl->host);
  end = join(end, '/', vl->plugin);
  end = join(end, '-', vl->plugin_instance);
  end = join(end, '/', vl->type);
  (void)join(end, '-', vl->type_instance);
  const cached_t key = {.name = name};
  cached_t **found = tfind(&key, tree, compare);
  if (found == NULL) {
    cached_t *added = must(calloc(1, sizeof(*added)));
    added->name = must(strdup(name));
    found = must(tsearch(added, tree, compare));
  }
  (*found)->time = vl->time;
  memcpy((*found)->values, vl->values, vl->values_len * sizeof(value_t));
}

static void free_cached(void *cached) {
  free(((cached_t *)cached)->name);
  free(cached);
}

static void bench_tree(size_t hosts, const char *order) {
  load_t load = make_load(hosts, strcmp(order, "random") == 0);
  void *tree = NULL;
  double ns = 0;
  for (unsigned interval = 0; interval <= intervals(&load); interval++) {
    double start = now_ns();
    for (size_t i = 0; i < load.num; i++)
      update(&tree, &next_list(&load, i, interval)->vl);
    if (interval > 0) /* the first fills it */
      ns += now_ns() - start;
  }
  print("tree_lookup", hosts, order,
        ns / (double)intervals(&load) / (double)load.num, "ns/value");
  tdestroy(tree, free_cached);
  free_load(&load);
}

int main(void) {
  static const size_t hosts[] = {1, 1000, 10000};
  static const char *const orders[] = {"by_host", "random"};
  options_t *options = must(options_create());
  if (options_complete(options) != 0)
    return 1;
  for (size_t i = 0; i < SERIES; i++)
    fake_list(lists + i, series[i], START, 10, (double[]){0, 0});
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(hosts); i++)
    for (size_t j = 0; j < STATIC_ARRAY_SIZE(orders); j++) {
      bench_write(options, hosts[i], orders[j]);
      bench_tree(hosts[i], orders[j]);
    }
  options_destroy(options);
  return 0;
}

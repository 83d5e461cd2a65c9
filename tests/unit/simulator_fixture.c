/* SPDX-License-Identifier: MIT */
#include "tests/unit/simulator_fixture.h"

#include <stdio.h>
#include <string.h>

void (*on_values)(const value_list_t *vl);
static simulator_t *delivered_to; /* NULL: all stays in collectd's queue */

int plugin_dispatch_values(value_list_t const *vl) {
  on_values(vl);
  if (delivered_to != NULL)
    simulator_arrived(delivered_to, vl);
  return 0;
}

char *sstrncpy(char *dest, const char *src, size_t n) {
  assert_true(strlen(src) < n);
  return strcpy(dest, src);
}

size_t host_index(const value_list_t *vl) {
  unsigned number = 0;
  assert_int_equal(sscanf(vl->host, "sim-%u", &number), 1);
  return number - 1;
}

const char *data_sources(const char *type) {
  if (strncmp(type, "if_", 3) == 0)
    return "DERIVE,DERIVE";
  return strcmp(type, "cpu") == 0 ? "DERIVE" : "GAUGE";
}

void simulate(unsigned n, uint64_t seed, int64_t from, int64_t to,
              int64_t interval) {
  const simulator_options_t options = {
      .hosts = n, .seed = seed, .backfill = (double)(to - from)};
  simulator_t *simulator = simulator_create(&options, SECONDS(interval));
  assert_non_null(simulator);
  for (size_t i = 0; i < n; i++)
    simulator_start(simulator, i, SECONDS(from));
  delivered_to = simulator;
  assert_int_equal(simulator_emit(simulator, SECONDS(to), SIZE_MAX), 0);
  delivered_to = NULL;
  simulator_destroy(simulator);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_simulator.c -- the made-up hosts and the values they emit
 */
#include "plugin/collectd/simulator_model.h"
#include "tests/unit/simulator_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TYPES_DB "/usr/share/collectd/types.db"

enum {
  VALUE_LISTS_A_TICK = 4 * 8 + 6 + 2 * 3 + 2 * 4,
  NAME_SIZE = 5 * DATA_MAX_NAME_LEN, /* plugin-instance/type-instance */
};

static void identify(const value_list_t *vl, char name[NAME_SIZE]) {
  const char *dash_plugin = vl->plugin_instance[0] == '\0' ? "" : "-";
  const char *dash_type = vl->type_instance[0] == '\0' ? "" : "-";
  snprintf(name, NAME_SIZE, "%s%s%s/%s%s%s", vl->plugin, dash_plugin,
           vl->plugin_instance, vl->type, dash_type, vl->type_instance);
}

/* --- names and types --- */

static char names[VALUE_LISTS_A_TICK][NAME_SIZE];
static size_t names_num;

static void note_name(const value_list_t *vl) {
  assert_in_range(names_num, 0, VALUE_LISTS_A_TICK - 1);
  assert_string_equal(vl->host, "sim-1");
  assert_int_equal(vl->interval, SECONDS(10));
  assert_int_equal(vl->time, SECONDS(MONDAY));
  assert_null(vl->meta);
  assert_int_equal(vl->values_len,
                   strchr(data_sources(vl->type), ',') == NULL ? 1 : 2);
  identify(vl, names[names_num++]);
}

static void expect_name(const char *name) {
  for (size_t i = 0; i < names_num; i++)
    if (strcmp(names[i], name) == 0)
      return;
  fail_msg("%s is not emitted", name);
}

/* `prefix` followed by each of the words of `endings`. */
static void expect_names(const char *prefix, const char *endings) {
  char words[DATA_MAX_NAME_LEN];
  sstrncpy(words, endings, sizeof(words));
  for (char *word = strtok(words, " "); word != NULL;
       word = strtok(NULL, " ")) {
    char name[NAME_SIZE];
    snprintf(name, sizeof(name), "%s%s", prefix, word);
    expect_name(name);
  }
}

static void emits_what_the_plugins_emit(void **state) {
  (void)state;
  names_num = 0;
  on_values = note_name;
  simulate(1, 42, MONDAY, MONDAY, 10);

  assert_int_equal(names_num, VALUE_LISTS_A_TICK);
  for (int i = 0; i < 4; i++) {
    char cpu[32];
    snprintf(cpu, sizeof(cpu), "cpu-%d/cpu-", i);
    expect_names(cpu, "idle user system wait nice interrupt softirq steal");
  }
  expect_names("memory/memory-",
               "used free buffered cached slab_recl slab_unrecl");
  expect_names("df-root/df_complex-", "free reserved used");
  expect_names("df-var-lib/df_complex-", "free reserved used");
  expect_names("interface-eth0/", "if_octets if_packets if_errors if_dropped");
  expect_names("interface-lo/", "if_octets if_packets if_errors if_dropped");
}

/* A line of types.db is TYPE NAME:KIND:MIN:MAX[, NAME:KIND:MIN:MAX]... */
static void check_type(const char *line) {
  char type[DATA_MAX_NAME_LEN];
  int used = 0;
  if (sscanf(line, "%127s%n", type, &used) != 1)
    return;

  char kinds[256] = "";
  for (const char *p = strchr(line + used, ':'); p != NULL;) {
    const size_t len = strlen(kinds);
    snprintf(kinds + len, sizeof(kinds) - len, "%s%.*s", len == 0 ? "" : ",",
             (int)strcspn(p + 1, ":"), p + 1);
    p = strchr(p, ',');
    if (p != NULL)
      p = strchr(p, ':');
  }
  assert_string_equal(kinds, data_sources(type));
}

static void types_are_those_of_types_db(void **state) {
  (void)state;
  FILE *types_db = fopen(TYPES_DB, "r");
  assert_non_null(types_db);

  static const char *const types[] = {"cpu",       "memory",     "df_complex",
                                      "if_octets", "if_packets", "if_errors",
                                      "if_dropped"};
  size_t found = 0;
  char line[8192];
  while (fgets(line, sizeof(line), types_db) != NULL)
    for (size_t i = 0; i < STATIC_ARRAY_SIZE(types); i++)
      if (strcspn(line, " \t") == strlen(types[i]) &&
          strncmp(line, types[i], strlen(types[i])) == 0) {
        check_type(line);
        found++;
      }
  fclose(types_db);
  assert_int_equal(found, STATIC_ARRAY_SIZE(types));
}

/* --- the same again --- */

static uint64_t digest; /* of all that was emitted: FNV-1a */

static void digest_bytes(const void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    digest = (digest ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void digest_values(const value_list_t *vl) {
  char name[NAME_SIZE];
  identify(vl, name);
  digest_bytes(name, strlen(name));
  digest_bytes(vl->host, strlen(vl->host));
  digest_bytes(&vl->time, sizeof(vl->time));
  digest_bytes(vl->values, vl->values_len * sizeof(vl->values[0]));
}

static uint64_t digest_of(uint64_t seed) {
  digest = UINT64_C(0xcbf29ce484222325);
  on_values = digest_values;
  simulate(2, seed, MONDAY, MONDAY + 7200, 10);
  return digest;
}

static void the_seed_decides_all(void **state) {
  (void)state;
  const uint64_t first = digest_of(42);
  assert_int_equal(digest_of(42), first);
  assert_int_not_equal(digest_of(43), first);
}

/* One gauge and one counter (bytes received by eth0) of each tick. */
enum { TICKS_MAX = 361, HOSTS_MAX = 2 };
static double memory_used[HOSTS_MAX][TICKS_MAX];
static double received[HOSTS_MAX][TICKS_MAX];
static int64_t series_from;

static void note_series(const value_list_t *vl) {
  char name[NAME_SIZE];
  identify(vl, name);
  const size_t tick = (vl->time - SECONDS(series_from)) / vl->interval;
  assert_in_range(tick, 0, TICKS_MAX - 1);
  if (strcmp(name, "memory/memory-used") == 0)
    memory_used[host_index(vl)][tick] = vl->values[0].gauge;
  if (strcmp(name, "interface-eth0/if_octets") == 0)
    received[host_index(vl)][tick] = (double)vl->values[0].derive;
}

static void hosts_differ(void **state) {
  (void)state;
  series_from = MONDAY;
  on_values = note_series;
  simulate(2, 42, MONDAY, MONDAY + 3600, 10);
  for (size_t i = 0; i <= 360; i++)
    assert_true(memory_used[0][i] != memory_used[1][i]);
}

static void a_restart_changes_nothing(void **state) {
  (void)state;
  const int64_t restart = MONDAY + 1800;
  series_from = MONDAY;
  on_values = note_series;
  simulate(1, 42, MONDAY, MONDAY + 3600, 10);
  memcpy(memory_used[1], memory_used[0], sizeof(memory_used[0]));
  memcpy(received[1], received[0], sizeof(received[0]));

  simulate(1, 42, restart, MONDAY + 3600, 10);
  assert_memory_equal(memory_used[1], memory_used[0], sizeof(memory_used[0]));
  for (size_t i = 181; i <= 360; i++) {
    const double before = received[1][i] - received[1][i - 1];
    const double after = received[0][i] - received[0][i - 1];
    assert_true(fabs(before - after) <= 1); /* where the integral was cut off */
  }
}

/* --- sanity of a whole day --- */

static derive_t last_cpu[4][8];
static size_t last_cpu_num;
static derive_t last_interface[2][4][2];
static size_t last_interface_num;
static double memory_total;

/* Counters come in a fixed order, hence a running number will do. */
static void check_counters(const value_list_t *vl, derive_t *last) {
  for (size_t i = 0; i < vl->values_len; i++) {
    assert_true(vl->values[i].derive >= last[i]);
    last[i] = vl->values[i].derive;
  }
}

static void check_values(const value_list_t *vl) {
  if (strcmp(vl->plugin, "cpu") == 0) {
    check_counters(vl, &last_cpu[0][0] + last_cpu_num++ % 32);
    return;
  }
  if (strcmp(vl->plugin, "interface") == 0) {
    const size_t lo = strcmp(vl->plugin_instance, "lo") == 0;
    check_counters(vl, last_interface[lo][last_interface_num++ % 4]);
    return;
  }
  const double value = vl->values[0].gauge;
  assert_true(isfinite(value) && value > 0);
  if (strcmp(vl->plugin, "memory") == 0)
    memory_total += value;
}

static derive_t sum_of_cpu(const derive_t states[8]) {
  derive_t sum = 0;
  for (size_t i = 0; i < 8; i++)
    sum += states[i];
  return sum;
}

static void values_make_sense(void **state) {
  (void)state;
  memset(last_cpu, 0, sizeof(last_cpu));
  memset(last_interface, 0, sizeof(last_interface));
  last_cpu_num = last_interface_num = 0;
  memory_total = 0;
  on_values = check_values;
  simulate(1, 7, MONDAY, MONDAY + DAY, 10);

  const double ticks = DAY / 10 + 1;
  const double uptime = 10 * DAY + DAY;
  for (size_t i = 0; i < 4; i++)
    assert_true(fabs((double)sum_of_cpu(last_cpu[i]) - 100 * uptime) <= 8);
  assert_true(fmod(memory_total / ticks, 1024.0 * 1024 * 1024) == 0);
}

/* The daily cycle: the afternoon is busier than the night. */
static void days_are_busier_than_nights(void **state) {
  (void)state;
  for (size_t h = 0; h < 8; h++) {
    sim_host_t host;
    sim_host_init(&host, 42, h);
    double night = 0, day = 0;
    for (int64_t minute = 0; minute < 7 * 1440; minute++) {
      const int64_t ts = (MONDAY + minute * 60) * 1000;
      const int64_t hour = minute / 60 % 24;
      sim_incident_t incident;
      if (sim_host_incident(&host, ts, &incident))
        continue;
      sim_sample_t sample;
      sim_host_sample(&host, ts, &sample);
      if (hour >= 1 && hour < 5)
        night += sample.cpu[0][SIM_CPU_USER];
      if (hour >= 13 && hour < 17)
        day += sample.cpu[0][SIM_CPU_USER];
    }
    assert_true(day > 1.8 * night);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(emits_what_the_plugins_emit),
      cmocka_unit_test(types_are_those_of_types_db),
      cmocka_unit_test(the_seed_decides_all),
      cmocka_unit_test(hosts_differ),
      cmocka_unit_test(a_restart_changes_nothing),
      cmocka_unit_test(values_make_sense),
      cmocka_unit_test(days_are_busier_than_nights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_simulator.c -- the made-up hosts and the values they emit
 *
 * collectd's side is stood in for by plugin_dispatch_values() below, which
 * hands every value list to the function that the running test has chosen.
 */
#include "plugin/collectd/simulator.h"
#include "plugin/collectd/simulator_model.h"

#include "collectd/core/daemon/plugin.h"
#include "collectd/core/utils/common/common.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECONDS(s) TIME_T_TO_CDTIME_T_STATIC(s)
#define MONDAY INT64_C(1700438400) /* 2023-11-20, midnight, UTC */
#define DAY INT64_C(86400)
#define TYPES_DB "/usr/share/collectd/types.db"

enum {
  VALUE_LISTS_A_TICK = 4 * 8 + 6 + 2 * 3 + 2 * 4,
  NAME_SIZE = 5 * DATA_MAX_NAME_LEN, /* plugin-instance/type-instance */
};

/* --- what collectd would do --- */

static void (*on_values)(const value_list_t *vl);
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

/* --- helpers --- */

static void identify(const value_list_t *vl, char name[NAME_SIZE]) {
  const char *dash_plugin = vl->plugin_instance[0] == '\0' ? "" : "-";
  const char *dash_type = vl->type_instance[0] == '\0' ? "" : "-";
  snprintf(name, NAME_SIZE, "%s%s%s/%s%s%s", vl->plugin, dash_plugin,
           vl->plugin_instance, vl->type, dash_type, vl->type_instance);
}

static size_t host_index(const value_list_t *vl) {
  unsigned number = 0;
  assert_int_equal(sscanf(vl->host, "sim-%u", &number), 1);
  return number - 1;
}

/* The data sources of a type of this test: "GAUGE", or "DERIVE,DERIVE". */
static const char *data_sources(const char *type) {
  if (strncmp(type, "if_", 3) == 0)
    return "DERIVE,DERIVE";
  return strcmp(type, "cpu") == 0 ? "DERIVE" : "GAUGE";
}

/* The first `n` hosts, all started at `from`, emitting each `interval` seconds
 * from then to the end of `to` (seconds since the epoch). */
static void simulate(unsigned n, uint64_t seed, int64_t from, int64_t to,
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
enum { TICKS_MAX = 3 * 1440 + 1, HOSTS_MAX = 3 };
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

/* --- incidents --- */

/* Every two hours hold a whole incident; the calm prevails; each kind
 * happens. */
static void incidents_are_regular_and_rare(void **state) {
  (void)state;
  const int64_t minute = 60000;
  const int64_t from = MONDAY * 1000, to = from + 30 * DAY * 1000;
  for (size_t h = 0; h < 5; h++) {
    sim_host_t host;
    sim_host_init(&host, 42, h);

    size_t calm = 0, total = 0;
    size_t kinds[SIM_INCIDENT_KINDS] = {0};
    int64_t previous_start = from;
    for (int64_t ts = from; ts < to; ts += minute / 6) {
      sim_incident_t incident;
      calm += !sim_host_incident(&host, ts, &incident);
      total++;
      if (incident.start <= previous_start)
        continue;
      assert_true(incident.end - previous_start <= 120 * minute);
      previous_start = incident.start;
      kinds[incident.kind]++;
    }
    assert_true((double)calm > 0.9 * (double)total);
    for (size_t i = 0; i < SIM_INCIDENT_KINDS; i++)
      assert_true(kinds[i] > 0);
  }
}

/* What the features of the detector "system" would be, tick by tick. */
typedef struct {
  double idle;    /* jiffies, counted since the first tick */
  double memory;  /* bytes used */
  double octets;  /* counted since the first tick; 0: not reported */
  double trouble; /* errors and drops, counted since the first tick */
} features_t;

static features_t features[HOSTS_MAX][TICKS_MAX];

static void note_features(const value_list_t *vl) {
  const size_t tick = (vl->time - SECONDS(series_from)) / vl->interval;
  assert_in_range(tick, 0, TICKS_MAX - 1);
  features_t *f = &features[host_index(vl)][tick];
  double sum = 0;
  if (strcmp(data_sources(vl->type), "GAUGE") != 0)
    for (size_t i = 0; i < vl->values_len; i++)
      sum += (double)vl->values[i].derive;

  if (strcmp(vl->type, "cpu") == 0 && strcmp(vl->type_instance, "idle") == 0)
    f->idle += sum;
  if (strcmp(vl->type, "memory") == 0 && strcmp(vl->type_instance, "used") == 0)
    f->memory = vl->values[0].gauge;
  if (strcmp(vl->plugin_instance, "eth0") != 0)
    return;
  if (strcmp(vl->type, "if_octets") == 0)
    f->octets = sum;
  if (strcmp(vl->type, "if_errors") == 0 || strcmp(vl->type, "if_dropped") == 0)
    f->trouble += sum;
}

enum { STEP = 60 };

/* CPU use between two ticks, 0..1. */
static double cpu_used(const features_t *f, size_t from, size_t to) {
  return 1 - (f[to].idle - f[from].idle) / (4 * 100.0 * STEP * (to - from));
}

static double traffic(const features_t *f, size_t from, size_t to) {
  return (f[to].octets - f[from].octets) / (double)(to - from);
}

/* Does tick `i` stand out from the ten minutes before the incident began? */
static bool stands_out(const features_t *f, size_t begin, size_t i,
                       sim_incident_kind_t kind) {
  const size_t before = begin - 10;
  switch (kind) {
  case SIM_SPIKE:
    return cpu_used(f, i - 1, i) > 0.9;
  case SIM_LEAK:
    return f[i].memory > 1.3 * f[before].memory;
  case SIM_SHIFT_CPU:
    return cpu_used(f, i - 1, i) > cpu_used(f, before, begin) + 0.2;
  case SIM_SHIFT_NETWORK:
    return traffic(f, i - 1, i) > 2 * traffic(f, before, begin);
  case SIM_DROP_OUT:
    return traffic(f, i - 1, i) < 0.1 * traffic(f, before, begin);
  case SIM_SILENCE:
    return f[i].octets == 0;
  case SIM_ERROR_BURST:
    return f[i].trouble - f[i - 1].trouble > 10 * STEP;
  case SIM_INCIDENT_KINDS:
    break;
  }
  return false;
}

static void check_visible(const features_t *f, const sim_incident_t *incident) {
  const size_t begin = (size_t)(incident->start / 1000 - series_from) / STEP;
  const size_t end = (size_t)(incident->end / 1000 - series_from) / STEP;
  for (size_t i = begin + 1; i <= end; i++)
    if (stands_out(f, begin, i, incident->kind))
      return;
  fail_msg("the incident of kind %d at %lld does not show", incident->kind,
           (long long)incident->start);
}

static void incidents_show_in_the_values(void **state) {
  (void)state;
  series_from = MONDAY;
  memset(features, 0, sizeof(features));
  on_values = note_features;
  simulate(HOSTS_MAX, 42, MONDAY, MONDAY + 3 * DAY, STEP);

  size_t incidents = 0;
  for (size_t h = 0; h < HOSTS_MAX; h++) {
    sim_host_t host;
    sim_host_init(&host, 42, h);
    for (int64_t ts = MONDAY + 3600; ts < MONDAY + 3 * DAY - 3600; ts += 3600) {
      sim_incident_t incident;
      sim_host_incident(&host, ts * 1000, &incident);
      if (incident.start / 1000 < MONDAY + 1200)
        continue; /* nothing to compare it with */
      check_visible(features[h], &incident);
      incidents++;
    }
  }
  assert_true(incidents >= HOSTS_MAX * 69);
}

/* --- ticks --- */

static size_t seen_num;
static struct {
  size_t host;
  cdtime_t time;
} seen[1024];

/* One entry a tick: memory used is emitted at each. */
static void note_tick(const value_list_t *vl) {
  if (strcmp(vl->plugin, "memory") != 0 ||
      strcmp(vl->type_instance, "used") != 0)
    return;
  assert_in_range(seen_num, 0, STATIC_ARRAY_SIZE(seen) - 1);
  seen[seen_num].host = host_index(vl);
  seen[seen_num++].time = vl->time;
}

static simulator_t *start_ticking(unsigned hosts, double backfill,
                                  cdtime_t first) {
  const simulator_options_t options = {
      .hosts = hosts, .seed = 42, .backfill = backfill};
  simulator_t *simulator = simulator_create(&options, SECONDS(10));
  assert_non_null(simulator);
  for (size_t i = 0; i < hosts; i++)
    simulator_start(simulator, i, first);
  seen_num = 0;
  on_values = note_tick;
  return simulator;
}

static void ticks_are_limited_and_take_turns(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(2, 7200, SECONDS(MONDAY));
  const cdtime_t now = SECONDS(MONDAY + 45);

  assert_int_equal(simulator_emit(simulator, now, 0), 10);
  assert_int_equal(seen_num, 0);
  assert_int_equal(simulator_emit(simulator, now, 3), 4);
  assert_int_equal(seen_num, 6);
  assert_int_equal(simulator_emit(simulator, now, 3), 0);
  assert_int_equal(seen_num, 10);
  assert_int_equal(simulator_emit(simulator, now, 3), 0);
  assert_int_equal(seen_num, 10);

  for (size_t i = 0; i < seen_num; i++) {
    assert_int_equal(seen[i].host, i % 2);
    assert_int_equal(seen[i].time, SECONDS(MONDAY + 10 * (int64_t)(i / 2)));
  }
  simulator_destroy(simulator);
}

static void only_started_hosts_tick(void **state) {
  (void)state;
  const simulator_options_t options = SIMULATOR_OPTIONS_INIT;
  simulator_t *simulator = simulator_create(&options, SECONDS(10));
  seen_num = 0;
  on_values = note_tick;
  assert_string_equal(simulator_host(simulator, 0), "sim-1");
  assert_string_equal(simulator_host(simulator, 1), "sim-2");

  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY), 9), 0);
  assert_int_equal(seen_num, 0);
  simulator_start(simulator, 1, SECONDS(MONDAY));
  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY), 9), 0);
  assert_int_equal(seen_num, 1);
  assert_int_equal(seen[0].host, 1);
  simulator_destroy(simulator);
}

static void ticks_are_on_the_grid(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 7200, SECONDS(MONDAY) + 1);
  simulator_emit(simulator, SECONDS(MONDAY + 10) - 1, 9);
  assert_int_equal(seen_num, 0);
  simulator_emit(simulator, SECONDS(MONDAY + 10), 9);
  assert_int_equal(seen_num, 1);
  assert_int_equal(seen[0].time, SECONDS(MONDAY + 10));
  simulator_destroy(simulator);
}

static void a_clock_set_back_is_waited_for(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 60, SECONDS(MONDAY));
  simulator_emit(simulator, SECONDS(MONDAY), 9);
  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY - DAY), 9), 0);
  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY + 9), 9), 0);
  assert_int_equal(seen_num, 1);
  simulator_emit(simulator, SECONDS(MONDAY + 10), 9);
  assert_int_equal(seen_num, 2);
  simulator_destroy(simulator);
}

static void a_jump_ahead_is_filled_as_far_as_the_backfill(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 60, SECONDS(MONDAY));
  simulator_emit(simulator, SECONDS(MONDAY), 9);
  simulator_emit(simulator, SECONDS(MONDAY + DAY), 9);
  assert_int_equal(seen_num, 1 + 7);
  assert_int_equal(seen[1].time, SECONDS(MONDAY + DAY - 60));
  assert_int_equal(seen[7].time, SECONDS(MONDAY + DAY));
  simulator_destroy(simulator);
}

static void without_backfill_there_is_the_newest_tick(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 0, SECONDS(MONDAY));
  simulator_emit(simulator, SECONDS(MONDAY + 25), 9);
  assert_int_equal(seen_num, 1);
  assert_int_equal(seen[0].time, SECONDS(MONDAY + 20));
  simulator_destroy(simulator);
}

/* However often it is called before the next read judges what has come. */
static void no_more_is_under_way_than_may_be(void **state) {
  (void)state;
  const cdtime_t now = SECONDS(MONDAY + 7200 * 10);
  simulator_t *simulator = start_ticking(2, 7200 * 10, SECONDS(MONDAY));
  for (int i = 0; i < 5; i++)
    simulator_emit(simulator, now, 100);
  assert_int_equal(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX);

  value_list_t vl = {.time = seen[2 * 99].time};
  const char *strangers[] = {"sim-0",    "sim-3",        "sim-", "sim-1x",
                             "web.host", "sim-99999999", "",     "sim-1.a"};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(strangers); i++) {
    sstrncpy(vl.host, strangers[i], sizeof(vl.host));
    simulator_arrived(simulator, &vl);
    simulator_emit(simulator, now, 100);
  }
  assert_int_equal(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX);

  /* a hundred ticks of the second host have come back */
  sstrncpy(vl.host, "sim-2", sizeof(vl.host));
  simulator_arrived(simulator, &vl);
  vl.time = seen[2 * 50].time;
  simulator_arrived(simulator, &vl);
  for (int i = 0; i < 5; i++)
    simulator_emit(simulator, now, 100);
  assert_in_range(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX + 99,
                  2 * SIMULATOR_UNDER_WAY_MAX + 100);
  for (size_t i = 2 * SIMULATOR_UNDER_WAY_MAX; i < seen_num; i++)
    assert_int_equal(seen[i].host, 1);
  simulator_destroy(simulator);
}

/* A filter chain may drop all that a host sends. */
static void what_never_comes_back_is_not_waited_for(void **state) {
  (void)state;
  const cdtime_t now = SECONDS(MONDAY + 7200 * 10);
  simulator_t *simulator = start_ticking(1, 7200 * 10, SECONDS(MONDAY));
  simulator_emit(simulator, now, SIZE_MAX);
  assert_int_equal(seen_num, SIMULATOR_UNDER_WAY_MAX);
  size_t calls = 0;
  while (seen_num == SIMULATOR_UNDER_WAY_MAX && calls++ < 1000)
    simulator_emit(simulator, now, SIZE_MAX);
  assert_int_equal(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX);
  simulator_destroy(simulator);
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
      cmocka_unit_test(incidents_are_regular_and_rare),
      cmocka_unit_test(incidents_show_in_the_values),
      cmocka_unit_test(ticks_are_limited_and_take_turns),
      cmocka_unit_test(only_started_hosts_tick),
      cmocka_unit_test(ticks_are_on_the_grid),
      cmocka_unit_test(a_clock_set_back_is_waited_for),
      cmocka_unit_test(a_jump_ahead_is_filled_as_far_as_the_backfill),
      cmocka_unit_test(without_backfill_there_is_the_newest_tick),
      cmocka_unit_test(no_more_is_under_way_than_may_be),
      cmocka_unit_test(what_never_comes_back_is_not_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_simulator_incidents.c -- when something happens to made-up hosts, and
 * that it shows
 */
#include "plugin/collectd/simulator_model.h"
#include "tests/unit/simulator_fixture.h"

#include <string.h>

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

enum { TICKS_MAX = 3 * 1440 + 1, HOSTS_MAX = 3 };
static features_t features[HOSTS_MAX][TICKS_MAX];

static void note_features(const value_list_t *vl) {
  const size_t tick = (vl->time - SECONDS(MONDAY)) / vl->interval;
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
  const size_t begin = (size_t)(incident->start / 1000 - MONDAY) / STEP;
  const size_t end = (size_t)(incident->end / 1000 - MONDAY) / STEP;
  for (size_t i = begin + 1; i <= end; i++)
    if (stands_out(f, begin, i, incident->kind))
      return;
  fail_msg("the incident of kind %d at %lld does not show", incident->kind,
           (long long)incident->start);
}

static void incidents_show_in_the_values(void **state) {
  (void)state;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(incidents_are_regular_and_rare),
      cmocka_unit_test(incidents_show_in_the_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

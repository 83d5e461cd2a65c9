/* SPDX-License-Identifier: MIT */
/*
 * simulator.c -- emits the metrics of made-up hosts
 *
 * Ticks and counters: what the model (simulator_model.h) knows of a moment is
 * turned into what a collectd with the plugins cpu, memory, df and interface
 * would have dispatched then. The counters are the only thing remembered from
 * one tick to the next.
 */
#include "plugin/collectd/simulator.h"

#include "plugin/collectd/simulator_model.h"

#include "collectd/core/utils/common/common.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a host has been up at its first tick. */
#define UPTIME TIME_T_TO_CDTIME_T_STATIC(10 * 86400)

#define NAME_PREFIX "sim-"

/* Calls in vain until ticks under way are taken to be lost: somebody's filter
 * chain may drop them, or a full queue. */
#define PATIENCE 100

typedef struct {
  char name[DATA_MAX_NAME_LEN];
  sim_host_t model;
  cdtime_t last;            /* the counters are integrated up to here */
  cdtime_t next;            /* the next tick; UINT64_MAX: not started */
  cdtime_t lost;            /* what is older is not waited for */
  unsigned held;            /* calls in vain */
  _Atomic cdtime_t arrived; /* newest tick that came back; any thread's */

  /* The integrals of the rates of the same names in sim_sample_t. */
  double cpu[SIM_CPUS][SIM_CPU_STATES];
  double interfaces[SIM_INTERFACES][SIM_IF_COUNTERS][SIM_DIRECTIONS];
} simulated_host_t;

struct simulator_s {
  cdtime_t interval;
  cdtime_t backfill;
  size_t hosts_num;
  simulated_host_t hosts[];
};

static const char *const cpu_states[SIM_CPU_STATES] = {
    [SIM_CPU_USER] = "user",       [SIM_CPU_SYSTEM] = "system",
    [SIM_CPU_WAIT] = "wait",       [SIM_CPU_NICE] = "nice",
    [SIM_CPU_SOFTIRQ] = "softirq", [SIM_CPU_INTERRUPT] = "interrupt",
    [SIM_CPU_STEAL] = "steal",     [SIM_CPU_IDLE] = "idle",
};

static const char *const memory_parts[SIM_MEMORY_PARTS] = {
    [SIM_MEMORY_USED] = "used",
    [SIM_MEMORY_FREE] = "free",
    [SIM_MEMORY_BUFFERED] = "buffered",
    [SIM_MEMORY_CACHED] = "cached",
    [SIM_MEMORY_SLAB_RECL] = "slab_recl",
    [SIM_MEMORY_SLAB_UNRECL] = "slab_unrecl",
};

static const char *const file_systems[SIM_FILE_SYSTEMS] = {"root", "var-lib"};

static const char *const df_parts[SIM_DF_PARTS] = {
    [SIM_DF_FREE] = "free",
    [SIM_DF_RESERVED] = "reserved",
    [SIM_DF_USED] = "used",
};

static const char *const interfaces[SIM_INTERFACES] = {
    [SIM_ETH0] = "eth0",
    [SIM_LO] = "lo",
};

static const char *const if_counters[SIM_IF_COUNTERS] = {
    [SIM_IF_OCTETS] = "if_octets",
    [SIM_IF_PACKETS] = "if_packets",
    [SIM_IF_ERRORS] = "if_errors",
    [SIM_IF_DROPPED] = "if_dropped",
};

static cdtime_t grid_floor(cdtime_t t, cdtime_t interval) {
  return t - t % interval;
}

static cdtime_t grid_ceil(cdtime_t t, cdtime_t interval) {
  return grid_floor(t + interval - 1, interval);
}

/* --- life --- */

simulator_t *simulator_create(const simulator_options_t *options,
                              cdtime_t interval) {
  simulator_t *simulator = calloc(
      1, sizeof(*simulator) + options->hosts * sizeof(simulator->hosts[0]));
  if (simulator == NULL)
    return NULL;

  simulator->interval = interval;
  simulator->backfill = DOUBLE_TO_CDTIME_T(options->backfill);
  simulator->hosts_num = options->hosts;
  for (size_t i = 0; i < simulator->hosts_num; i++) {
    simulated_host_t *host = &simulator->hosts[i];
    snprintf(host->name, sizeof(host->name), NAME_PREFIX "%zu", i + 1);
    sim_host_init(&host->model, options->seed, i);
    host->next = UINT64_MAX;
  }
  return simulator;
}

void simulator_destroy(simulator_t *simulator) { free(simulator); }

const char *simulator_host(const simulator_t *simulator, size_t i) {
  return simulator->hosts[i].name;
}

void simulator_start(simulator_t *simulator, size_t i, cdtime_t first) {
  simulated_host_t *host = &simulator->hosts[i];
  memset(host->cpu, 0, sizeof(host->cpu));
  memset(host->interfaces, 0, sizeof(host->interfaces));
  host->next = grid_ceil(first, simulator->interval);
  host->last = host->next - UPTIME;
  host->lost = host->next;
}

/* --- a tick --- */

static void advance_counters(simulated_host_t *host, cdtime_t now,
                             const sim_sample_t *rates) {
  const double seconds = CDTIME_T_TO_DOUBLE(now - host->last);
  host->last = now;

  for (size_t i = 0; i < SIM_CPUS; i++)
    for (size_t j = 0; j < SIM_CPU_STATES; j++)
      host->cpu[i][j] += rates->cpu[i][j] * seconds;

  for (size_t i = 0; i < SIM_INTERFACES; i++)
    for (size_t j = 0; j < SIM_IF_COUNTERS; j++)
      for (size_t k = 0; k < SIM_DIRECTIONS; k++)
        host->interfaces[i][j][k] += rates->interfaces[i][j][k] * seconds;
}

/* Completes `vl`, which has its host, time and interval, and dispatches it. An
 * error has been logged by collectd, and there is nothing to do about it. */
static void dispatch(value_list_t *vl, const char *plugin,
                     const char *plugin_instance, const char *type,
                     const char *type_instance, value_t *values,
                     size_t values_len) {
  sstrncpy(vl->plugin, plugin, sizeof(vl->plugin));
  sstrncpy(vl->plugin_instance, plugin_instance, sizeof(vl->plugin_instance));
  sstrncpy(vl->type, type, sizeof(vl->type));
  sstrncpy(vl->type_instance, type_instance, sizeof(vl->type_instance));
  vl->values = values;
  vl->values_len = values_len;
  plugin_dispatch_values(vl);
}

static void dispatch_gauge(value_list_t *vl, const char *plugin,
                           const char *plugin_instance, const char *type,
                           const char *type_instance, double value) {
  dispatch(vl, plugin, plugin_instance, type, type_instance,
           &(value_t){.gauge = value}, 1);
}

static void dispatch_cpus(value_list_t *vl, const simulated_host_t *host) {
  for (size_t i = 0; i < SIM_CPUS; i++) {
    char cpu[DATA_MAX_NAME_LEN];
    snprintf(cpu, sizeof(cpu), "%zu", i);
    for (size_t j = 0; j < SIM_CPU_STATES; j++)
      dispatch(vl, "cpu", cpu, "cpu", cpu_states[j],
               &(value_t){.derive = (derive_t)host->cpu[i][j]}, 1);
  }
}

static void dispatch_memory(value_list_t *vl, const sim_sample_t *sample) {
  for (size_t i = 0; i < SIM_MEMORY_PARTS; i++)
    dispatch_gauge(vl, "memory", "", "memory", memory_parts[i],
                   sample->memory[i]);
}

static void dispatch_df(value_list_t *vl, const sim_sample_t *sample) {
  for (size_t i = 0; i < SIM_FILE_SYSTEMS; i++)
    for (size_t j = 0; j < SIM_DF_PARTS; j++)
      dispatch_gauge(vl, "df", file_systems[i], "df_complex", df_parts[j],
                     sample->df[i][j]);
}

static void dispatch_interfaces(value_list_t *vl, const simulated_host_t *host,
                                const sim_sample_t *sample) {
  for (size_t i = 0; i < SIM_INTERFACES; i++) {
    if (i == SIM_ETH0 && sample->eth0_gone)
      continue;
    for (size_t j = 0; j < SIM_IF_COUNTERS; j++) {
      const double *counter = host->interfaces[i][j];
      value_t values[] = {{.derive = (derive_t)counter[SIM_RX]},
                          {.derive = (derive_t)counter[SIM_TX]}};
      dispatch(vl, "interface", interfaces[i], if_counters[j], "", values,
               STATIC_ARRAY_SIZE(values));
    }
  }
}

static void emit_tick(simulated_host_t *host, cdtime_t interval) {
  sim_sample_t sample;
  sim_host_sample(&host->model, (int64_t)CDTIME_T_TO_MS(host->next), &sample);
  advance_counters(host, host->next, &sample);

  value_list_t vl = {.time = host->next, .interval = interval};
  sstrncpy(vl.host, host->name, sizeof(vl.host));
  dispatch_cpus(&vl, host);
  dispatch_memory(&vl, &sample);
  dispatch_df(&vl, &sample);
  dispatch_interfaces(&vl, host, &sample);

  host->next += interval;
}

/* --- all ticks --- */

/* Gives up what is older than the backfill. */
static void skip_ticks(simulator_t *simulator, cdtime_t newest) {
  const cdtime_t age =
      newest < simulator->backfill ? newest : simulator->backfill;
  const cdtime_t oldest = grid_ceil(newest - age, simulator->interval);
  for (size_t i = 0; i < simulator->hosts_num; i++) {
    simulated_host_t *host = &simulator->hosts[i];
    if (host->next < oldest)
      host->next = host->lost = oldest;
  }
}

/* Whether as much as may be is under way. */
static bool is_held(const simulated_host_t *host, cdtime_t interval) {
  const cdtime_t arrived = atomic_load(&host->arrived);
  const cdtime_t from = arrived > host->lost ? arrived : host->lost;
  return host->next >= from + SIMULATOR_UNDER_WAY_MAX * interval;
}

static void lose_patience(simulator_t *simulator, cdtime_t newest) {
  for (size_t i = 0; i < simulator->hosts_num; i++) {
    simulated_host_t *host = &simulator->hosts[i];
    if (host->next > newest || !is_held(host, simulator->interval)) {
      host->held = 0;
      continue;
    }
    if (++host->held < PATIENCE)
      continue;
    host->held = 0;
    host->lost = host->next;
  }
}

/* One tick of each host that has one due and may; returns how many had. */
static size_t emit_round(simulator_t *simulator, cdtime_t newest) {
  size_t emitted = 0;
  for (size_t i = 0; i < simulator->hosts_num; i++) {
    simulated_host_t *host = &simulator->hosts[i];
    if (host->next > newest || is_held(host, simulator->interval))
      continue;
    emit_tick(host, simulator->interval);
    emitted++;
  }
  return emitted;
}

static size_t count_due(const simulator_t *simulator, cdtime_t newest) {
  size_t due = 0;
  for (size_t i = 0; i < simulator->hosts_num; i++) {
    const cdtime_t next = simulator->hosts[i].next;
    if (next <= newest)
      due += (newest - next) / simulator->interval + 1;
  }
  return due;
}

size_t simulator_emit(simulator_t *simulator, cdtime_t now, size_t ticks_max) {
  const cdtime_t newest = grid_floor(now, simulator->interval);
  skip_ticks(simulator, newest);
  lose_patience(simulator, newest);
  for (size_t i = 0; i < ticks_max; i++)
    if (emit_round(simulator, newest) == 0)
      break;
  return count_due(simulator, newest);
}

void simulator_arrived(simulator_t *simulator, const value_list_t *vl) {
  if (strncmp(vl->host, NAME_PREFIX, strlen(NAME_PREFIX)) != 0)
    return;
  char *end = NULL;
  const unsigned long number =
      strtoul(vl->host + strlen(NAME_PREFIX), &end, 10);
  if (number < 1 || number > simulator->hosts_num || *end != '\0')
    return;
  _Atomic cdtime_t *arrived = &simulator->hosts[number - 1].arrived;
  cdtime_t newest = atomic_load(arrived);
  while (newest < vl->time &&
         !atomic_compare_exchange_weak(arrived, &newest, vl->time))
    ;
}

/* SPDX-License-Identifier: MIT */
/*
 * simulator_model.h -- what a made-up host does at a given time
 *
 * Pure arithmetic: no clock, no state, no collectd. Everything a host does is a
 * function of its seed, its index and the absolute time, so that a simulation
 * can be stopped, restarted or entered anywhere and still tells the same story.
 *
 * Times are milliseconds since the epoch, UTC, and never negative. All
 * functions may be called from any thread.
 */
#ifndef ANOMALY_SIMULATOR_MODEL_H
#define ANOMALY_SIMULATOR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The states of a CPU, as collectd's cpu plugin names them. */
typedef enum {
  SIM_CPU_USER,
  SIM_CPU_SYSTEM,
  SIM_CPU_WAIT,
  SIM_CPU_NICE,
  SIM_CPU_SOFTIRQ,
  SIM_CPU_INTERRUPT,
  SIM_CPU_STEAL,
  SIM_CPU_IDLE,
  SIM_CPU_STATES,
} sim_cpu_state_t;

/* What a host's memory is used for; the parts add up to all of it. */
typedef enum {
  SIM_MEMORY_USED,
  SIM_MEMORY_FREE,
  SIM_MEMORY_BUFFERED,
  SIM_MEMORY_CACHED,
  SIM_MEMORY_SLAB_RECL,
  SIM_MEMORY_SLAB_UNRECL,
  SIM_MEMORY_PARTS,
} sim_memory_part_t;

/* What a file system's space is used for; the parts add up to its size. */
typedef enum {
  SIM_DF_FREE,
  SIM_DF_RESERVED,
  SIM_DF_USED,
  SIM_DF_PARTS,
} sim_df_part_t;

typedef enum { SIM_ETH0, SIM_LO, SIM_INTERFACES } sim_interface_t;
typedef enum { SIM_RX, SIM_TX, SIM_DIRECTIONS } sim_direction_t;

/* What is counted at an interface. */
typedef enum {
  SIM_IF_OCTETS,
  SIM_IF_PACKETS,
  SIM_IF_ERRORS,
  SIM_IF_DROPPED,
  SIM_IF_COUNTERS,
} sim_if_counter_t;

enum {
  SIM_CPUS = 4,
  SIM_USER_HZ = 100, /* jiffies a second, the unit of the cpu plugin */
  SIM_FILE_SYSTEMS = 2,
};

/* One host at one moment. Nothing in it is negative or NaN. */
typedef struct {
  double cpu[SIM_CPUS][SIM_CPU_STATES];      /* jiffies/s; a CPU's add up to
                                                SIM_USER_HZ */
  double memory[SIM_MEMORY_PARTS];           /* bytes, whole KiB */
  double df[SIM_FILE_SYSTEMS][SIM_DF_PARTS]; /* bytes, whole KiB */
  double interfaces[SIM_INTERFACES][SIM_IF_COUNTERS][SIM_DIRECTIONS]; /* 1/s */
  bool eth0_gone; /* nothing is to be reported of eth0 */
} sim_sample_t;

/* What can go wrong. */
typedef enum {
  SIM_SPIKE,         /* every CPU near 95 %, more traffic */
  SIM_LEAK,          /* memory fills steadily and is freed at once */
  SIM_SHIFT_CPU,     /* CPU use moves to a higher level */
  SIM_SHIFT_NETWORK, /* traffic moves to a higher level */
  SIM_DROP_OUT,      /* CPU use and traffic fall to nearly nothing */
  SIM_SILENCE,       /* the same, and eth0 is not reported */
  SIM_ERROR_BURST,   /* interface errors and drops, less traffic */
  SIM_INCIDENT_KINDS,
} sim_incident_kind_t;

typedef struct {
  sim_incident_kind_t kind;
  int64_t start;   /* first moment of it */
  int64_t end;     /* first moment after it */
  double severity; /* 0..1 */
} sim_incident_t;

/* The character of a host. To be filled by sim_host_init() alone. */
typedef struct {
  uint64_t key;           /* of all its random numbers */
  int64_t incident_phase; /* ms by which its incident slots begin early */
  double peak_hour;       /* 0..24, UTC: when its day is busiest */
  double night_load;      /* share of the CPUs in use when it is least busy */
  double day_load;        /* what the busiest hour adds to that */
  double traffic;         /* bytes/s received if all CPUs were in use */
  double memory;          /* bytes */
  double memory_used;     /* share of it that is in use without any load */
  double df_used[SIM_FILE_SYSTEMS]; /* share of the space that is in use */
} sim_host_t;

void sim_host_init(sim_host_t *host, uint64_t seed, size_t index);

/* The incident of the slot of 90 minutes that `ts` is in; every slot has
 * exactly one. It begins no sooner than 65 minutes into the slot and ends
 * within it, hence any two hours hold at least one from start to end. Returns
 * true while it lasts (start <= ts < end). */
bool sim_host_incident(const sim_host_t *host, int64_t ts,
                       sim_incident_t *incident);

void sim_host_sample(const sim_host_t *host, int64_t ts, sim_sample_t *sample);

#endif /* ANOMALY_SIMULATOR_MODEL_H */

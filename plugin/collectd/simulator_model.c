/* SPDX-License-Identifier: MIT */
/*
 * simulator_model.c -- what a made-up host does at a given time
 *
 * One hidden quantity, the load, follows the hour of the day and drives CPU,
 * network and a bit of memory together; every metric adds noise of its own. An
 * incident changes what comes out (effects_t), never the load itself, so that
 * it begins and ends without a trace.
 *
 * Randomness comes from hashing (host, stream, number of a tick) instead of
 * a generator with a state: any moment can be computed without those before it.
 */
#include "plugin/collectd/simulator_model.h"

#include <math.h>

#define KIB 1024.0
#define GIB (1024.0 * 1024.0 * 1024.0)

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* A slot is a calm stretch and the room within which its incident is placed. A
 * stretch of time as long as a slot and a room together, wherever it begins,
 * holds an entire incident. */
#define INCIDENT_SLOT (90 * MINUTE)
#define INCIDENT_ROOM (25 * MINUTE)
#define INCIDENT_RAMP (5 * SECOND)

/* How often each kind happens, in percent, and how long it lasts: five minutes
 * of a slot's ninety in the mean, since what happens often is normal. */
static const struct {
  unsigned percent;
  int64_t shortest;
  int64_t longest;
} incident_kinds[SIM_INCIDENT_KINDS] = {
    [SIM_SPIKE] = {37, 80 * SECOND, 240 * SECOND},
    [SIM_LEAK] = {10, 10 * MINUTE, 15 * MINUTE},
    [SIM_SHIFT_CPU] = {5, 12 * MINUTE, 20 * MINUTE},
    [SIM_SHIFT_NETWORK] = {5, 12 * MINUTE, 20 * MINUTE},
    [SIM_DROP_OUT] = {15, 3 * MINUTE, 7 * MINUTE},
    [SIM_SILENCE] = {8, 3 * MINUTE, 7 * MINUTE},
    [SIM_ERROR_BURST] = {20, 2 * MINUTE, 5 * MINUTE},
};

static const double df_size[SIM_FILE_SYSTEMS] = {40 * GIB, 200 * GIB};

/* What a random number is drawn for. Streams are independent of each other;
 * those of an array take one number an element. */
enum {
  STREAM_CHARACTER,
  STREAM_INCIDENT_KIND,
  STREAM_INCIDENT_DURATION,
  STREAM_INCIDENT_START,
  STREAM_INCIDENT_SEVERITY,
  STREAM_LOAD,
  STREAM_CPU,
  STREAM_CPU_SPLIT = STREAM_CPU + SIM_CPUS,
  STREAM_CPU_WAIT = STREAM_CPU_SPLIT + SIM_CPUS,
  STREAM_MEMORY = STREAM_CPU_WAIT + SIM_CPUS,
  STREAM_DF = STREAM_MEMORY + SIM_MEMORY_PARTS,
  STREAM_DF_DRIFT = STREAM_DF + SIM_FILE_SYSTEMS,
  STREAM_TRAFFIC = STREAM_DF_DRIFT + SIM_FILE_SYSTEMS,
  STREAM_PACKETS = STREAM_TRAFFIC + SIM_DIRECTIONS,
  STREAM_ERRORS = STREAM_PACKETS + SIM_DIRECTIONS,
  STREAM_DROPPED = STREAM_ERRORS + SIM_DIRECTIONS,
  STREAM_LO = STREAM_DROPPED + SIM_DIRECTIONS,
};

/* What an incident does to its host. */
typedef struct {
  double saturation;     /* 0..1: how far every CPU is towards full_cpu */
  double full_cpu;       /* 0..1 */
  double extra_cpu;      /* share of every CPU */
  double load_factor;    /* on CPU use */
  double traffic_factor; /* on all that passes through eth0 */
  double leaked;         /* share of the memory */
  double errors;         /* 1/s in each direction of eth0 */
  bool eth0_gone;
} effects_t;

/* --- random numbers --- */

/* The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
 * number generators, 2014). */
static uint64_t mix(uint64_t x) {
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* The n-th number of an octave of a stream. */
static uint64_t draw(const sim_host_t *host, unsigned stream, unsigned octave,
                     int64_t n) {
  return mix(mix(host->key ^ ((uint64_t)stream << 8 | octave)) ^ (uint64_t)n);
}

/* low <= result < high */
static double between(double low, double high, uint64_t random) {
  return low + (high - low) * (double)(random >> 11) * 0x1p-53;
}

/* Mean 0, variance 1, never beyond +-3.5: the sum of four uniform numbers. An
 * unbounded bell would now and then invent an incident. */
static double bell(uint64_t random) {
  double sum = 0;
  for (int i = 0; i < 4; i++)
    sum += (double)(random >> (16 * i) & 0xffff) / 65535.0 - 0.5;
  return sum * sqrt(3);
}

/* Random numbers `period` apart, joined smoothly. */
static double value_noise(const sim_host_t *host, unsigned stream,
                          unsigned octave, int64_t ts, int64_t period) {
  const int64_t knot = ts / period;
  const double x = (double)(ts % period) / (double)period;
  const double from = bell(draw(host, stream, octave, knot));
  const double to = bell(draw(host, stream, octave, knot + 1));
  return from + (to - from) * x * x * (3 - 2 * x);
}

/* Noise that looks alike at intervals of one second, ten and sixty: mean 0,
 * variance about 0.75. */
static double noise(const sim_host_t *host, unsigned stream, int64_t ts) {
  /* Prime, so that no usual interval meets always the same phase. The last
   * octave is white. */
  static const struct {
    int64_t period;
    double amplitude;
  } octaves[] = {{599 * SECOND, 0.65},
                 {127 * SECOND, 0.5},
                 {31 * SECOND, 0.4},
                 {7 * SECOND, 0.3},
                 {1, 0.25}};

  double sum = 0;
  for (unsigned i = 0; i < sizeof(octaves) / sizeof(octaves[0]); i++)
    sum += octaves[i].amplitude *
           value_noise(host, stream, i, ts, octaves[i].period);
  return sum;
}

/* A rate (1/s) that is mostly 0 and makes an event every two minutes. */
static double trickle(const sim_host_t *host, unsigned stream, int64_t ts) {
  const int64_t cell = 20 * SECOND;
  const uint64_t random = draw(host, stream, 0, ts / cell);
  if (random % 12 != 0)
    return 0;
  const double events = 1 + (double)(random / 12 % 3);
  return events * SECOND / (double)cell;
}

static double clamp(double x, double low, double high) {
  return fmin(fmax(x, low), high);
}

/* --- the host --- */

/* A property that host and `n` decide. */
static double trait(const sim_host_t *host, int64_t n, double low,
                    double high) {
  return between(low, high, draw(host, STREAM_CHARACTER, 0, n));
}

void sim_host_init(sim_host_t *host, uint64_t seed, size_t index) {
  *host = (sim_host_t){.key = mix(mix(seed) + index)};
  host->incident_phase = (int64_t)trait(host, 0, 0, INCIDENT_SLOT);
  host->peak_hour = trait(host, 1, 13, 17);
  host->night_load = trait(host, 2, 0.08, 0.12);
  host->day_load = trait(host, 3, 0.15, 0.30);
  host->traffic = trait(host, 4, 4e6, 16e6);
  host->memory = 8 * GIB * exp2(floor(trait(host, 5, 0, 3)));
  host->memory_used = trait(host, 6, 0.30, 0.42);
  for (unsigned i = 0; i < SIM_FILE_SYSTEMS; i++)
    host->df_used[i] = trait(host, 7 + i, 0.3, 0.6);
}

/* --- incidents --- */

static sim_incident_kind_t pick_kind(uint64_t random) {
  unsigned percent = random % 100;
  sim_incident_kind_t kind = 0;
  while (percent >= incident_kinds[kind].percent)
    percent -= incident_kinds[kind++].percent;
  return kind;
}

bool sim_host_incident(const sim_host_t *host, int64_t ts,
                       sim_incident_t *incident) {
  const int64_t slot = (ts + host->incident_phase) / INCIDENT_SLOT;
  const int64_t slot_end = (slot + 1) * INCIDENT_SLOT - host->incident_phase;

  const sim_incident_kind_t kind =
      pick_kind(draw(host, STREAM_INCIDENT_KIND, 0, slot));
  const int64_t duration =
      (int64_t)between((double)incident_kinds[kind].shortest,
                       (double)incident_kinds[kind].longest,
                       draw(host, STREAM_INCIDENT_DURATION, 0, slot));
  const int64_t start =
      slot_end - INCIDENT_ROOM +
      (int64_t)between(0, (double)(INCIDENT_ROOM - duration),
                       draw(host, STREAM_INCIDENT_START, 0, slot));

  *incident = (sim_incident_t){
      .kind = kind,
      .start = start,
      .end = start + duration,
      .severity = between(0, 1, draw(host, STREAM_INCIDENT_SEVERITY, 0, slot)),
  };
  return start <= ts && ts < start + duration;
}

static effects_t effects_at(const sim_host_t *host, int64_t ts) {
  effects_t effects = {.load_factor = 1, .traffic_factor = 1};
  sim_incident_t incident;
  if (!sim_host_incident(host, ts, &incident))
    return effects;

  const double severity = incident.severity;
  const double elapsed = (double)(ts - incident.start);
  const double left = (double)(incident.end - ts);
  const double strength = fmin(1, fmin(elapsed, left) / INCIDENT_RAMP);

  switch (incident.kind) {
  case SIM_SPIKE:
    effects.saturation = strength;
    effects.full_cpu = 0.93 + 0.04 * severity;
    effects.traffic_factor += strength * (1.5 + severity);
    break;
  case SIM_LEAK:
    effects.leaked = (0.25 + 0.15 * severity) * elapsed / (elapsed + left) *
                     fmin(1, left / INCIDENT_RAMP);
    break;
  case SIM_SHIFT_CPU:
    effects.extra_cpu = strength * (0.30 + 0.15 * severity);
    break;
  case SIM_SHIFT_NETWORK:
    effects.traffic_factor += strength * (3 + 2 * severity);
    break;
  case SIM_SILENCE:
    effects.eth0_gone = true;
    /* fall through */
  case SIM_DROP_OUT:
    effects.load_factor -= strength * (0.96 + 0.03 * severity);
    effects.traffic_factor -= strength * (0.98 + 0.01 * severity);
    break;
  case SIM_ERROR_BURST:
    effects.errors = strength * (20 + 60 * severity);
    effects.traffic_factor -= strength * 0.4;
    break;
  case SIM_INCIDENT_KINDS:
    break;
  }
  return effects;
}

/* --- what it looks like --- */

/* Share of the CPUs that is in demand: from night_load, twelve hours off the
 * peak, to night_load + day_load. */
static double load_at(const sim_host_t *host, int64_t ts) {
  const double hour = (double)(ts % DAY) / HOUR;
  const double busy = 0.5 + 0.5 * cos((hour - host->peak_hour) * M_PI / 12);
  return (host->night_load + host->day_load * busy) *
         exp(0.12 * noise(host, STREAM_LOAD, ts));
}

static void sample_cpu(const sim_host_t *host, int64_t ts, unsigned cpu,
                       double load, const effects_t *effects,
                       double rates[SIM_CPU_STATES]) {
  const double own = noise(host, STREAM_CPU + cpu, ts);
  double busy = load * (1 + 0.12 * own);
  busy = busy * effects->load_factor + effects->extra_cpu;
  busy += (effects->full_cpu - busy) * effects->saturation;
  busy = clamp(busy + 0.005 * own, 0.002, 0.985);

  const double user = 0.72 + 0.03 * noise(host, STREAM_CPU_SPLIT + cpu, ts);
  const double wait =
      (1 - busy) * 0.006 * exp(0.6 * noise(host, STREAM_CPU_WAIT + cpu, ts));

  const double shares[SIM_CPU_STATES] = {
      [SIM_CPU_USER] = busy * user,    [SIM_CPU_SYSTEM] = busy * (0.945 - user),
      [SIM_CPU_SOFTIRQ] = busy * 0.04, [SIM_CPU_INTERRUPT] = busy * 0.01,
      [SIM_CPU_NICE] = busy * 0.002,   [SIM_CPU_STEAL] = busy * 0.003,
      [SIM_CPU_WAIT] = wait,           [SIM_CPU_IDLE] = 1 - busy - wait,
  };
  for (size_t i = 0; i < SIM_CPU_STATES; i++)
    rates[i] = shares[i] * SIM_USER_HZ;
}

/* What is not in use is shared by the others in constant proportions: a leak
 * shrinks the caches along with what is free. */
static void sample_memory(const sim_host_t *host, int64_t ts, double load,
                          const effects_t *effects,
                          double bytes[SIM_MEMORY_PARTS]) {
  static const double rest_shares[SIM_MEMORY_PARTS] = {
      [SIM_MEMORY_BUFFERED] = 0.04,
      [SIM_MEMORY_CACHED] = 0.55,
      [SIM_MEMORY_SLAB_RECL] = 0.05,
      [SIM_MEMORY_SLAB_UNRECL] = 0.02,
  };

  const double used = host->memory_used + 0.12 * load + effects->leaked +
                      0.004 * noise(host, STREAM_MEMORY + SIM_MEMORY_USED, ts);
  const double rest = (1 - used) * host->memory;

  bytes[SIM_MEMORY_USED] = floor(used * host->memory / KIB) * KIB;
  bytes[SIM_MEMORY_FREE] = host->memory - bytes[SIM_MEMORY_USED];
  for (unsigned i = SIM_MEMORY_BUFFERED; i < SIM_MEMORY_PARTS; i++) {
    const double wobble = 1 + 0.01 * noise(host, STREAM_MEMORY + i, ts);
    bytes[i] = floor(rest * rest_shares[i] * wobble / KIB) * KIB;
    bytes[SIM_MEMORY_FREE] -= bytes[i];
  }
}

/* Space comes and goes over hours. */
static void sample_df(const sim_host_t *host, int64_t ts, unsigned index,
                      double bytes[SIM_DF_PARTS]) {
  const double size = df_size[index];
  const double drift =
      value_noise(host, STREAM_DF_DRIFT + index, 0, ts, 6 * HOUR);
  const double used = host->df_used[index] + 0.01 * drift +
                      0.0002 * noise(host, STREAM_DF + index, ts);

  bytes[SIM_DF_USED] = floor(used * size / KIB) * KIB;
  bytes[SIM_DF_RESERVED] = floor(0.05 * size / KIB) * KIB;
  bytes[SIM_DF_FREE] = size - bytes[SIM_DF_USED] - bytes[SIM_DF_RESERVED];
}

static void sample_eth0(const sim_host_t *host, int64_t ts, double load,
                        const effects_t *effects,
                        double rates[SIM_IF_COUNTERS][SIM_DIRECTIONS]) {
  /* A server: small requests come in, large answers go out. */
  static const double volume[SIM_DIRECTIONS] = {[SIM_RX] = 1, [SIM_TX] = 3};
  static const double packet[SIM_DIRECTIONS] = {
      [SIM_RX] = 350, [SIM_TX] = 1100};

  for (unsigned i = 0; i < SIM_DIRECTIONS; i++) {
    const double octets = load * host->traffic * volume[i] *
                          effects->traffic_factor *
                          exp(0.12 * noise(host, STREAM_TRAFFIC + i, ts));
    const double size =
        packet[i] * (1 + 0.03 * noise(host, STREAM_PACKETS + i, ts));

    rates[SIM_IF_OCTETS][i] = octets;
    rates[SIM_IF_PACKETS][i] = octets / size;
    rates[SIM_IF_ERRORS][i] =
        trickle(host, STREAM_ERRORS + i, ts) + effects->errors;
    rates[SIM_IF_DROPPED][i] =
        trickle(host, STREAM_DROPPED + i, ts) + 0.5 * effects->errors;
  }
}

/* Whatever goes out of a loopback comes in. */
static void sample_lo(const sim_host_t *host, int64_t ts, double load,
                      double rates[SIM_IF_COUNTERS][SIM_DIRECTIONS]) {
  const double octets = 2e5 * load * exp(0.2 * noise(host, STREAM_LO, ts));
  for (unsigned i = 0; i < SIM_DIRECTIONS; i++) {
    rates[SIM_IF_OCTETS][i] = octets;
    rates[SIM_IF_PACKETS][i] = octets / 400;
    rates[SIM_IF_ERRORS][i] = 0;
    rates[SIM_IF_DROPPED][i] = 0;
  }
}

void sim_host_sample(const sim_host_t *host, int64_t ts, sim_sample_t *sample) {
  const effects_t effects = effects_at(host, ts);
  const double load = load_at(host, ts);

  for (unsigned i = 0; i < SIM_CPUS; i++)
    sample_cpu(host, ts, i, load, &effects, sample->cpu[i]);
  sample_memory(host, ts, load, &effects, sample->memory);
  for (unsigned i = 0; i < SIM_FILE_SYSTEMS; i++)
    sample_df(host, ts, i, sample->df[i]);
  sample_eth0(host, ts, load, &effects, sample->interfaces[SIM_ETH0]);
  sample_lo(host, ts, load * effects.load_factor, sample->interfaces[SIM_LO]);
  sample->eth0_gone = effects.eth0_gone;
}

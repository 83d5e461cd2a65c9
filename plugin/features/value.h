/* SPDX-License-Identifier: MIT */
/*
 * value.h -- what collectd measures, in plain types
 *
 * Nothing in this folder knows collectd's headers, so that what the daemon
 * hands over and what lies in its files go the same way. Kinds and ranges are
 * those of types.db(5).
 */
#ifndef ANOMALY_VALUE_H
#define ANOMALY_VALUE_H

#include <stddef.h>
#include <stdint.h>

/* A time since the epoch or a duration, in units of 2^-30 seconds, as in
 * collectd's cdtime_t. */
typedef uint64_t ticks_t;

#define TICKS(seconds) ((ticks_t)(seconds) << 30)

static inline int64_t ticks_to_ms(ticks_t ticks) {
  uint64_t fraction = ticks & (TICKS(1) - 1);
  return (int64_t)((ticks >> 30) * 1000 +
                   ((fraction * 1000 + TICKS(1) / 2) >> 30));
}

static inline double ticks_to_seconds(ticks_t ticks) {
  return (double)ticks / (double)TICKS(1);
}

/* `seconds` >= 0. */
static inline ticks_t ticks_of_seconds(double seconds) {
  return (ticks_t)(seconds * (double)TICKS(1));
}

typedef enum {
  SOURCE_COUNTER,
  SOURCE_GAUGE,
  SOURCE_DERIVE,
  SOURCE_ABSOLUTE,
} source_kind_t;

/* A data source: a column of a type. */
typedef struct {
  const char *name;
  source_kind_t kind;
  double min, max; /* of the gauge or the rate; NaN: no bound */
} source_t;

/* One number; which member counts is told by its source's kind. */
typedef union {
  uint64_t counter;
  double gauge;
  int64_t derive;
  uint64_t absolute;
} number_t;

/* An identifier but for its host, and the sources of its type. */
typedef struct {
  const char *plugin;
  const char *plugin_instance; /* "": none */
  const char *type;
  const char *type_instance; /* "": none */
  const source_t *sources;
  size_t sources_num;
} metric_t;

#endif /* ANOMALY_VALUE_H */

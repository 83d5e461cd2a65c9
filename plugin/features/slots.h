/* SPDX-License-Identifier: MIT */
/*
 * slots.h -- the series of one host that feed one detector
 *
 * A slot a data source, side by side for each series: what it last said, when,
 * and what it counts with. frames.c decides when a value is due, the slot what
 * becomes of it.
 */
#ifndef ANOMALY_SLOTS_H
#define ANOMALY_SLOTS_H

#include "plugin/features/match.h"
#include "plugin/features/rate.h"

/* One data source of one series. */
typedef struct {
  uint64_t series;
  rate_state_t state;
  ticks_t last_time; /* of the newest value that a frame has closed on */
  ticks_t interval;
  ticks_t newest;  /* time stamp, in the open frames too */
  ticks_t arrival; /* of the last taken, monotonic */
  ticks_t rate_time;
  double rate; /* what it counts with; NaN: nothing */
  double min, max;
  uint32_t source;
  uint32_t group; /* of the aggregate */
  source_kind_t kind;
  bool selected;  /* as in use_t */
  bool expected;  /* frames wait for it */
  bool went_back; /* something older came after the last taken */
} slot_t;

/* All zero: none. */
typedef struct {
  slot_t *items;
  size_t num;
  size_t max;
  size_t expected_num;
  uint32_t *index;   /* series -> first slot + 1, open addressing; 0: empty */
  size_t index_size; /* twice max */
} slots_t;

void slots_clear(slots_t *slots);

/* Room for `max` slots, a power of two from 8 on. 0, or ENOMEM. */
int slots_grow(slots_t *slots, size_t max);

/* The first slot of a series; SIZE_MAX: it has none. */
size_t slots_find(const slots_t *slots, uint64_t series);

/* Counts in `num` slots of a series that have been filled in behind the last.
 */
void slots_added(slots_t *slots, size_t num);

/* Finds its way again after slots have been moved. */
void slots_moved(slots_t *slots);

void slots_expect(slots_t *slots, slot_t *slot, bool expected);

/* The clock of the host was set: frames went on before `end`, and do from
 * `time` on; `silent`: nothing came for a while before. Time stamps of both
 * sides do not compare: counters begin anew, and what counts goes on counting,
 * unless the host was silent. */
void slots_set_clock(slots_t *slots, ticks_t end, ticks_t time, bool silent);

/* Takes a value that is newer than the last. */
void slot_take(slot_t *slot, number_t value, ticks_t time, ticks_t arrival);

/* Whether it comes about as often as frames do. */
bool slot_is_regular(const slot_t *slot, ticks_t frames_interval);

/* Whether it counts in the frame that ends at `end`. */
bool slot_counts(const slot_t *slot, ticks_t end);

#endif /* ANOMALY_SLOTS_H */

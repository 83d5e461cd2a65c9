/* SPDX-License-Identifier: MIT */
/* The series of a host: see the header. */
#include "plugin/features/slots.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void slots_clear(slots_t *slots) {
  free(slots->items);
  free(slots->index);
  *slots = (slots_t){0};
}

static size_t index_place(const slots_t *slots, uint64_t series) {
  size_t mask = slots->index_size - 1;
  size_t i = (series * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;
  while (slots->index[i] != 0 &&
         slots->items[slots->index[i] - 1].series != series)
    i = (i + 1) & mask;
  return i;
}

void slots_moved(slots_t *slots) {
  memset(slots->index, 0, slots->index_size * sizeof(*slots->index));
  for (size_t i = 0; i < slots->num; i++)
    if (i == 0 || slots->items[i].series != slots->items[i - 1].series)
      slots->index[index_place(slots, slots->items[i].series)] =
          (uint32_t)i + 1;
}

int slots_grow(slots_t *slots, size_t max) {
  slot_t *items = realloc(slots->items, max * sizeof(*items));
  if (items == NULL)
    return ENOMEM;
  slots->items = items;
  uint32_t *index = realloc(slots->index, 2 * max * sizeof(*index));
  if (index == NULL)
    return ENOMEM;
  slots->index = index;
  slots->index_size = 2 * max; /* never more than half full */
  slots->max = max;
  slots_moved(slots);
  return 0;
}

size_t slots_find(const slots_t *slots, uint64_t series) {
  if (slots->index_size == 0)
    return SIZE_MAX;
  uint32_t found = slots->index[index_place(slots, series)];
  return found == 0 ? SIZE_MAX : found - 1;
}

void slots_added(slots_t *slots, size_t num) {
  size_t first = slots->num;
  slots->num += num;
  slots->index[index_place(slots, slots->items[first].series)] =
      (uint32_t)first + 1;
}

void slots_expect(slots_t *slots, slot_t *slot, bool expected) {
  slots->expected_num += expected;
  slots->expected_num -= slot->expected;
  slot->expected = expected;
}

void slots_set_clock(slots_t *slots, ticks_t end, ticks_t time, bool silent) {
  for (size_t i = 0; i < slots->num; i++) {
    slot_t *slot = slots->items + i;
    if (silent || !slot_counts(slot, end))
      slot->rate = NAN;
    slot->newest = slot->rate_time = time;
    slot->state = (rate_state_t){0};
    slot->last_time = 0;
  }
}

/* Whether the host's clock has been set between the last value and this, by
 * what `passed` for it and what we `waited`: no rate comes of them. Values may
 * well come many at a time, after a while or in no time at all, but then an
 * interval follows the other. */
static bool clock_was_set(const slot_t *slot, ticks_t passed, ticks_t waited) {
  bool back = slot->went_back || passed < slot->interval - slot->interval / 4;
  return (back && waited > passed + passed / 2 + slot->interval / 4) ||
         (passed > 2 * slot->interval && waited < passed / 2);
}

void slot_take(slot_t *slot, number_t value, ticks_t time, ticks_t arrival) {
  ticks_t waited = arrival > slot->arrival ? arrival - slot->arrival : 0;
  if (clock_was_set(slot, time - slot->last_time, waited))
    slot->state = (rate_state_t){0};
  slot->arrival = arrival;
  slot->went_back = false;
  double rate = slot->rate; /* that stays for a counter's first value */
  if (slot->kind == SOURCE_GAUGE)
    rate = value.gauge;
  else
    (void)rate_step(&slot->state, value, slot->kind, time, &rate);
  if (!isfinite(rate) || rate < slot->min || rate > slot->max)
    rate = NAN;
  slot->rate = rate;
  slot->rate_time = time;
  slot->last_time = time;
}

bool slot_is_regular(const slot_t *slot, ticks_t frames_interval) {
  return slot->interval <= frames_interval + frames_interval / 2;
}

bool slot_counts(const slot_t *slot, ticks_t end) {
  return !isnan(slot->rate) && slot->rate_time + 2 * slot->interval >= end;
}

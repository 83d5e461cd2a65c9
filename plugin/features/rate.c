/* SPDX-License-Identifier: MIT */
/* Rates: see the header. */
#include "plugin/features/rate.h"

#include <errno.h>

/* What has been counted between two values. */
static double counted(number_t last, number_t number, source_kind_t kind) {
  if (kind == SOURCE_DERIVE) /* unsigned, or it might overflow */
    return (double)(int64_t)((uint64_t)number.derive - (uint64_t)last.derive);
  if (kind == SOURCE_ABSOLUTE)
    return (double)number.absolute;
  uint64_t difference = number.counter - last.counter;
  if (number.counter < last.counter && last.counter <= UINT32_MAX)
    difference = (uint32_t)difference;
  return (double)difference;
}

int rate_step(rate_state_t *state, number_t number, source_kind_t kind,
              ticks_t time, double *rate) {
  rate_state_t last = *state;
  if (time <= last.last_time) {
    *state = (rate_state_t){0};
    return EAGAIN;
  }
  *state = (rate_state_t){.last = number, .last_time = time};
  if (kind != SOURCE_GAUGE && last.last_time == 0)
    return EAGAIN;
  *rate = kind == SOURCE_GAUGE ? number.gauge
                               : counted(last.last, number, kind) /
                                     ticks_to_seconds(time - last.last_time);
  return 0;
}

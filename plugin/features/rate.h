/* SPDX-License-Identifier: MIT */
/*
 * rate.h -- a counter becomes a rate
 *
 * By the rules of collectd's value_to_rate(): a counter that goes back has
 * wrapped around, at 32 bits if it was below that; a derive that goes back has
 * a negative rate; an absolute is what came since the last one. The first value
 * of all has no rate.
 */
#ifndef ANOMALY_RATE_H
#define ANOMALY_RATE_H

#include "plugin/features/value.h"

/* All zero: nothing has come yet. */
typedef struct {
  number_t last;
  ticks_t last_time;
} rate_state_t;

/* The rate per second since the last value; a gauge is its own. 0; or EAGAIN,
 * *rate untouched: there is none, since it is the first value or not later than
 * the last one, which begins anew. */
int rate_step(rate_state_t *state, number_t number, source_kind_t kind,
              ticks_t time, double *rate);

#endif /* ANOMALY_RATE_H */

/* SPDX-License-Identifier: MIT */
/*
 * sort.h -- a few numbers in ascending order
 */
#ifndef ANOMALY_SORT_H
#define ANOMALY_SORT_H

#include <stddef.h>

/* By insertion: for a few hundred numbers at most, none of them NaN. */
static inline void sort_floats(float *values, size_t n) {
  for (size_t i = 1; i < n; i++) {
    float value = values[i];
    size_t j = i;
    for (; j > 0 && values[j - 1] > value; j--)
      values[j] = values[j - 1];
    values[j] = value;
  }
}

#endif /* ANOMALY_SORT_H */

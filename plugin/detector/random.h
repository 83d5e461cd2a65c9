/* SPDX-License-Identifier: MIT */
/*
 * random.h -- a small generator of reproducible random numbers
 *
 * SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): one word of state, good enough for sampling rows
 * and drawing splits, the same sequence on every machine. Not for secrets.
 */
#ifndef ANOMALY_RANDOM_H
#define ANOMALY_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Any value is a valid state; equal states give equal sequences. */
typedef struct {
  uint64_t state;
} random_t;

/* 64 random bits. */
static inline uint64_t random_bits(random_t *random) {
  uint64_t bits = (random->state += UINT64_C(0x9E3779B97F4A7C15));
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
  return bits ^ (bits >> 31);
}

/* Uniform in [0, 1). */
static inline double random_unit(random_t *random) {
  return (double)(random_bits(random) >> 11) * 0x1p-53;
}

/* Uniform in 0..bound-1; bound in 1..2^32. The bias, below bound / 2^32, is too
 * small to matter here. */
static inline uint32_t random_below(random_t *random, uint64_t bound) {
  return (uint32_t)(((random_bits(random) >> 32) * bound) >> 32);
}

/* Draws n different numbers of 0..population-1, in ascending order, each subset
 * as likely as any other; n <= population (Knuth, TAOCP 2, algorithm S). */
static inline void random_sample(random_t *random, size_t population, size_t n,
                                 uint32_t *sample) {
  size_t chosen = 0;
  for (size_t i = 0; chosen < n; i++)
    if (random_below(random, population - i) < n - chosen)
      sample[chosen++] = (uint32_t)i;
}

#endif /* ANOMALY_RANDOM_H */

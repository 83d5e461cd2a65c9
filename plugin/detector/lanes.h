/* SPDX-License-Identifier: MIT */
/*
 * lanes.h -- four floats at once
 *
 * Compilers may not reorder additions, and some do not vectorise what they may.
 * GCC's vector types say it outright, on any processor: each lane computes what
 * a scalar loop would, bit for bit.
 */
#ifndef ANOMALY_LANES_H
#define ANOMALY_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LANES_NUM 4

typedef float lanes_t __attribute__((vector_size(16)));

static inline lanes_t lanes_load(const float *numbers) {
  lanes_t lanes;
  memcpy(&lanes, numbers, sizeof(lanes));
  return lanes;
}

static inline void lanes_store(float *numbers, lanes_t lanes) {
  memcpy(numbers, &lanes, sizeof(lanes));
}

/* By way of 32 bits, for which there are instructions; GCC 12 does not find the
 * shortest ones of SSE2. */
static inline lanes_t lanes_load_fixed(const int16_t *numbers) {
#ifdef __SSE2__
  __m128i fixed = _mm_loadl_epi64((const __m128i *)(const void *)numbers);
  __m128i wide = _mm_srai_epi32(_mm_unpacklo_epi16(fixed, fixed), 16);
  return (lanes_t)_mm_cvtepi32_ps(wide);
#else
  typedef int16_t fixed_t __attribute__((vector_size(8)));
  typedef int32_t wide_t __attribute__((vector_size(16)));
  fixed_t fixed;
  memcpy(&fixed, numbers, sizeof(fixed));
  return __builtin_convertvector(__builtin_convertvector(fixed, wide_t),
                                 lanes_t);
#endif
}

static inline float lanes_sum(lanes_t lanes) {
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

#endif /* ANOMALY_LANES_H */

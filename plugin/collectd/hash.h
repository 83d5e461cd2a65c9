/* SPDX-License-Identifier: MIT */
/*
 * hash.h -- a fast hash of names that come from the network
 *
 * Multiply and fold, eight bytes at a time, with a secret of the process, so
 * that nobody can choose names that collide.
 */
#ifndef ANOMALY_HASH_H
#define ANOMALY_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

/* From the kernel; where it has none to give, the same for every process. */
static inline uint64_t hash_secret(void) {
  uint64_t secret = UINT64_C(0x2545F4914F6CDD1D);
  (void)!getrandom(&secret, sizeof(secret), GRND_NONBLOCK);
  return secret;
}

static inline uint64_t hash_fold(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ (hash >> 32);
}

static inline uint64_t hash_bytes(uint64_t secret, const char *bytes,
                                  size_t length) {
  uint64_t hash = hash_fold(secret, length);
  uint64_t word = 0;
  for (; length >= sizeof(word); length -= sizeof(word)) {
    memcpy(&word, bytes, sizeof(word));
    bytes += sizeof(word);
    hash = hash_fold(hash, word);
  }
  word = 0;
  memcpy(&word, bytes, length);
  return hash_fold(hash, word);
}

#endif /* ANOMALY_HASH_H */

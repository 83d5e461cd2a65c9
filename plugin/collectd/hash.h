/* SPDX-License-Identifier: MIT */
/*
 * hash.h -- a hash of names that come from the network
 *
 * SipHash-1-3 (Aumasson and Bernstein, https://www.aumasson.jp/siphash/), with
 * a secret of the process: faster ones let anybody choose names that collide,
 * whatever the secret.
 */
#ifndef ANOMALY_HASH_H
#define ANOMALY_HASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

typedef struct {
  uint64_t words[2];
} hash_secret_t;

/* From the kernel; where it has none to give, the same for every process. */
static inline hash_secret_t hash_secret(void) {
  hash_secret_t secret = {
      {UINT64_C(0x2545F4914F6CDD1D), UINT64_C(0x9E3779B97F4A7C15)}};
  (void)!getrandom(&secret, sizeof(secret), GRND_NONBLOCK);
  return secret;
}

static inline uint64_t hash_rotate(uint64_t word, unsigned bits) {
  return word << bits | word >> (64 - bits);
}

static inline void hash_round(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = hash_rotate(v[1], 13) ^ v[0];
  v[3] = hash_rotate(v[3], 16) ^ v[2];
  v[0] = hash_rotate(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = hash_rotate(v[1], 17) ^ v[2];
  v[3] = hash_rotate(v[3], 21) ^ v[0];
  v[2] = hash_rotate(v[2], 32);
}

static inline void hash_word(uint64_t v[4], uint64_t word) {
  word = le64toh(word);
  v[3] ^= word;
  hash_round(v);
  v[0] ^= word;
}

static inline uint64_t hash_bytes(const hash_secret_t *secret,
                                  const char *bytes, size_t length) {
  uint64_t v[4] = {secret->words[0] ^ UINT64_C(0x736f6d6570736575),
                   secret->words[1] ^ UINT64_C(0x646f72616e646f6d),
                   secret->words[0] ^ UINT64_C(0x6c7967656e657261),
                   secret->words[1] ^ UINT64_C(0x7465646279746573)};
  uint64_t word = 0;
  size_t left = length;
  for (; left >= sizeof(word); left -= sizeof(word)) {
    memcpy(&word, bytes, sizeof(word));
    bytes += sizeof(word);
    hash_word(v, word);
  }
  char last[sizeof(word)] = {0};
  memcpy(last, bytes, left);
  last[sizeof(word) - 1] = (char)length;
  memcpy(&word, last, sizeof(word));
  hash_word(v, word);
  v[2] ^= 0xff;
  for (int i = 0; i < 3; i++)
    hash_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif /* ANOMALY_HASH_H */

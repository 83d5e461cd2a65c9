/* SPDX-License-Identifier: MIT */
/*
 * secret.c -- see secret.h
 */
#include "dashboard/session/secret.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

int secret_random(void *buffer, size_t size) {
  for (uint8_t *next = buffer; size > 0;) {
    ssize_t got = getrandom(next, size, 0);
    if (got < 0) {
      if (errno == EINTR)
        continue;
      return -1;
    }
    next += got;
    size -= (size_t)got;
  }
  return 0;
}

bool secret_equal(const void *a, const void *b, size_t size) {
  const volatile uint8_t *left = a;
  const volatile uint8_t *right = b;
  uint8_t difference = 0;
  for (size_t i = 0; i < size; i++)
    difference |= left[i] ^ right[i];
  return difference == 0;
}

/* --- SipHash-2-4-128 --- */

static uint64_t rotate(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static uint64_t read_64(const uint8_t *bytes) {
  uint64_t x = 0;
  memcpy(&x, bytes, sizeof(x));
  return le64toh(x);
}

static void sip_rounds(uint64_t v[4], int rounds) {
  for (int i = 0; i < rounds; i++) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
  }
}

static void sip_word(uint64_t v[4], uint64_t word) {
  v[3] ^= word;
  sip_rounds(v, 2);
  v[0] ^= word;
}

void secret_tag(const uint8_t key[SECRET_KEY_SIZE], const void *data,
                size_t size, uint8_t tag[SECRET_TAG_SIZE]) {
  const uint8_t *bytes = data;
  uint64_t k0 = read_64(key);
  uint64_t k1 = read_64(key + 8);
  uint64_t v[4] = {
      k0 ^ 0x736f6d6570736575,
      k1 ^ 0x646f72616e646f6d ^ 0xee,
      k0 ^ 0x6c7967656e657261,
      k1 ^ 0x7465646279746573,
  };
  size_t whole = size - size % 8;
  for (size_t i = 0; i < whole; i += 8)
    sip_word(v, read_64(bytes + i));
  uint8_t last[8] = {[7] = (uint8_t)size};
  if (size > whole)
    memcpy(last, bytes + whole, size - whole);
  sip_word(v, read_64(last));

  for (int half = 0; half < 2; half++) {
    if (half == 0)
      v[2] ^= 0xee;
    else
      v[1] ^= 0xdd;
    sip_rounds(v, 4);
    uint64_t word = htole64(v[0] ^ v[1] ^ v[2] ^ v[3]);
    memcpy(tag + (size_t)half * 8, &word, sizeof(word));
  }
}

uint64_t secret_hash(const uint8_t key[SECRET_KEY_SIZE], const char *text) {
  uint8_t tag[SECRET_TAG_SIZE];
  secret_tag(key, text, strlen(text), tag);
  return read_64(tag);
}

/* --- hexadecimal --- */

void secret_to_hex(const uint8_t *bytes, size_t size, char *hex) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    *hex++ = digits[bytes[i] >> 4];
    *hex++ = digits[bytes[i] & 15];
  }
  *hex = '\0';
}

static int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool secret_from_hex(const char *hex, uint8_t *bytes, size_t size) {
  if (strlen(hex) != 2 * size)
    return false;
  for (size_t i = 0; i < size; i++) {
    int high = digit_value(hex[2 * i]);
    int low = digit_value(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    bytes[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * secret.h -- what secrets need: random bytes, a comparison that takes as long
 * whatever it finds, and a keyed hash
 */
#ifndef ANOMALY_DASHBOARD_SECRET_H
#define ANOMALY_DASHBOARD_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_KEY_SIZE 16
#define SECRET_TAG_SIZE 16

/* Bytes of the kernel's random source. 0, or -1 with errno. */
int secret_random(void *buffer, size_t size);

/* Its time depends on the size alone. */
bool secret_equal(const void *a, const void *b, size_t size);

/* SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012): who does
 * not know the key can neither tell the tag of other data nor find two with
 * the same. */
void secret_tag(const uint8_t key[SECRET_KEY_SIZE], const void *data,
                size_t size, uint8_t tag[SECRET_TAG_SIZE]);

/* The first eight bytes of the tag of a text, for tables. */
uint64_t secret_hash(const uint8_t key[SECRET_KEY_SIZE], const char *text);

/* Writes 2 * size hexadecimal digits and a terminator. */
void secret_to_hex(const uint8_t *bytes, size_t size, char *hex);

/* Reads exactly 2 * size digits of lower case and a terminator; false: it is
 * something else. */
bool secret_from_hex(const char *hex, uint8_t *bytes, size_t size);

#endif /* ANOMALY_DASHBOARD_SECRET_H */

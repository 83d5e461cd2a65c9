/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h -- what the harnesses have in common
 *
 * A harness fuzz_NAME.c feeds any bytes to one way into the programs and checks
 * what must hold whatever they are. It is linked twice: with libFuzzer, which
 * looks for bytes that do harm, and with replay.c, which `make check` runs over
 * corpus/NAME and regressions/NAME. What it does depends on the bytes alone.
 */
#ifndef ANOMALY_FUZZ_H
#define ANOMALY_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Defined by each harness. */
extern const char fuzz_name[];
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process unless it holds, also in a build without assert(). */
#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__,         \
              #condition);                                                     \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* The bytes as a text of their own allocation, so that a sanitizer sees a step
 * beyond its end. To be freed. */
char *fuzz_text(const uint8_t *data, size_t size);

/* A path below a directory of the process's own, in memory where there is such
 * a file system; all of it is removed at the end. Valid until the next call
 * but three. */
const char *fuzz_path(const char *name);

/* Makes a file of the bytes. */
void fuzz_write(const char *path, const void *data, size_t size);

/* Takes input apart. Beyond the end there are zeros. */
typedef struct {
  const uint8_t *data;
  size_t size;
} fuzz_bytes_t;

uint8_t fuzz_byte(fuzz_bytes_t *bytes);
uint64_t fuzz_u64(fuzz_bytes_t *bytes); /* little-endian */
double fuzz_double(fuzz_bytes_t *bytes);

#endif /* ANOMALY_FUZZ_H */

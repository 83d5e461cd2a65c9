/* SPDX-License-Identifier: MIT */
/*
 * support.c -- see fuzz.h
 */
#define _GNU_SOURCE /* nftw */
#include "tests/fuzz/fuzz.h"

#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define PATHS 4

char *fuzz_text(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  REQUIRE(text != NULL);
  if (size > 0)
    memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

/* --- files --- */

static char directory[64];
static pid_t owner;

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *ftw) {
  (void)status, (void)type, (void)ftw;
  return remove(path);
}

static void remove_directory(void) {
  if (getpid() == owner)
    nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_directory(void) {
  bool memory = access("/dev/shm", W_OK) == 0;
  snprintf(directory, sizeof(directory), "%s/anomaly-fuzz-XXXXXX",
           memory ? "/dev/shm" : "/tmp");
  REQUIRE(mkdtemp(directory) != NULL);
  owner = getpid();
  atexit(remove_directory);
}

const char *fuzz_path(const char *name) {
  static char paths[PATHS][128];
  static size_t next;
  if (directory[0] == '\0')
    make_directory();
  char *path = paths[next++ % PATHS];
  snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
  return path;
}

void fuzz_write(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "we");
  REQUIRE(file != NULL);
  size_t written = size == 0 ? 0 : fwrite(data, 1, size, file);
  REQUIRE(written == size);
  REQUIRE(fclose(file) == 0);
}

/* --- numbers --- */

uint8_t fuzz_byte(fuzz_bytes_t *bytes) {
  if (bytes->size == 0)
    return 0;
  bytes->size--;
  return *bytes->data++;
}

uint64_t fuzz_u64(fuzz_bytes_t *bytes) {
  uint64_t number = 0;
  for (int i = 0; i < 8; i++)
    number |= (uint64_t)fuzz_byte(bytes) << (8 * i);
  return number;
}

double fuzz_double(fuzz_bytes_t *bytes) {
  uint64_t bits = fuzz_u64(bytes);
  double number = 0;
  memcpy(&number, &bits, sizeof(number));
  return number;
}

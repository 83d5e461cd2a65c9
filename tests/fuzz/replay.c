/* SPDX-License-Identifier: MIT */
/*
 * replay.c -- runs a harness over files, without libFuzzer
 *
 *     replay_NAME [FILE...]
 *
 * Without a file, over all in corpus/NAME and regressions/NAME; `make check`
 * tells by $srcdir where these are.
 */
#define _GNU_SOURCE /* asprintf */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

static void run_file(const char *path) {
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  REQUIRE(fseek(file, 0, SEEK_END) == 0);
  long size = ftell(file);
  REQUIRE(size >= 0);
  rewind(file);
  /* of its own size, so that a sanitizer sees a step beyond */
  uint8_t *data = malloc((size_t)size);
  REQUIRE(size == 0 || fread(data, 1, (size_t)size, file) == (size_t)size);
  fclose(file);
  fprintf(stderr, "%s\n", path);
  LLVMFuzzerTestOneInput(data, (size_t)size);
  free(data);
}

static int no_dots(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* How many files there are. */
static int run_directory(const char *kind) {
  const char *source = getenv("srcdir");
  char *directory = NULL;
  struct dirent **entries = NULL;
  REQUIRE(asprintf(&directory, "%s/tests/fuzz/%s/%s",
                   source == NULL ? "." : source, kind, fuzz_name) >= 0);
  int num = scandir(directory, &entries, no_dots, alphasort);
  for (int i = 0; i < num; i++) {
    char *path = NULL;
    REQUIRE(asprintf(&path, "%s/%s", directory, entries[i]->d_name) >= 0);
    run_file(path);
    free(path);
    free(entries[i]);
  }
  free(entries);
  free(directory);
  return num < 0 ? 0 : num;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    run_file(argv[i]);
  if (argc > 1)
    return 0;
  run_directory("regressions");
  /* a test of nothing must not pass */
  return run_directory("corpus") > 0 ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * count_crypt.c -- to be preloaded: counts what is paid for passwords
 *
 * Each crypt_r() adds a line to the file $ANOMALY_CRYPT_COUNT, the method and
 * its cost, before it goes on as ever.
 */
#define _GNU_SOURCE
#include <crypt.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a setting "$y$j9T$salt$hash" what comes before the salt. */
static void tell(const char *setting) {
  char line[32] = "";
  int file =
      open(getenv("ANOMALY_CRYPT_COUNT"), O_WRONLY | O_APPEND | O_CREAT, 0600);
  const char *end = strlen(setting) > 3 ? strchr(setting + 3, '$') : NULL;
  size_t length = end == NULL ? 0 : (size_t)(end - setting);
  if (length > sizeof(line) - 2)
    length = sizeof(line) - 2;
  memcpy(line, setting, length);
  line[length] = '\n';
  if (write(file, line, length + 1) < 0)
    abort();
  close(file);
}

char *crypt_r(const char *phrase, const char *setting,
              struct crypt_data *data) {
  char *(*next)(const char *, const char *, struct crypt_data *) = NULL;
  *(void **)&next = dlsym(RTLD_NEXT, "crypt_r");
  tell(setting);
  return next(phrase, setting, data);
}

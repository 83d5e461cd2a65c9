/* SPDX-License-Identifier: MIT */
/*
 * route.c -- see route.h
 */
#include "dashboard/http/route.h"

#include "dashboard/text.h"

#include <stdio.h>
#include <string.h>

/* The digits up to the next slash as a number; NULL: they are none. */
static const char *take_number(const char *path, int64_t *number) {
  size_t length = strcspn(path, "/");
  char digits[20] = "";
  if (length == 0 || length >= sizeof(digits))
    return NULL;
  memcpy(digits, path, length);
  return text_to_integer(digits, 0, INT64_MAX, number) ? path + length : NULL;
}

static bool path_matches(const char *pattern, const char *path, int64_t *id) {
  for (; *pattern != '\0'; pattern++) {
    if (*pattern == '*')
      return true;
    if (*pattern == '#') {
      path = take_number(path, id);
      if (path == NULL)
        return false;
    } else if (*pattern != *path++) {
      return false;
    }
  }
  return *path == '\0';
}

static void append_method(char allow[64], const char *method) {
  size_t used = strlen(allow);
  snprintf(allow + used, 64 - used, "%s%s%s", used > 0 ? ", " : "", method,
           strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const route_t *route_find(const route_t *table, size_t table_size,
                          const char *method, const char *path, int64_t *id,
                          char allow[64]) {
  if (strcmp(method, "HEAD") == 0)
    method = "GET";
  allow[0] = '\0';
  for (size_t i = 0; i < table_size; i++) {
    if (!path_matches(table[i].path, path, id))
      continue;
    if (strcmp(table[i].method, method) == 0)
      return &table[i];
    append_method(allow, table[i].method);
  }
  return NULL;
}

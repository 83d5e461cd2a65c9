/* SPDX-License-Identifier: MIT */
/*
 * text.c -- see text.h
 */
#include "dashboard/text.h"

#include <errno.h>
#include <stdlib.h>

bool text_to_integer(const char *text, int64_t min, int64_t max,
                     int64_t *value) {
  char *end = NULL;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  /* the first character: strtoll() takes a '+' and blanks */
  bool digits = (*text >= '0' && *text <= '9') || *text == '-';
  if (!digits || end == text || *end != '\0' || errno != 0 || number < min ||
      number > max)
    return false;
  *value = number;
  return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * log.c -- one write a line, so that those of several threads do not mix
 *
 * Paths and names come from strangers: what could end a line or speak to a
 * terminal is replaced.
 */
#include "dashboard/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_line(const char *format, ...) {
  char line[1024] = "";
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  for (unsigned char *c = (unsigned char *)line; *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f)
      *c = '?';
  fprintf(stderr, "anomaly-dashboard: %s\n", line);
}

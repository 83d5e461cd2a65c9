/* SPDX-License-Identifier: MIT */
/*
 * log.c -- one write a line, so that those of several threads do not mix
 *
 * Paths and names come from strangers: what could end a line or speak to a
 * terminal is replaced, and whatever is no UTF-8.
 */
#include "dashboard/log.h"

#include "plugin/storage/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void log_line(const char *format, ...) {
  char line[1024] = "";
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  bool utf8 = text_is_utf8(line, strlen(line));
  for (unsigned char *c = (unsigned char *)line; *c != '\0'; c++) {
    bool c1 = c[0] == 0xc2 && c[1] < 0xa0; /* U+0080 to U+009F */
    if (*c < 0x20 || *c == 0x7f || (*c >= 0x80 && !utf8))
      *c = '?';
    else if (c1)
      c[0] = c[1] = '?';
  }
  fprintf(stderr, "anomaly-dashboard: %s\n", line);
}

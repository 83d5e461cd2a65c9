/* SPDX-License-Identifier: MIT */
/*
 * complain.c -- the one line on stderr that says what is wrong
 */
#include "config.h"

#include "plugin/replay/complain.h"
#include "plugin/replay/progress.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...) {
  va_list args;
  va_start(args, format);
  progress_wipe();
  fputs("anomaly-replay: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

/* SPDX-License-Identifier: MIT */
/*
 * silence.h -- maintenance windows by weekday and time of day
 *
 *     "Sun 02:00-04:00"  "Mon-Fri 22:00-06:00"  "daily 03:00-03:30"
 *
 * The time is the wall clock's of this machine (TZ, or /etc/localtime): in the
 * night that clocks go forward, what lies in the hour left out is no window; in
 * the night that they go back, the hour that comes twice counts twice. A window
 * that ends before it begins ends on the next day, and the weekday is that of
 * its beginning.
 */
#ifndef ANOMALY_SILENCE_H
#define ANOMALY_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  bool days[7]; /* on which it begins; Sunday is 0, as in struct tm */
  int begin;    /* minutes since midnight, 0..1439 */
  int end;      /* likewise, 0..1440; below `begin`: on the next day */
} silence_window_t;

/* All zero: no window. */
typedef struct {
  silence_window_t *windows;
  size_t windows_num;
} silence_t;

/* Adds the window that the text tells. 0; EINVAL: it tells none; ENOMEM. */
int silence_add(silence_t *silence, const char *text);

/* Whether a window is open at `ts`, milliseconds since the epoch: from its
 * first minute to before its last. */
bool silence_covers(const silence_t *silence, int64_t ts);

/* Frees the windows; none is left. */
void silence_clear(silence_t *silence);

#endif /* ANOMALY_SILENCE_H */

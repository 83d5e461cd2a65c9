/* SPDX-License-Identifier: MIT */
/* Maintenance windows: see the header. */
#include "plugin/features/silence.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define MINUTES_A_DAY 1440

/* --- what a text says ---------------------------------------------------- */

/* Each of these moves *text behind what it has read, and returns false when
 * that is not there. */

static bool read_char(const char **text, char expected) {
  if (**text != expected)
    return false;
  (*text)++;
  return true;
}

static bool read_day(const char **text, int *day) {
  static const char *const names[] = {"Sun", "Mon", "Tue", "Wed",
                                      "Thu", "Fri", "Sat"};
  for (int i = 0; i < 7; i++)
    if (strncasecmp(names[i], *text, 3) == 0) {
      *day = i;
      *text += 3;
      return true;
    }
  return false;
}

static bool read_days(const char **text, bool *days) {
  if (strncasecmp("daily", *text, 5) == 0) {
    for (int i = 0; i < 7; i++)
      days[i] = true;
    *text += 5;
    return true;
  }
  int day = 0;
  if (!read_day(text, &day))
    return false;
  int last = day;
  if (read_char(text, '-') && !read_day(text, &last))
    return false;
  for (; day != last; day = (day + 1) % 7)
    days[day] = true;
  days[last] = true;
  return true;
}

static bool read_two_digits(const char **text, int *number) {
  *number = 0;
  for (int i = 0; i < 2; i++, (*text)++) {
    if (**text < '0' || **text > '9')
      return false;
    *number = 10 * *number + (**text - '0');
  }
  return true;
}

static bool read_time(const char **text, int *minutes) {
  int hour = 0, minute = 0;
  if (!read_two_digits(text, &hour) || !read_char(text, ':') ||
      !read_two_digits(text, &minute))
    return false;
  *minutes = 60 * hour + minute;
  return minute < 60 && *minutes <= MINUTES_A_DAY;
}

static bool read_window(const char *text, silence_window_t *window) {
  if (!read_days(&text, window->days) || !read_char(&text, ' '))
    return false;
  while (*text == ' ')
    text++;
  return read_time(&text, &window->begin) && read_char(&text, '-') &&
         read_time(&text, &window->end) && *text == '\0' &&
         window->begin < MINUTES_A_DAY && window->begin != window->end;
}

/* --- the windows --------------------------------------------------------- */

int silence_add(silence_t *silence, const char *text) {
  silence_window_t window = {.days = {false}};
  if (!read_window(text, &window))
    return EINVAL;
  silence_window_t *windows =
      realloc(silence->windows, (silence->windows_num + 1) * sizeof(*windows));
  if (windows == NULL)
    return ENOMEM;
  windows[silence->windows_num++] = window;
  silence->windows = windows;
  return 0;
}

static bool is_open(const silence_window_t *window, int day, int minute) {
  if (window->begin < window->end)
    return window->days[day] && minute >= window->begin && minute < window->end;
  return (window->days[day] && minute >= window->begin) ||
         (window->days[(day + 6) % 7] && minute < window->end);
}

bool silence_covers(const silence_t *silence, int64_t ts) {
  if (silence->windows_num == 0)
    return false;
  time_t seconds = (time_t)(ts / 1000);
  struct tm local = {0};
  if (localtime_r(&seconds, &local) == NULL)
    return false;
  int minute = 60 * local.tm_hour + local.tm_min;
  for (size_t i = 0; i < silence->windows_num; i++)
    if (is_open(&silence->windows[i], local.tm_wday, minute))
      return true;
  return false;
}

void silence_clear(silence_t *silence) {
  free(silence->windows);
  *silence = (silence_t){0};
}

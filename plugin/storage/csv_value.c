/* SPDX-License-Identifier: MIT */
/*
 * csv_value.c -- cells as numbers and as times
 *
 * Most numbers of a table are short. A mantissa and a power of ten that are
 * both exact in a double need one rounding only, that of their product or
 * quotient (W. D. Clinger, How to Read Floating Point Numbers Accurately,
 * 1990); strtod is for the rest.
 */
#include "plugin/storage/csv_value.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define EXACT_MANTISSA (UINT64_C(1) << 53)
#define EXACT_POWER 22
static const double powers[EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#define EPOCH_MILLISECONDS_FROM 1e11
#define TS_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define TS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_blanks(const char *text) {
  while (*text == ' ' || *text == '\t')
    text++;
  return text;
}

typedef struct {
  uint64_t mantissa;
  int exponent; /* of ten */
  bool exact;   /* mantissa and exponent are all of the number */
} decimal_t;

/* Takes digits to the mantissa; returns how many there were. */
static int scan_digits(const char **text, decimal_t *decimal) {
  int count = 0;
  for (; is_digit(**text); (*text)++, count++) {
    if (decimal->mantissa < EXACT_MANTISSA / 10)
      decimal->mantissa = decimal->mantissa * 10 + (uint64_t)(**text - '0');
    else
      decimal->exact = false;
  }
  return count;
}

/* The digits after an e; false: there are none. */
static bool scan_exponent(const char **text, decimal_t *decimal) {
  bool negative = **text == '-';
  if (**text == '-' || **text == '+')
    (*text)++;
  if (!is_digit(**text))
    return false;
  int exponent = 0;
  for (; is_digit(**text); (*text)++)
    if (exponent < 10000) /* more is infinite or zero anyway */
      exponent = exponent * 10 + (**text - '0');
  decimal->exponent += negative ? -exponent : exponent;
  return true;
}

static bool scan_decimal(const char **text, decimal_t *decimal) {
  int digits = scan_digits(text, decimal);
  if (**text == '.') {
    (*text)++;
    int fraction = scan_digits(text, decimal);
    decimal->exponent = -fraction;
    digits += fraction;
  }
  if (digits == 0)
    return false;
  if (**text != 'e' && **text != 'E')
    return true;
  (*text)++;
  return scan_exponent(text, decimal);
}

double csv_number(const char *text, locale_t c_locale) {
  const char *start = skip_blanks(text);
  const char *end = start;
  bool negative = *end == '-';
  if (*end == '-' || *end == '+')
    end++;
  decimal_t decimal = {.exact = true};
  if (!scan_decimal(&end, &decimal) || *skip_blanks(end) != '\0')
    return NAN;

  if (FLT_EVAL_METHOD == 0 && decimal.exact &&
      abs(decimal.exponent) <= EXACT_POWER) {
    double number = (double)decimal.mantissa;
    if (decimal.exponent < 0)
      number /= powers[-decimal.exponent];
    else
      number *= powers[decimal.exponent];
    return negative ? -number : number;
  }
  locale_t before = uselocale(c_locale);
  double number = strtod(start, NULL);
  uselocale(before);
  return isfinite(number) ? number : NAN;
}

/* Exactly `count` digits. */
static bool scan_int(const char **text, int count, int *value) {
  *value = 0;
  for (; count > 0; count--, (*text)++) {
    if (!is_digit(**text))
      return false;
    *value = *value * 10 + (**text - '0');
  }
  return true;
}

static bool scan_char(const char **text, char c) {
  if (**text != c)
    return false;
  (*text)++;
  return true;
}

/* Days from 1970-01-01, proleptic Gregorian, with years that begin in March:
 * then the leap day is the last (H. Hinnant, chrono-Compatible Low-Level Date
 * Algorithms, days_from_civil). */
static int64_t days_of(int year, int month, int day) {
  year -= month <= 2;
  int era = (year >= 0 ? year : year - 399) / 400;
  int year_of_era = year - era * 400;
  int day_of_year =
      (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (int64_t)era * 146097 + day_of_era - 719468;
}

static int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

/* YYYY-MM-DD */
static bool scan_date(const char **text, int64_t *ms) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!scan_int(text, 4, &year) || !scan_char(text, '-') ||
      !scan_int(text, 2, &month) || !scan_char(text, '-') ||
      !scan_int(text, 2, &day) || month < 1 || month > 12 || day < 1 ||
      day > days_in(year, month))
    return false;
  *ms = days_of(year, month, day) * 86400000;
  return true;
}

/* hh:mm[:ss[.fraction]]; second 60 is a leap second, the same as the next. */
static bool scan_clock(const char **text, int64_t *ms) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  if (!scan_int(text, 2, &hour) || !scan_char(text, ':') ||
      !scan_int(text, 2, &minute) || hour > 23 || minute > 59)
    return false;
  if (scan_char(text, ':') && (!scan_int(text, 2, &second) || second > 60))
    return false;
  if (scan_char(text, '.') || scan_char(text, ',')) {
    if (!is_digit(**text))
      return false;
    for (int unit = 100; is_digit(**text); (*text)++, unit /= 10)
      millisecond += unit * (**text - '0');
  }
  *ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + millisecond;
  return true;
}

/* Z, +hh, +hhmm, +hh:mm, or nothing */
static bool scan_zone(const char **text, int64_t *ms) {
  int hours = 0;
  int minutes = 0;
  *ms = 0;
  if (scan_char(text, 'Z') || scan_char(text, 'z'))
    return true;
  bool west = **text == '-';
  if (!scan_char(text, '+') && !scan_char(text, '-'))
    return true;
  if (!scan_int(text, 2, &hours))
    return false;
  scan_char(text, ':');
  if (is_digit(**text) && !scan_int(text, 2, &minutes))
    return false;
  if (hours > 23 || minutes > 59)
    return false;
  *ms = (hours * 60 + minutes) * INT64_C(60000) * (west ? -1 : 1);
  return true;
}

static bool scan_iso(const char *text, int64_t *ts) {
  int64_t date = 0;
  int64_t clock = 0;
  int64_t zone = 0;
  if (!scan_date(&text, &date))
    return false;
  if (scan_char(&text, 'T') || scan_char(&text, 't') ||
      (*text == ' ' && is_digit(text[1]) && scan_char(&text, ' '))) {
    if (!scan_clock(&text, &clock))
      return false;
    text = skip_blanks(text);
    if (!scan_zone(&text, &zone))
      return false;
  }
  *ts = date + clock - zone;
  return *skip_blanks(text) == '\0';
}

bool csv_time(const char *text, locale_t c_locale, int64_t *ts) {
  text = skip_blanks(text);
  if (scan_iso(text, ts))
    return *ts >= TS_MIN && *ts <= TS_MAX;
  double number = csv_number(text, c_locale);
  if (isnan(number))
    return false;
  double ms = number > EPOCH_MILLISECONDS_FROM ? number : number * 1000;
  if (ms < (double)TS_MIN || ms > (double)TS_MAX)
    return false;
  *ts = llround(ms);
  return true;
}

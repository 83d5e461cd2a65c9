/* SPDX-License-Identifier: MIT */
/*
 * csv_value.h -- cells as numbers and as times
 *
 * `c_locale` is newlocale(LC_ALL_MASK, "C", 0): a daemon's or a user's locale
 * must not decide what 1.5 is.
 */
#ifndef ANOMALY_CSV_VALUE_H
#define ANOMALY_CSV_VALUE_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

/* A decimal number as in 12, -0.5, .5, 5. or 1e-3, blanks around it allowed;
 * exactly rounded. NaN for all else: an empty cell, words ("nan" and "inf"
 * among them), hexadecimal, what exceeds a double. */
double csv_number(const char *text, locale_t c_locale);

/* Milliseconds since the epoch from
 *   2026-01-31, 2026-01-31T12:00, 2026-01-31 12:00:00.250 with Z, +01, +0100,
 *   +01:00 or no zone (UTC) behind it; digits below a millisecond are dropped;
 *   1767225600 or 1767225600.25, seconds since the epoch, or milliseconds if
 *   it is more than 1e11 (as seconds that would be the year 5138).
 * false: it is neither, or not within the years 1 to 9999. */
bool csv_time(const char *text, locale_t c_locale, int64_t *ts);

#endif /* ANOMALY_CSV_VALUE_H */

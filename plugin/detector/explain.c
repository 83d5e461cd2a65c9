/* SPDX-License-Identifier: MIT */
#include "plugin/detector/explain.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOTICEABLE 0.05 /* of the blame */
#define NUMBER_MAX 32
#define READABLE 999.5 /* numbers below it, with a prefix */
#define DIGITS 3       /* significant ones of a number, */
#define DIGITS_MAX 6   /* or more to tell a value from its usual range */
#define UNIT_MAX 64

/* `digits` significant ones, all before the point, no exponent in the common
 * range: 97.1, 1234, 0.0312, 1.5e+09. */
static void format_number(double value, int digits, char *buffer, size_t size) {
  double magnitude = fabs(value);
  if (magnitude >= 999.5 && magnitude < 1e7) {
    int decimals = digits - 1 - (int)log10(magnitude + 0.5);
    snprintf(buffer, size, "%.*f", decimals > 0 ? decimals : 0, value);
  } else
    snprintf(buffer, size, "%.*g", digits, value);
}

/* Whether a unit takes prefixes of thousands: B/s does; %, /s, ms, rpm and
 * words do not. */
static bool takes_prefix(const char *name) {
  static const char *const symbols[] = {"B",  "b", "bit", "Hz",
                                        "Wh", "W", "J",   "V"};
  for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
    size_t length = strlen(symbols[i]);
    if (strncmp(name, symbols[i], length) == 0 &&
        (name[length] == '\0' || name[length] == '/'))
      return true;
  }
  return false;
}

/* A unit with its prefix: " MB/s". */
typedef struct {
  double divisor;
  char text[UNIT_MAX];
} unit_t;

/* For numbers of about `size`. "%" and words stand apart from their number,
 * "/s" does not. */
static unit_t choose_unit(const char *name, double size) {
  static const char *const prefixes[] = {"", "k", "M", "G", "T"};
  unit_t unit = {.divisor = 1};
  size_t prefix = 0;
  if (takes_prefix(name))
    for (; prefix < 4 && fabs(size) / unit.divisor >= READABLE; prefix++)
      unit.divisor *= 1000;
  const char *gap = name[0] == '\0' || name[0] == '/' ? "" : " ";
  snprintf(unit.text, sizeof(unit.text), "%s%s%s", gap, prefixes[prefix], name);
  return unit;
}

/* The other numbers' unit if that reads well, else one of its own. */
static unit_t unit_beside(const unit_t *others, const char *name, double value,
                          double least) {
  double size = fabs(value) / others->divisor;
  return isnan(value) || value == 0 || (size >= least && size < READABLE)
             ? *others
             : choose_unit(name, value);
}

/* The numbers of a suspect as text, and the units behind them. */
typedef struct {
  bool known; /* the usual range */
  unit_t value_unit, low_unit, high_unit;
  char value[NUMBER_MAX], low[NUMBER_MAX], high[NUMBER_MAX];
} wording_t;

/* A value that is missing is not. */
static bool is_usual(const suspect_t *suspect) {
  return suspect->value >= suspect->low && suspect->value <= suspect->high;
}

static void format_numbers(wording_t *wording, const suspect_t *suspect,
                           int digits) {
  format_number(suspect->value / wording->value_unit.divisor, digits,
                wording->value, NUMBER_MAX);
  format_number(suspect->low / wording->low_unit.divisor, digits, wording->low,
                NUMBER_MAX);
  format_number(suspect->high / wording->high_unit.divisor, digits,
                wording->high, NUMBER_MAX);
}

/* Whether the value reads like an end of the range that it is outside of. */
static bool reads_usual(const wording_t *wording, const suspect_t *suspect) {
  const unit_t *unit = &wording->value_unit;
  return !is_usual(suspect) && ((unit->divisor == wording->low_unit.divisor &&
                                 strcmp(wording->value, wording->low) == 0) ||
                                (unit->divisor == wording->high_unit.divisor &&
                                 strcmp(wording->value, wording->high) == 0));
}

static void word(wording_t *wording, const char *unit,
                 const suspect_t *suspect) {
  wording->known = !isnan(suspect->low) && !isnan(suspect->high);
  if (wording->known) {
    unit_t range =
        choose_unit(unit, fmax(fabs(suspect->low), fabs(suspect->high)));
    wording->value_unit = unit_beside(&range, unit, suspect->value, 0.1);
    wording->low_unit = unit_beside(&range, unit, suspect->low, 0.001);
    wording->high_unit = unit_beside(&range, unit, suspect->high, 0.001);
  } else {
    wording->value_unit = choose_unit(unit, suspect->value);
    wording->low_unit = wording->high_unit = wording->value_unit;
  }
  int digits = DIGITS;
  do
    format_numbers(wording, suspect, digits);
  while (wording->known && reads_usual(wording, suspect) &&
         ++digits <= DIGITS_MAX);
}

static void format_usual(const wording_t *wording, const suspect_t *suspect,
                         char *buffer, size_t size) {
  buffer[0] = '\0';
  if (!wording->known)
    return;
  const char *how = is_usual(suspect) ? "within its usual" : "usual";
  bool one_unit = wording->low_unit.divisor == wording->high_unit.divisor;
  if (one_unit && strcmp(wording->low, wording->high) == 0)
    snprintf(buffer, size, ", %s %s%s", how, wording->low,
             wording->low_unit.text);
  else
    snprintf(buffer, size, ", %s %s%s to %s%s", how, wording->low,
             one_unit ? "" : wording->low_unit.text, wording->high,
             wording->high_unit.text);
}

/* As the range is kept, so that what stands still is equal to it. */
static double as_kept(double value) {
  return fabs(value) <= FLT_MAX ? (float)value : value;
}

/* One suspect, as snprintf() does it. */
static int format_suspect(const detector_t *detector, const suspect_t *suspect,
                          char *buffer, size_t size) {
  const detector_feature_t *feature = &detector->features[suspect->feature];
  wording_t wording;
  char usual[2 * NUMBER_MAX + 2 * UNIT_MAX + 32];
  word(&wording, feature->unit != NULL ? feature->unit : "", suspect);
  format_usual(&wording, suspect, usual, sizeof(usual));
  if (isnan(suspect->value))
    return snprintf(buffer, size, "%s has fallen silent%s", feature->name,
                    usual);
  return snprintf(buffer, size, "%s %s%s%s", feature->name, wording.value,
                  wording.value_unit.text, usual);
}

/* Whether to name a suspect that is not the first: it has a part of the blame,
 * and a reader would see why. */
static bool worth_naming(const suspect_t *suspect) {
  return suspect->share >= NOTICEABLE && !is_usual(suspect);
}

size_t explain_sentence(const detector_t *detector, const suspect_t *suspects,
                        size_t suspects_num, char *buffer, size_t size) {
  size_t used = 0;
  if (size == 0)
    return 0;
  buffer[0] = '\0';
  for (size_t i = 0; i < suspects_num; i++) {
    suspect_t suspect = suspects[i];
    suspect.value = as_kept(suspect.value);
    suspect.low = as_kept(suspect.low);
    suspect.high = as_kept(suspect.high);
    if (i > 0 && !worth_naming(&suspect))
      continue;
    const char *separator = used > 0 ? "; " : "";
    size_t start = used + strlen(separator);
    if (start >= size)
      break;
    int length =
        format_suspect(detector, &suspect, buffer + start, size - start);
    if (length < 0 || (size_t)length >= size - start)
      break;
    memcpy(buffer + used, separator, strlen(separator));
    used = start + (size_t)length;
  }
  buffer[used] = '\0';
  return used;
}

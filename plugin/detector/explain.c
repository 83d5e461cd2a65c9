/* SPDX-License-Identifier: MIT */
#include "plugin/detector/explain.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOTICEABLE 0.05 /* of the blame */
#define NUMBER_MAX 32
#define UNIT_MAX 64

/* Three significant digits at least, no exponent in the common range: 97.1,
 * 1234, 0.0312, 1.5e+09. */
static void format_number(double value, char *buffer, size_t size) {
  double magnitude = fabs(value);
  if (magnitude >= 1000 && magnitude < 1e7)
    snprintf(buffer, size, "%.0f", value);
  else
    snprintf(buffer, size, "%.3g", value);
}

/* A unit with its prefix, one for all numbers of a suspect: " MB/s". */
typedef struct {
  double divisor;
  char text[UNIT_MAX];
} unit_t;

/* Units that begin with a letter take prefixes of thousands: B/s, not % or /s.
 * "%" and words stand apart from their number, "/s" does not. */
static unit_t choose_unit(const char *name, const suspect_t *suspect) {
  static const char *const prefixes[] = {"", "k", "M", "G", "T"};
  unit_t unit = {.divisor = 1};
  size_t prefix = 0;
  if (isalpha((unsigned char)name[0])) {
    double largest = 0; /* fmax() passes over NaN */
    largest = fmax(largest, fabs(suspect->value));
    largest = fmax(largest, fabs(suspect->low));
    largest = fmax(largest, fabs(suspect->high));
    for (; prefix < 4 && largest / unit.divisor >= 1000; prefix++)
      unit.divisor *= 1000;
  }
  const char *gap = name[0] == '\0' || name[0] == '/' ? "" : " ";
  snprintf(unit.text, sizeof(unit.text), "%s%s%s", gap, prefixes[prefix], name);
  return unit;
}

/* A value that is missing is not. */
static bool is_usual(const suspect_t *suspect) {
  return suspect->value >= suspect->low && suspect->value <= suspect->high;
}

static void format_usual(const suspect_t *suspect, const unit_t *unit,
                         char *buffer, size_t size) {
  char low[NUMBER_MAX], high[NUMBER_MAX];
  buffer[0] = '\0';
  if (isnan(suspect->low) || isnan(suspect->high))
    return;
  format_number(suspect->low / unit->divisor, low, sizeof(low));
  format_number(suspect->high / unit->divisor, high, sizeof(high));
  const char *how = is_usual(suspect) ? "within its usual" : "usual";
  if (strcmp(low, high) == 0)
    snprintf(buffer, size, ", %s %s%s", how, low, unit->text);
  else
    snprintf(buffer, size, ", %s %s to %s%s", how, low, high, unit->text);
}

/* One suspect, as snprintf() does it. */
static int format_suspect(const detector_t *detector, const suspect_t *suspect,
                          char *buffer, size_t size) {
  const detector_feature_t *feature = &detector->features[suspect->feature];
  unit_t unit =
      choose_unit(feature->unit != NULL ? feature->unit : "", suspect);
  char value[NUMBER_MAX], usual[2 * NUMBER_MAX + UNIT_MAX + 32];
  format_usual(suspect, &unit, usual, sizeof(usual));
  if (isnan(suspect->value))
    return snprintf(buffer, size, "%s has fallen silent%s", feature->name,
                    usual);
  format_number(suspect->value / unit.divisor, value, sizeof(value));
  return snprintf(buffer, size, "%s %s%s%s", feature->name, value, unit.text,
                  usual);
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
    if (i > 0 && !worth_naming(&suspects[i]))
      continue;
    const char *separator = used > 0 ? "; " : "";
    size_t start = used + strlen(separator);
    if (start >= size)
      break;
    int length =
        format_suspect(detector, &suspects[i], buffer + start, size - start);
    if (length < 0 || (size_t)length >= size - start)
      break;
    memcpy(buffer + used, separator, strlen(separator));
    used = start + (size_t)length;
  }
  buffer[used] = '\0';
  return used;
}

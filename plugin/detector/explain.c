/* SPDX-License-Identifier: MIT */
#include "plugin/detector/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOTICEABLE 0.05 /* of the blame */
#define NUMBER_MAX 32

/* Three significant digits at least, no exponent in the common range: 97.1,
 * 1234, 0.0312, 1.5e+09. */
static void format_number(double value, char *buffer, size_t size) {
  double magnitude = fabs(value);
  if (magnitude >= 1000 && magnitude < 1e7)
    snprintf(buffer, size, "%.0f", value);
  else
    snprintf(buffer, size, "%.3g", value);
}

/* "%" and words stand apart from their number, "/s" does not. */
static const char *gap(const char *unit) {
  return unit == NULL || unit[0] == '\0' || unit[0] == '/' ? "" : " ";
}

static int format_usual(const suspect_t *suspect, const char *unit,
                        char *buffer, size_t size) {
  char low[NUMBER_MAX], high[NUMBER_MAX];
  if (isnan(suspect->low) || isnan(suspect->high))
    return snprintf(buffer, size, "%s", "");
  format_number(suspect->low, low, sizeof(low));
  format_number(suspect->high, high, sizeof(high));
  if (strcmp(low, high) == 0)
    return snprintf(buffer, size, ", usual %s%s%s", low, gap(unit), unit);
  return snprintf(buffer, size, ", usual %s to %s%s%s", low, high, gap(unit),
                  unit);
}

/* One suspect, as snprintf() does it. */
static int format_suspect(const detector_t *detector, const suspect_t *suspect,
                          char *buffer, size_t size) {
  const detector_feature_t *feature = &detector->features[suspect->feature];
  const char *unit = feature->unit != NULL ? feature->unit : "";
  char value[NUMBER_MAX], usual[4 * NUMBER_MAX + 64];
  format_usual(suspect, unit, usual, sizeof(usual));
  if (isnan(suspect->value))
    return snprintf(buffer, size, "%s has fallen silent%s", feature->name,
                    usual);
  format_number(suspect->value, value, sizeof(value));
  return snprintf(buffer, size, "%s %s%s%s%s", feature->name, value, gap(unit),
                  unit, usual);
}

size_t explain_sentence(const detector_t *detector, const suspect_t *suspects,
                        size_t suspects_num, char *buffer, size_t size) {
  size_t used = 0;
  if (size == 0)
    return 0;
  buffer[0] = '\0';
  for (size_t i = 0; i < suspects_num; i++) {
    if (i > 0 && suspects[i].share < NOTICEABLE)
      break;
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

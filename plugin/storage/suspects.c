/* SPDX-License-Identifier: MIT */
/*
 * suspects.c -- writes JSON with SQLite's printf, which knows no locale
 */
#include "plugin/storage/suspects.h"

#include <math.h>
#include <sqlite3.h>

static void append_text(sqlite3_str *json, const char *text) {
  sqlite3_str_appendchar(json, 1, '"');
  for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
    if (*c < 0x20)
      sqlite3_str_appendf(json, "\\u%04x", *c);
    else if (*c == '"' || *c == '\\')
      sqlite3_str_appendf(json, "\\%c", *c);
    else
      sqlite3_str_appendchar(json, 1, (char)*c);
  }
  sqlite3_str_appendchar(json, 1, '"');
}

static void append_number(sqlite3_str *json, const char *key, double number) {
  if (isfinite(number))
    sqlite3_str_appendf(json, ",\"%s\":%.15g", key, number);
  else
    sqlite3_str_appendf(json, ",\"%s\":null", key);
}

char *suspects_json(const detector_t *detector, const suspect_t *suspects,
                    size_t suspects_num) {
  sqlite3_str *json = sqlite3_str_new(NULL);
  sqlite3_str_appendchar(json, 1, '[');
  for (size_t i = 0; i < suspects_num; i++) {
    const suspect_t *suspect = &suspects[i];
    sqlite3_str_appendall(json, i == 0 ? "{\"feature\":" : ",{\"feature\":");
    append_text(json, detector->features[suspect->feature].name);
    append_number(json, "share", suspect->share);
    append_number(json, "value", suspect->value);
    append_number(json, "low", suspect->low);
    append_number(json, "high", suspect->high);
    sqlite3_str_appendchar(json, 1, '}');
  }
  sqlite3_str_appendchar(json, 1, ']');
  return sqlite3_str_finish(json);
}

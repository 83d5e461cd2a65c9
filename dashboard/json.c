/* SPDX-License-Identifier: MIT */
/*
 * json.c -- see json.h
 */
#include "dashboard/json.h"

#include <math.h>
#include <stdio.h>

void json_text(sqlite3_str *json, const char *text) {
  const char *plain = text; /* begins what needs no escape */
  sqlite3_str_appendchar(json, 1, '"');
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    sqlite3_str_append(json, plain, (int)(text - plain));
    sqlite3_str_appendf(json, "\\u%04x", c);
    plain = text + 1;
  }
  sqlite3_str_append(json, plain, (int)(text - plain));
  sqlite3_str_appendchar(json, 1, '"');
}

/* Not through SQLite's printf, which takes three times as long. The program
 * never leaves the C locale. */
void json_number(sqlite3_str *json, double number, int digits) {
  char text[32] = "null";
  int length = 4;
  if (isfinite(number))
    length = snprintf(text, sizeof(text), "%.*g", digits, number);
  sqlite3_str_append(json, text, length);
}

/* SPDX-License-Identifier: MIT */
/*
 * output.c -- one line a row
 *
 * Most rows are not flagged and their text is plain, so the ways there are
 * short: no escaping is done before it is needed. Quoted text that consists of
 * parts (fields) is written part by part rather than put together first.
 */
#include "config.h"

#include "plugin/replay/output.h"

#include <math.h>
#include <string.h>

/* Digits that rank scores as their doubles do, or nearly: a rounding step is
 * far below what one tree more or less does to a score. */
#define NUMBER_FORMAT "%.9g"

static void put_number(FILE *file, double number, const char *unknown) {
  if (isnan(number))
    fputs(unknown, file);
  else
    fprintf(file, NUMBER_FORMAT, number);
}

/* --- CSV --- */

static bool csv_needs_quotes(const char *text) {
  return text[strcspn(text, "\",\r\n")] != '\0';
}

/* Text within quotes: those in it are doubled. */
static void csv_put_quoted(FILE *file, const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '"')
      putc('"', file);
    putc(*text, file);
  }
}

static void csv_put(FILE *file, const char *text) {
  if (!csv_needs_quotes(text)) {
    fputs(text, file);
    return;
  }
  putc('"', file);
  csv_put_quoted(file, text);
  putc('"', file);
}

static const char *field(const output_row_t *row, size_t i) {
  return row->detector->features[row->suspects[i].feature].name;
}

static void csv_put_fields(FILE *file, const output_row_t *row) {
  bool quotes = false;
  for (size_t i = 0; i < row->suspects_num; i++)
    quotes = quotes || csv_needs_quotes(field(row, i));

  if (quotes)
    putc('"', file);
  for (size_t i = 0; i < row->suspects_num; i++) {
    if (i > 0)
      putc(';', file);
    csv_put_quoted(file, field(row, i)); /* plain text stays as it is */
  }
  if (quotes)
    putc('"', file);
}

static void csv_put_row(FILE *file, const output_row_t *row) {
  csv_put(file, row->ts_text);
  putc(',', file);
  put_number(file, row->score, "");
  putc(',', file);
  put_number(file, row->threshold, "");
  fputs(row->flagged ? ",1," : ",0,", file);
  csv_put_fields(file, row);
  putc(',', file);
  csv_put(file, row->note);
  if (row->host != NULL) {
    putc(',', file);
    csv_put(file, row->host);
    putc(',', file);
    csv_put(file, row->detector->name);
  }
  putc('\n', file);
}

/* --- JSON --- */

/* Bytes of the UTF-8 character that `text` begins with; 0: it is none (Unicode
 * 15, table 3-7). The NUL at the end of the text is no continuation byte, so
 * nothing beyond it is read. */
static size_t utf8_length(const unsigned char *text) {
  unsigned char low = 0x80; /* range of the second byte */
  unsigned char high = 0xBF;
  size_t length = 0;

  if (text[0] < 0x80)
    return 1;
  if (text[0] >= 0xC2 && text[0] <= 0xDF)
    length = 2;
  else if (text[0] >= 0xE0 && text[0] <= 0xEF)
    length = 3;
  else if (text[0] >= 0xF0 && text[0] <= 0xF4)
    length = 4;
  else
    return 0;

  if (text[0] == 0xE0)
    low = 0xA0;
  else if (text[0] == 0xED)
    high = 0x9F;
  else if (text[0] == 0xF0)
    low = 0x90;
  else if (text[0] == 0xF4)
    high = 0x8F;

  if (text[1] < low || text[1] > high)
    return 0;
  for (size_t i = 2; i < length; i++)
    if ((text[i] & 0xC0) != 0x80)
      return 0;
  return length;
}

/* A string; bytes that are not UTF-8 become U+FFFD. */
static void json_put(FILE *file, const char *string) {
  const unsigned char *text = (const unsigned char *)string;
  putc('"', file);
  while (*text != '\0') {
    size_t length = utf8_length(text);
    if (length == 0)
      fputs("\\ufffd", file);
    else if (*text == '"' || *text == '\\')
      fprintf(file, "\\%c", *text);
    else if (*text < 0x20)
      fprintf(file, "\\u%04x", *text);
    else
      fwrite(text, 1, length, file);
    text += length > 0 ? length : 1;
  }
  putc('"', file);
}

static void json_put_row(FILE *file, const output_row_t *row) {
  fputs("{\"ts\":", file);
  json_put(file, row->ts_text);
  fputs(",\"score\":", file);
  put_number(file, row->score, "null");
  fputs(",\"threshold\":", file);
  put_number(file, row->threshold, "null");
  fputs(row->flagged ? ",\"flag\":true" : ",\"flag\":false", file);
  fputs(",\"fields\":[", file);
  for (size_t i = 0; i < row->suspects_num; i++) {
    if (i > 0)
      putc(',', file);
    json_put(file, field(row, i));
  }
  fputs("],\"note\":", file);
  json_put(file, row->note);
  if (row->host != NULL) {
    fputs(",\"host\":", file);
    json_put(file, row->host);
    fputs(",\"detector\":", file);
    json_put(file, row->detector->name);
  }
  fputs("}\n", file);
}

void output_header(FILE *file, output_format_t format, bool hosts) {
  if (format == OUTPUT_CSV)
    fprintf(file, "ts,score,threshold,flag,fields,note%s\n",
            hosts ? ",host,detector" : "");
}

void output_row(FILE *file, output_format_t format, const output_row_t *row) {
  if (format == OUTPUT_CSV)
    csv_put_row(file, row);
  else
    json_put_row(file, row);
}

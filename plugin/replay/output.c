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

#include "plugin/detector/explain.h"
#include "plugin/replay/complain.h"
#include "plugin/storage/utf8.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Digits that rank scores as their doubles do, or nearly: a rounding step is
 * far below what one tree more or less does to a score. */
#define NUMBER_FORMAT "%.9g"

/* Who is to blame for a row; nobody unless it is flagged. */
typedef struct {
  suspect_t suspects[DETECTOR_FEATURES_MAX];
  size_t suspects_num;
  char note[4096];
} blame_t;

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

static const char *field(const output_row_t *row, const blame_t *blame,
                         size_t i) {
  return row->detector->features[blame->suspects[i].feature].name;
}

static void csv_put_fields(FILE *file, const output_row_t *row,
                           const blame_t *blame) {
  bool quotes = false;
  for (size_t i = 0; i < blame->suspects_num; i++)
    quotes = quotes || csv_needs_quotes(field(row, blame, i));

  if (quotes)
    putc('"', file);
  for (size_t i = 0; i < blame->suspects_num; i++) {
    if (i > 0)
      putc(';', file);
    csv_put_quoted(file, field(row, blame, i)); /* plain text stays as it is */
  }
  if (quotes)
    putc('"', file);
}

static void csv_put_row(FILE *file, const output_row_t *row,
                        const blame_t *blame) {
  csv_put(file, row->ts_text);
  putc(',', file);
  put_number(file, row->verdict->score, "");
  putc(',', file);
  put_number(file, row->verdict->threshold, "");
  fputs(row->verdict->flagged ? ",1," : ",0,", file);
  csv_put_fields(file, row, blame);
  putc(',', file);
  csv_put(file, blame->note);
  if (row->host != NULL) {
    putc(',', file);
    csv_put(file, row->host);
    putc(',', file);
    csv_put(file, row->detector->name);
  }
  putc('\n', file);
}

/* --- JSON --- */

/* A string; bytes that are not UTF-8 become U+FFFD. */
static void json_put(FILE *file, const char *text) {
  putc('"', file);
  while (*text != '\0') {
    size_t length = utf8_length(text, strnlen(text, UTF8_MAX));
    if (length == 0)
      fputs("\\ufffd", file);
    else if (*text == '"' || *text == '\\')
      fprintf(file, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      fprintf(file, "\\u%04x", *text);
    else
      fwrite(text, 1, length, file);
    text += length > 0 ? length : 1;
  }
  putc('"', file);
}

static void json_put_row(FILE *file, const output_row_t *row,
                         const blame_t *blame) {
  fputs("{\"ts\":", file);
  json_put(file, row->ts_text);
  fputs(",\"score\":", file);
  put_number(file, row->verdict->score, "null");
  fputs(",\"threshold\":", file);
  put_number(file, row->verdict->threshold, "null");
  fputs(row->verdict->flagged ? ",\"flag\":true" : ",\"flag\":false", file);
  fputs(",\"fields\":[", file);
  for (size_t i = 0; i < blame->suspects_num; i++) {
    if (i > 0)
      putc(',', file);
    json_put(file, field(row, blame, i));
  }
  fputs("],\"note\":", file);
  json_put(file, blame->note);
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
  blame_t blame;
  blame.suspects_num = 0;
  blame.note[0] = '\0';
  if (row->verdict->flagged) {
    blame.suspects_num = model_explain(row->model, blame.suspects);
    explain_sentence(row->detector, blame.suspects, blame.suspects_num,
                     blame.note, sizeof(blame.note));
  }
  if (format == OUTPUT_CSV)
    csv_put_row(file, row, &blame);
  else
    json_put_row(file, row, &blame);
}

int output_failed(void) {
  complain("standard output: %s: what is there is incomplete, write it to "
           "where there is room",
           strerror(errno));
  return -1;
}

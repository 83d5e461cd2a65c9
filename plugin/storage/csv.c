/* SPDX-License-Identifier: MIT */
/*
 * csv.c -- splits a stream into records and cells, in place
 *
 * One buffer holds the record at hand and whatever was read beyond it. Cells
 * are unquoted and terminated where they stand, which never makes them longer.
 * The first error is the last: what follows cannot be trusted to be in step.
 */
#include "plugin/storage/csv.h"
#include "plugin/storage/csv_value.h"
#include "plugin/storage/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What ends a cell, beside the characters ',' and '\n'. */
#define END_OF_INPUT (-1)
#define BROKEN (-2) /* and there is an error */

struct csv_s {
  /* set by csv_create(), never written again */
  csv_read_cb read;
  void *source;
  locale_t c_locale;

  /* the header; set by csv_create() */
  char *names; /* of all columns, one behind the other */
  const char *columns[CSV_COLUMNS_MAX];
  size_t columns_num;

  /* the input: buffer[begin..end) is the record at hand and what follows */
  char *buffer; /* CSV_LINE_MAX bytes and one for a terminator */
  size_t begin;
  size_t end;
  bool at_end;
  size_t next_line; /* of the first byte not yet looked at; from 1 */

  /* the record at hand, until the next is read */
  size_t line;
  size_t used; /* bytes of it, the line feed included */
  size_t cells_num;
  size_t cells[CSV_COLUMNS_MAX + 1]; /* offsets from begin; the first is ts */
  double values[CSV_COLUMNS_MAX];

  char error[256];
};

__attribute__((format(printf, 3, 4))) static int
refuse(csv_t *csv, size_t line, const char *format, ...) {
  int length = snprintf(csv->error, sizeof(csv->error), "line %zu: ", line);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(csv->error + length, sizeof(csv->error) - (size_t)length, format,
            arguments);
  va_end(arguments);
  return BROKEN;
}

/* --- bytes --- */

/* Reads more behind the record at hand. 1, 0: the end, BROKEN. */
static int fill(csv_t *csv) {
  if (csv->at_end)
    return 0;
  if (csv->end == CSV_LINE_MAX && csv->begin > 0) {
    csv->end -= csv->begin;
    memmove(csv->buffer, csv->buffer + csv->begin, csv->end);
    csv->begin = 0;
  }
  if (csv->end == CSV_LINE_MAX)
    return refuse(csv, csv->line,
                  "longer than %u bytes: close its quote, or split it",
                  CSV_LINE_MAX);
  long got =
      csv->read(csv->source, csv->buffer + csv->end, CSV_LINE_MAX - csv->end);
  if (got < 0)
    return refuse(csv, csv->next_line, "cannot read on: %s", strerror(errno));
  csv->at_end = got == 0;
  csv->end += (size_t)got;
  return got > 0;
}

/* The byte at an offset of the record, END_OF_INPUT or BROKEN. */
static int byte_at(csv_t *csv, size_t offset) {
  while (csv->begin + offset >= csv->end) {
    int status = fill(csv);
    if (status <= 0)
      return status == 0 ? END_OF_INPUT : BROKEN;
  }
  return (unsigned char)csv->buffer[csv->begin + offset];
}

static int refuse_nul(csv_t *csv) {
  return refuse(csv, csv->next_line,
                "a NUL byte: save the table as text in UTF-8");
}

/* --- cells; each returns what ended it, with *offset behind that --- */

/* `end` bytes of the record are left; a carriage return before a line's end
 * belongs to that. */
static void terminate(csv_t *csv, size_t start, size_t end, int ended_by) {
  char *record = csv->buffer + csv->begin;
  if (ended_by != ',' && end > start && record[end - 1] == '\r')
    end--;
  record[end] = '\0';
}

static int plain_cell(csv_t *csv, size_t *offset) {
  size_t start = *offset;
  int c = 0;
  while ((c = byte_at(csv, *offset)) > 0 && c != ',' && c != '\n')
    (*offset)++;
  if (c == BROKEN)
    return BROKEN;
  if (c == '\0')
    return refuse_nul(csv);
  terminate(csv, start, *offset, c);
  if (c != END_OF_INPUT)
    (*offset)++;
  return c;
}

/* After a closing quote: a comma, the end of the line, or a mistake. */
static int after_quote(csv_t *csv, size_t *offset) {
  int c = byte_at(csv, *offset);
  if (c == '\r') {
    (*offset)++;
    c = byte_at(csv, *offset);
  }
  if (c == BROKEN || c == END_OF_INPUT)
    return c;
  if (c != ',' && c != '\n')
    return refuse(csv, csv->next_line,
                  "text behind a closing quote: double the quotes within a "
                  "quoted cell");
  (*offset)++;
  return c;
}

static int quoted_cell(csv_t *csv, size_t *offset) {
  size_t out = *offset; /* where the next byte of the text goes */
  (*offset)++;
  for (;;) {
    int c = byte_at(csv, *offset);
    if (c == BROKEN)
      return BROKEN;
    if (c == END_OF_INPUT)
      return refuse(csv, csv->line,
                    "a quote is opened here and never closed: "
                    "close it");
    if (c == '\0')
      return refuse_nul(csv);
    (*offset)++;
    if (c == '"') {
      if (byte_at(csv, *offset) != '"')
        break;
      (*offset)++;
    }
    csv->next_line += c == '\n';
    csv->buffer[csv->begin + out++] = (char)c;
  }
  int ended_by = after_quote(csv, offset);
  if (ended_by != BROKEN)
    csv->buffer[csv->begin + out] = '\0';
  return ended_by;
}

/* --- records --- */

/* Splits the next record. 1, 0: the end, BROKEN. */
static int next_record(csv_t *csv) {
  csv->begin += csv->used;
  csv->used = 0;
  csv->cells_num = 0;
  csv->line = csv->next_line;
  int ended_by = byte_at(csv, 0);
  if (ended_by < 0)
    return ended_by == END_OF_INPUT ? 0 : BROKEN;

  size_t offset = 0;
  do {
    if (csv->cells_num == CSV_COLUMNS_MAX + 1)
      return refuse(csv, csv->line, "more than %d columns: leave some out",
                    CSV_COLUMNS_MAX);
    csv->cells[csv->cells_num++] = offset;
    ended_by = byte_at(csv, offset) == '"' ? quoted_cell(csv, &offset)
                                           : plain_cell(csv, &offset);
  } while (ended_by == ',');
  csv->used = offset;
  csv->next_line += ended_by == '\n';
  return ended_by == BROKEN ? BROKEN : 1;
}

static const char *cell(const csv_t *csv, size_t i) {
  return csv->buffer + csv->begin + csv->cells[i];
}

/* The same, but for empty lines. */
static int next_filled_record(csv_t *csv) {
  int status = 0;
  do
    status = next_record(csv);
  while (status > 0 && csv->cells_num == 1 && *cell(csv, 0) == '\0');
  return status;
}

/* A cell for an error message: short, and nothing that a terminal minds. */
static const char *show(const csv_t *csv, size_t i, char text[41]) {
  size_t length = 0;
  for (const char *c = cell(csv, i); *c != '\0' && length < 40; c++)
    text[length++] = *c >= ' ' && *c <= '~' ? *c : '?';
  text[length] = '\0';
  return text;
}

/* --- the header --- */

/* Copies a name without the blanks around it; returns the byte behind it. */
static char *copy_name(char *to, const char *from) {
  from += strspn(from, " \t");
  size_t length = strlen(from);
  while (length > 0 && (from[length - 1] == ' ' || from[length - 1] == '\t'))
    length--;
  memcpy(to, from, length);
  to[length] = '\0';
  return to + length + 1;
}

static int add_column(csv_t *csv, const char *name) {
  size_t i = csv->columns_num;
  if (*name == '\0')
    return refuse(csv, csv->line, "column %zu has no name: give it one", i + 2);
  if (!text_is_utf8(name, strlen(name)))
    return refuse(csv, csv->line,
                  "the name of column %zu is not UTF-8: save the table as text "
                  "in UTF-8",
                  i + 2);
  for (size_t other = 0; other < i; other++)
    if (strcmp(csv->columns[other], name) == 0)
      return refuse(csv, csv->line,
                    "columns %zu and %zu have the same name: rename one",
                    other + 2, i + 2);
  csv->columns[csv->columns_num++] = name;
  return 1;
}

/* 1 or BROKEN; -ENOMEM */
static int read_header(csv_t *csv) {
  int64_t ts = 0;
  char text[41] = "";
  int status = byte_at(csv, 0);
  if (status != BROKEN && byte_at(csv, 2) >= 0 &&
      memcmp(csv->buffer, "\xef\xbb\xbf", 3) == 0)
    csv->begin = 3; /* the byte order mark of UTF-8 */
  status = next_filled_record(csv);
  if (status == BROKEN)
    return BROKEN;
  if (status == 0)
    return refuse(csv, csv->line,
                  "there is nothing: begin with a header like "
                  "ts,cpu,memory");
  if (csv_time(cell(csv, 0), csv->c_locale, &ts))
    return refuse(csv, csv->line,
                  "%s is a time, not a header: begin with one like "
                  "ts,cpu,memory",
                  show(csv, 0, text));
  if (csv->cells_num == 1)
    return refuse(csv, csv->line,
                  "only one column: separate the time and the "
                  "others by commas");
  csv->names = malloc(csv->used + csv->cells_num);
  if (csv->names == NULL)
    return -ENOMEM;
  char *free_space = csv->names;
  for (size_t i = 1; i < csv->cells_num; i++) {
    const char *name = free_space;
    free_space = copy_name(free_space, cell(csv, i));
    if (add_column(csv, name) == BROKEN) {
      csv->columns_num = 0;
      return BROKEN;
    }
  }
  return 1;
}

csv_t *csv_create(csv_read_cb read, void *source) {
  csv_t *csv = calloc(1, sizeof(*csv));
  if (csv == NULL)
    return NULL;
  csv->read = read;
  csv->source = source;
  csv->next_line = 1;
  csv->line = 1;
  csv->buffer = malloc(CSV_LINE_MAX + 1);
  csv->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (csv->buffer != NULL && csv->c_locale != (locale_t)0 &&
      read_header(csv) != -ENOMEM)
    return csv;
  csv_destroy(csv);
  errno = ENOMEM;
  return NULL;
}

void csv_destroy(csv_t *csv) {
  if (csv == NULL)
    return;
  if (csv->c_locale != (locale_t)0)
    freelocale(csv->c_locale);
  free(csv->names);
  free(csv->buffer);
  free(csv);
}

/* --- what callers see --- */

int csv_next(csv_t *csv, csv_row_t *row) {
  char text[41] = "";
  if (csv->error[0] != '\0')
    return -1;
  int status = next_filled_record(csv);
  if (status <= 0)
    return status == 0 ? 0 : -1;
  if (csv->cells_num != csv->columns_num + 1) {
    refuse(csv, csv->line, "%zu cells, but the header has %zu: make them equal",
           csv->cells_num, csv->columns_num + 1);
    return -1;
  }
  if (!csv_time(cell(csv, 0), csv->c_locale, &row->ts)) {
    refuse(csv, csv->line,
           "\"%s\" is not a time: write 2026-01-31T12:00:00Z or seconds since "
           "the epoch",
           show(csv, 0, text));
    return -1;
  }
  for (size_t i = 0; i < csv->columns_num; i++)
    csv->values[i] = csv_number(cell(csv, i + 1), csv->c_locale);
  row->ts_text = cell(csv, 0);
  row->values = csv->values;
  return 1;
}

size_t csv_columns_num(const csv_t *csv) { return csv->columns_num; }

const char *csv_column(const csv_t *csv, size_t i) { return csv->columns[i]; }

const char *csv_cell(const csv_t *csv, size_t i) { return cell(csv, i + 1); }

const char *csv_error(const csv_t *csv) {
  return csv->error[0] == '\0' ? NULL : csv->error;
}

size_t csv_line(const csv_t *csv) { return csv->line; }

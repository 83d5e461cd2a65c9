/* SPDX-License-Identifier: MIT */
/*
 * read_csv.c -- see read_csv.h
 */
#include "dashboard/api/read_csv.h"

#include "dashboard/json.h"
#include "plugin/storage/csv.h"
#include "plugin/storage/utf8.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* A time as it came, as JSON: a plain number stays one. */
static int set_ts(table_t *table, const csv_t *csv, const csv_row_t *row) {
  const char *text = row->ts_text;
  size_t length = strlen(text);
  if (!text_is_utf8(text, length))
    return table_refuse(table, "line %zu: the time is not UTF-8",
                        csv_line(csv));
  size_t digits = strspn(text, "0123456789");
  if (digits == length && text[0] != '0')
    return table_set_ts(table, row->ts, text);
  sqlite3_str *json = sqlite3_str_new(NULL);
  json_text(json, text);
  char *quoted = sqlite3_str_finish(json);
  int status = quoted == NULL ? table_refuse(table, "out of memory")
                              : table_set_ts(table, row->ts, quoted);
  sqlite3_free(quoted);
  return status;
}

static bool stands_for_missing(const char *cell) {
  static const char *const words[] = {"",     "nan", "na", "n/a", "null",
                                      "none", "nil", "-",  "?"};
  cell += strspn(cell, " \t");
  size_t length = strcspn(cell, " \t");
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
    if (strlen(words[i]) == length && strncasecmp(cell, words[i], length) == 0)
      return true;
  return false;
}

static int take_row(table_t *table, const csv_t *csv, const csv_row_t *row) {
  if (table_begin_row(table) != 0 || set_ts(table, csv, row) != 0)
    return -1;
  for (size_t i = 0; i < csv_columns_num(csv); i++) {
    if (isnan(row->values[i]) && !stands_for_missing(csv_cell(csv, i)))
      return table_refuse(table,
                          "line %zu, column %.80s: expected a number, not "
                          "\"%.40s\": correct it, or leave the column out",
                          csv_line(csv), csv_column(csv, i), csv_cell(csv, i));
    table_set(table, i, row->values[i]);
  }
  return 0;
}

static int take_header(table_t *table, const csv_t *csv) {
  for (size_t i = 0; i < csv_columns_num(csv); i++) {
    int feature = table_feature(table, csv_column(csv, i));
    if (feature < 0)
      return -1;
    if ((size_t)feature < i)
      return table_refuse(table, "line 1: there are two columns %.80s",
                          csv_column(csv, i));
  }
  return 0;
}

int read_csv(table_t *table, body_t *body) {
  csv_row_t row;
  int status = -1;
  csv_t *csv = csv_create(body_read, body);
  if (csv == NULL)
    return table_refuse(table, "%s", strerror(errno));
  if (csv_error(csv) == NULL)
    status = take_header(table, csv);
  while (status == 0 && (status = csv_next(csv, &row)) > 0)
    status = take_row(table, csv, &row);
  if (csv_error(csv) != NULL)
    table_refuse(table, "%s", csv_error(csv));
  csv_destroy(csv);
  return table_error(table) == NULL ? 0 : -1;
}

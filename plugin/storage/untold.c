/* SPDX-License-Identifier: MIT */
/*
 * untold.c -- see untold.h; host and detector are those of the run
 */
#include "plugin/storage/untold.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/hostname.h"

#include <stdio.h>
#include <stdlib.h>

static const char untold_sql[] =
    "SELECT untold.id, run_id, okay, time, host, detector, message FROM untold"
    " JOIN runs ON runs.id = run_id WHERE source = 'live' ORDER BY untold.id";

static const char numbers_sql[] =
    "SELECT key, value FROM json_each((SELECT iif(json_valid(numbers), numbers,"
    "  '{}') FROM untold WHERE id = ?1)) WHERE type IN ('real', 'integer')"
    " LIMIT ?2";

char *untold_numbers(const storage_notice_t *notice) {
  sqlite3_str *json = sqlite3_str_new(NULL);
  sqlite3_str_appendchar(json, 1, '{');
  for (size_t i = 0; i < notice->numbers_num; i++)
    sqlite3_str_appendf(json, "%s\"%s\":%!.17g", i == 0 ? "" : ",",
                        notice->numbers[i].name, notice->numbers[i].value);
  sqlite3_str_appendchar(json, 1, '}');
  return sqlite3_str_finish(json);
}

static void copy_text(char *to, size_t size, sqlite3_stmt *row, int column) {
  const char *text = (const char *)sqlite3_column_text(row, column);
  snprintf(to, size, "%s", text == NULL ? "" : text);
}

/* All but the numbers. */
static void read_row(sqlite3_stmt *row, storage_notice_t *notice) {
  notice->run_id = sqlite3_column_int64(row, 1);
  notice->okay = sqlite3_column_int(row, 2) != 0;
  int64_t time = sqlite3_column_int64(row, 3);
  int64_t now = wall_ms();
  notice->time = time < 0 || time > now ? now : time;
  char host[HOSTNAME_SIZE];
  copy_text(host, sizeof(host), row, 4);
  hostname_from_text(host, notice->host, sizeof(notice->host));
  copy_text(notice->detector, sizeof(notice->detector), row, 5);
  copy_text(notice->message, sizeof(notice->message), row, 6);
}

static int read_numbers(database_t *db, sqlite3_stmt *numbers, int64_t id,
                        storage_notice_t *notice) {
  sqlite3_bind_int64(numbers, 1, id);
  sqlite3_bind_int(numbers, 2, STORAGE_NUMBERS_MAX);
  int code = SQLITE_ROW;
  notice->numbers_num = 0;
  while ((code = sqlite3_step(numbers)) == SQLITE_ROW) {
    storage_number_t *number = notice->numbers + notice->numbers_num++;
    copy_text(number->name, sizeof(number->name), numbers, 0);
    number->value = sqlite3_column_double(numbers, 1);
  }
  int status = code == SQLITE_DONE ? 0 : database_failed(db);
  sqlite3_reset(numbers);
  return status;
}

/* Into `outbox`, by way of a notice that is large enough. */
static int read_rows(database_t *db, sqlite3_stmt *rows, sqlite3_stmt *numbers,
                     storage_notice_t *notice, outbox_t *outbox) {
  int code = SQLITE_ROW;
  while (!outbox->in_file && (code = sqlite3_step(rows)) == SQLITE_ROW) {
    read_row(rows, notice);
    if (read_numbers(db, numbers, sqlite3_column_int64(rows, 0), notice) != 0)
      return -1;
    letter_t *letter = letter_create(notice);
    outbox->in_file =
        letter == NULL || !outbox_has_room(outbox, notice_bytes(notice));
    if (outbox->in_file)
      letter_destroy(letter);
    else
      outbox_append(outbox, letter);
  }
  return code == SQLITE_DONE || code == SQLITE_ROW ? 0 : database_failed(db);
}

int untold_read(database_t *db, outbox_t *outbox) {
  sqlite3_stmt *rows = NULL;
  sqlite3_stmt *numbers = NULL;
  storage_notice_t *notice = calloc(
      1, sizeof(*notice) + STORAGE_NUMBERS_MAX * sizeof(notice->numbers[0]));
  int status = -1;
  if (notice == NULL)
    database_refused(db, "out of memory");
  else if (database_prepare(db, &rows, "%s", untold_sql) == 0 &&
           database_prepare(db, &numbers, "%s", numbers_sql) == 0)
    status = read_rows(db, rows, numbers, notice, outbox);
  sqlite3_finalize(rows);
  sqlite3_finalize(numbers);
  free(notice);
  if (status != 0)
    outbox_clear(outbox);
  return status;
}

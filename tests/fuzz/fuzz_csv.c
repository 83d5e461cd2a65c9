/* SPDX-License-Identifier: MIT */
/*
 * fuzz_csv.c -- tables in CSV, and cells as numbers and times
 *
 * The first byte says how many bytes the reader is given at a time.
 */
#include "tests/fuzz/fuzz.h"

#include "plugin/storage/csv.h"

#include <math.h>
#include <string.h>

const char fuzz_name[] = "csv";

/* The years 1 to 9999, in milliseconds. */
#define TS_MIN INT64_C(-62135596800000)
#define TS_MAX INT64_C(253402300799999)

typedef struct {
  fuzz_bytes_t bytes;
  size_t piece;
} source_t;

static long read_piece(void *context, char *buffer, size_t size) {
  source_t *source = context;
  size_t piece = source->piece < size ? source->piece : size;
  if (piece > source->bytes.size)
    piece = source->bytes.size;
  if (piece > 0)
    memcpy(buffer, source->bytes.data, piece);
  source->bytes.data += piece;
  source->bytes.size -= piece;
  return (long)piece;
}

static void check_row(const csv_t *csv, const csv_row_t *row) {
  REQUIRE(row->ts >= TS_MIN && row->ts <= TS_MAX);
  REQUIRE(row->ts_text != NULL && strlen(row->ts_text) < CSV_LINE_MAX);
  for (size_t i = 0; i < csv_columns_num(csv); i++) {
    REQUIRE(!isinf(row->values[i]));
    REQUIRE(strlen(csv_cell(csv, i)) < CSV_LINE_MAX);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  source_t source = {.bytes = {data, size}};
  source.piece = 1 + (size_t)fuzz_byte(&source.bytes) * 16;
  csv_t *csv = csv_create(read_piece, &source);
  csv_row_t row = {0};
  int got = 0;
  REQUIRE(csv != NULL);
  REQUIRE(csv_columns_num(csv) <= CSV_COLUMNS_MAX);
  for (size_t i = 0; i < csv_columns_num(csv); i++)
    REQUIRE(strlen(csv_column(csv, i)) < CSV_LINE_MAX);
  while (csv_error(csv) == NULL && (got = csv_next(csv, &row)) > 0)
    check_row(csv, &row);
  REQUIRE((csv_error(csv) != NULL) == (got < 0 || csv_columns_num(csv) == 0) ||
          got == 0);
  csv_destroy(csv);
  return 0;
}

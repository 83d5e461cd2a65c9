/* SPDX-License-Identifier: MIT */
/*
 * fuzz_upload.c -- bodies of POST /detect, in JSON and in CSV, and what the
 * detector makes of them
 *
 * The first byte: CSV if it is 'c'. Few rows are judged too; that takes long.
 */
#include "tests/fuzz/fuzz.h"

#include "dashboard/api/judge.h"
#include "dashboard/api/read_csv.h"
#include "dashboard/api/read_json.h"
#include "plugin/storage/utf8.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

const char fuzz_name[] = "upload";

#define JUDGED_MAX 16 /* rows */

static bool is_json(const char *text) {
  static sqlite3 *db;
  static sqlite3_stmt *statement;
  if (statement == NULL)
    REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK &&
            sqlite3_prepare_v2(db, "SELECT json_valid(?1)", -1, &statement,
                               NULL) == SQLITE_OK);
  sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  bool valid = sqlite3_column_int(statement, 0) != 0;
  sqlite3_reset(statement);
  return valid;
}

static void check_judgement(table_t *table) {
  judgement_t judgement = {0};
  REQUIRE(judge_table(table, &judgement) == 0);
  for (size_t i = 0; i < table_rows(table); i++)
    REQUIRE(judgement.scores[i] >= 0 && judgement.scores[i] <= 1);
  REQUIRE(judgement.anomalies_num <= table_rows(table));
  for (size_t i = 0; i < judgement.anomalies_num; i++) {
    const storage_anomaly_t *anomaly = &judgement.anomalies[i];
    REQUIRE(judgement.rows[i] < table_rows(table));
    REQUIRE(text_is_utf8(anomaly->note, strlen(anomaly->note)));
    for (size_t j = 0; j < anomaly->suspects_num; j++)
      REQUIRE(anomaly->suspects[j].feature < table_features_num(table));
  }
  judgement_free(&judgement);
}

static void check_table(table_t *table) {
  size_t rows = table_rows(table);
  size_t features = table_features_num(table);
  REQUIRE(rows <= TABLE_ROWS_MAX && features <= DETECTOR_FEATURES_MAX);
  for (size_t i = 0; i < features; i++) {
    const char *name = table_feature_name(table, i);
    REQUIRE(text_is_utf8(name, strlen(name)));
  }
  for (size_t i = 0; i < rows; i++)
    REQUIRE(is_json(table_ts_json(table, i)));
  if (rows == 0 || features == 0)
    return;
  const double *values = table_values(table);
  for (size_t i = 0; i < rows * features; i++)
    REQUIRE(!isinf(values[i]));
  if (rows <= JUDGED_MAX)
    check_judgement(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_bytes_t bytes = {data, size};
  bool csv = fuzz_byte(&bytes) == 'c';
  table_t *table = table_create();
  body_t *body = body_create();
  REQUIRE(table != NULL && body != NULL);
  REQUIRE(body_append(body, bytes.data, bytes.size) == 0);
  int status = csv ? read_csv(table, body) : read_json(table, body);
  REQUIRE((status == 0) == (table_error(table) == NULL));
  if (status == 0) {
    check_table(table);
  } else {
    const char *error = table_error(table);
    REQUIRE(strlen(error) < TABLE_ERROR_SIZE);
  }
  body_destroy(body);
  table_destroy(table);
  return 0;
}

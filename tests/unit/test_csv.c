/* SPDX-License-Identifier: MIT */
/*
 * test_csv.c -- tables, good and bad
 */
#include "plugin/storage/csv.h"
#include "plugin/storage/csv_value.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

typedef struct {
  const char *text;
  size_t size;
  size_t step; /* bytes a read, so that cells are torn apart */
} text_t;

static long read_text(void *source, char *buffer, size_t size) {
  text_t *text = source;
  size_t got = size < text->step ? size : text->step;
  if (got > text->size)
    got = text->size;
  memcpy(buffer, text->text, got);
  text->text += got;
  text->size -= got;
  return (long)got;
}

/* Writes the table as it was understood: names, then a line a row. */
static void understand(const char *bytes, size_t size, size_t step, char *out,
                       size_t out_size) {
  text_t text = {bytes, size, step};
  csv_t *csv = csv_create(read_text, &text);
  assert_non_null(csv);
  FILE *file = fmemopen(out, out_size, "w");
  for (size_t i = 0; i < csv_columns_num(csv); i++)
    fprintf(file, "%s|", csv_column(csv, i));
  csv_row_t row = {0};
  int status = 0;
  while ((status = csv_next(csv, &row)) == 1) {
    fprintf(file, "\n%zu:%lld|", csv_line(csv), (long long)row.ts);
    for (size_t i = 0; i < csv_columns_num(csv); i++)
      fprintf(file, "%g(%s)|", row.values[i], csv_cell(csv, i));
  }
  if (status < 0) {
    assert_int_equal(csv_next(csv, &row), -1); /* for good */
    fprintf(file, "\n%s", csv_error(csv));
  } else {
    assert_null(csv_error(csv));
  }
  fclose(file);
  csv_destroy(csv);
}

static const struct {
  const char *table;
  const char *understood;
} tables[] = {
    {"ts,cpu,memory\n1,2,3\n2,,x\n",
     "cpu|memory|\n2:1000|2(2)|3(3)|\n3:2000|nan()|nan(x)|"},
    {"ts,a\r\n1,2\r\n\r\n3,4", "a|\n2:1000|2(2)|\n4:3000|4(4)|"},
    {"\xef\xbb\xbfts,a\n1,2\n", "a|\n2:1000|2(2)|"},
    {"\xef\xbb\xbf\"ts\",\"a\"\r\n\"1\",\"2\"\r\n", "a|\n2:1000|2(2)|"},
    {"\xef\xbb\xbf\"t,s\",a\n1,2\n", "a|\n2:1000|2(2)|"},
    {"ts,\"a \"\"b\"\"\"\n1,\"x,\ny\"\n2,\"\"\n",
     "a \"b\"|\n2:1000|nan(x,\ny)|\n4:2000|nan()|"},
    {"ts, a ,b\n1, 2 ,a\"b\n", "a|b|\n2:1000|2( 2 )|nan(a\"b)|"},
    {"ts,a\n1,\"2", "a|\nline 2: a quote is opened here and never closed: "
                    "close it"},
    {"ts,a\n1,\"2\"3\n", "a|\nline 2: text behind a closing quote: double the "
                         "quotes within a quoted cell"},
    {"ts,a\n1,\"\n\n\"\n2,3,4\n",
     "a|\n2:1000|nan(\n\n)|\nline 5: 3 cells, but the header has 2: make them "
     "equal"},
    {"ts,a,b\n1,2\n",
     "a|b|\nline 2: 2 cells, but the header has 3: make them equal"},
    {"ts,a\nyest\x01rday,2\n",
     "a|\nline 2: \"yest?rday\" is not a time: write 2026-01-31T12:00:00Z or "
     "seconds since the epoch"},
    {"", "\nline 1: there is nothing: begin with a header like ts,cpu,memory"},
    {"\n\n", "\nline 3: there is nothing: begin with a header like "
             "ts,cpu,memory"},
    {"ts\n1\n", "\nline 1: only one column: separate the time and the others "
                "by commas"},
    {"ts,a,a\n", "\nline 1: columns 2 and 3 have the same name: rename one"},
    {"ts,a,\n", "\nline 1: column 3 has no name: give it one"},
    {"ts,\xfc\n", "\nline 1: the name of column 2 is not UTF-8: save the "
                  "table as text in UTF-8"},
    {"ts,\xc3\xbc\n", "\xc3\xbc|"},
    {"2026-01-01,2\n", "\nline 1: 2026-01-01 is a time, not a header: begin "
                       "with one like ts,cpu,memory"},
};

static void test_tables(void **state) {
  (void)state;
  char out[512] = "";
  for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
    for (size_t step = 1; step < 40; step += 13) {
      understand(tables[i].table, strlen(tables[i].table), step, out,
                 sizeof(out));
      assert_string_equal(out, tables[i].understood);
    }
}

static void test_nul(void **state) {
  (void)state;
  static const char utf16[] = "\xff\xfet\0s\0,\0a\0\n";
  static const char quoted[] = "ts,a\n1,\"\n\0\"\n";
  char out[512] = "";
  understand(utf16, sizeof(utf16) - 1, 100, out, sizeof(out));
  assert_string_equal(out,
                      "\nline 1: a NUL byte: save the table as text in UTF-8");
  understand(quoted, sizeof(quoted) - 1, 100, out, sizeof(out));
  assert_string_equal(
      out, "a|\nline 3: a NUL byte: save the table as text in UTF-8");
}

static void test_long_lines(void **state) {
  (void)state;
  size_t size = CSV_LINE_MAX + 100;
  char *table = malloc(size);
  char out[128] = "";
  memset(table, '7', size);
  memcpy(table, "ts,a\n1,", 7);
  understand(table, size, size, out, sizeof(out));
  assert_string_equal(out, "a|\nline 2: longer than 1048576 bytes: close its "
                           "quote, or split it");
  /* The longest row that still goes: after it, the next one. */
  table[5 + CSV_LINE_MAX - 1] = '\n';
  memcpy(table + 5 + CSV_LINE_MAX, "2,3\n", 5);
  text_t text = {table, strlen(table), 5000};
  csv_t *csv = csv_create(read_text, &text);
  csv_row_t row = {0};
  assert_int_equal(csv_next(csv, &row), 1);
  assert_true(isnan(row.values[0]));
  assert_int_equal(strlen(csv_cell(csv, 0)), CSV_LINE_MAX - 3);
  assert_int_equal(csv_next(csv, &row), 1);
  assert_true(row.values[0] == 3 && csv_line(csv) == 3);
  assert_int_equal(csv_next(csv, &row), 0);
  csv_destroy(csv);
  free(table);
}

static void test_columns_max(void **state) {
  (void)state;
  for (size_t columns = CSV_COLUMNS_MAX; columns <= CSV_COLUMNS_MAX + 1;
       columns++) {
    char *table = calloc(columns + 2, 8);
    size_t length = (size_t)sprintf(table, "ts");
    for (size_t i = 0; i < columns; i++)
      length += (size_t)sprintf(table + length, ",c%zu", i);
    text_t text = {table, length, 4096};
    csv_t *csv = csv_create(read_text, &text);
    if (columns == CSV_COLUMNS_MAX)
      assert_int_equal(csv_columns_num(csv), CSV_COLUMNS_MAX);
    else
      assert_string_equal(csv_error(csv),
                          "line 1: more than 1024 columns: leave some out");
    csv_destroy(csv);
    free(table);
  }
}

static long read_error(void *source, char *buffer, size_t size) {
  (void)source;
  (void)buffer;
  (void)size;
  errno = EIO;
  return -1;
}

static void test_read_error(void **state) {
  (void)state;
  csv_t *csv = csv_create(read_error, NULL);
  assert_string_equal(csv_error(csv),
                      "line 1: cannot read on: Input/output error");
  csv_destroy(csv);
}

static const struct {
  const char *text;
  int64_t ts; /* -1: not a time */
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-01-01T00:00:00Z", 1767225600000},
    {"2026-01-01", 1767225600000},
    {" 2026-01-01 00:00 ", 1767225600000},
    {"2026-01-01t00:00:00.25z", 1767225600250},
    {"2026-01-01 00:00:00,2509", 1767225600250},
    {"2026-01-01T01:30:00+01:30", 1767225600000},
    {"2026-01-01T01:30:00.000+0130", 1767225600000},
    {"2025-12-31 19:00:00 -05", 1767225600000},
    {"2024-02-29T23:59:60Z", 1709251200000},
    {"2000-02-29", 951782400000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
    {"1767225600", 1767225600000},
    {"1767225600.25", 1767225600250},
    {"1767225600250", 1767225600250},
    {"1.7672256e9", 1767225600000},
    {"-0", 0},
    {"99999999999", 99999999999000},
    {"", -1},
    {"now", -1},
    {"2023-02-29", -1},
    {"1900-02-29", -1},
    {"2026-13-01", -1},
    {"2026-00-01", -1},
    {"2026-01-00", -1},
    {"2026-1-1", -1},
    {"2026-01-01T", -1},
    {"2026-01-01T24:00:00", -1},
    {"2026-01-01T00:60:00", -1},
    {"2026-01-01T00:00:61", -1},
    {"2026-01-01T00:00:00.", -1},
    {"2026-01-01T00:00:00Zulu", -1},
    {"2026-01-01T00:00:00+1", -1},
    {"2026-01-01T00:00:00+01:60", -1},
    {"0001-01-01T00:00:00+01:00", -1},
    {"0000-01-01", -1},
    {"1e300", -1},
    {"nan", -1},
};

static void test_times(void **state) {
  (void)state;
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
    int64_t ts = -1;
    bool good = csv_time(times[i].text, c_locale, &ts);
    if (good != (times[i].ts != -1) || (good && ts != times[i].ts))
      fail_msg("\"%s\" is %lld", times[i].text, (long long)ts);
  }
  freelocale(c_locale);
}

/* Every day of 800 years, against the C library. */
static void test_calendar(void **state) {
  (void)state;
  for (int64_t day = -146097; day < 146097; day++) {
    time_t seconds = (time_t)day * 86400;
    struct tm tm = {0};
    char text[64] = "";
    int64_t ts = -1;
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    assert_true(csv_time(text, (locale_t)0, &ts));
    assert_int_equal(ts, day * 86400000);
  }
}

static const char *const missing[] = {
    "",   " ",  "nan",  "inf",   "-inf", "x",   "0x10", "1,5",   "1.5.2",
    "1e", "e5", "1 2",  "--1",   "+",    ".",   "-.",   "1e400", "1.5f",
    "1_", "١",  "1e+-", "0x1p3", "NULL", "12%", "1e5x", "true"};

static void test_missing(void **state) {
  (void)state;
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
    if (!isnan(csv_number(missing[i], c_locale)))
      fail_msg("\"%s\" is a number", missing[i]);
  freelocale(c_locale);
}

static void assert_like_strtod(const char *text, locale_t c_locale) {
  double expected = strtod(text, NULL);
  double number = csv_number(text, c_locale);
  if (memcmp(&number, &expected, sizeof(number)) != 0)
    fail_msg("%s is %.17g, not %.17g", text, number, expected);
}

/* Exactly rounded: bit for bit what strtod says. */
static void test_numbers(void **state) {
  (void)state;
  static const char *const texts[] = {
      "0",
      "-0",
      "1",
      "+1",
      "5.",
      ".5",
      "1e22",
      "1e23",
      "1e-22",
      "1e-23",
      "0.1",
      "1E+3",
      "123.456",
      "4.9e-324",
      "1.7976931348623157e308",
      "1e-400",
      "9007199254740993",
      "9007199254740992",
      "900719925474099.25",
      "0.000000000000000000000000000000000000000001",
      "3.14159265358979323846264338327950288",
      "  7\t",
      "00000000000000000001.5",
      "10000000000000000000000000000000000000000000"};
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    assert_like_strtod(texts[i], c_locale);
  uint64_t random = 1;
  char text[64] = "";
  for (int i = 0; i < 300000; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    double number = (double)(int64_t)random / (double)(1u << (random >> 60));
    snprintf(text, sizeof(text), "%.*g", 1 + (int)(random >> 32) % 20, number);
    assert_like_strtod(text, c_locale);
    snprintf(text, sizeof(text), "%.*f", (int)(random >> 40) % 8,
             number / 1e15);
    assert_like_strtod(text, c_locale);
  }
  freelocale(c_locale);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tables),     cmocka_unit_test(test_nul),
      cmocka_unit_test(test_long_lines), cmocka_unit_test(test_columns_max),
      cmocka_unit_test(test_read_error), cmocka_unit_test(test_times),
      cmocka_unit_test(test_calendar),   cmocka_unit_test(test_missing),
      cmocka_unit_test(test_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_dashboard.c -- the parts of the dashboard that need no server: routes,
 * origins, texts, buckets, and reading uploads
 */
#include "dashboard/api/buckets.h"
#include "dashboard/api/read_csv.h"
#include "dashboard/api/read_json.h"
#include "dashboard/http/origin.h"
#include "dashboard/http/route.h"
#include "dashboard/text.h"
#include "plugin/storage/utf8.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- routes and origins --- */

static void test_routes(void **state) {
  (void)state;
  static const route_t table[] = {
      {.method = "GET", .path = "/"},
      {.method = "GET", .path = "/runs/#"},
      {.method = "DELETE", .path = "/runs/#"},
      {.method = "POST", .path = "/runs/#/verdict"},
      {.method = "GET", .path = "/web/*"},
  };
  static const struct {
    const char *method;
    const char *path;
    int row; /* -1: none */
    const char *allow;
  } cases[] = {
      {"GET", "/", 0, NULL},
      {"HEAD", "/", 0, NULL},
      {"POST", "/", -1, "GET, HEAD"},
      {"GET", "//", -1, ""},
      {"GET", "", -1, ""},
      {"GET", "/runs/17", 1, NULL},
      {"DELETE", "/runs/17", 2, NULL},
      {"PUT", "/runs/17", -1, "GET, HEAD, DELETE"},
      {"POST", "/runs/17/verdict", 3, NULL},
      {"POST", "/runs/17/verdic", -1, ""},
      {"POST", "/runs/17/verdicts", -1, ""},
      {"GET", "/runs/", -1, ""},
      {"GET", "/runs/-1", -1, ""},
      {"GET", "/runs/+1", -1, ""},
      {"GET", "/runs/1x", -1, ""},
      {"GET", "/runs/99999999999999999999", -1, ""},
      {"GET", "/web/a/b", 4, NULL},
      {"GET", "/web", -1, ""},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    int64_t id = 0;
    char allow[64] = "";
    const route_t *route =
        route_find(table, 5, cases[i].method, cases[i].path, &id, allow);
    if (cases[i].row >= 0)
      assert_ptr_equal(route, &table[cases[i].row]);
    else
      assert_null(route);
    if (cases[i].allow != NULL)
      assert_string_equal(allow, cases[i].allow);
    if (route != NULL && strstr(route->path, "#") != NULL)
      assert_int_equal(id, 17);
  }
}

static void test_origins(void **state) {
  (void)state;
  assert_true(origin_is_ours(NULL, NULL, "a:1", NULL)); /* no browser */
  assert_true(origin_is_ours("same-origin", NULL, "a:1", NULL));
  assert_false(origin_is_ours("same-site", "http://a:1", "a:1", NULL));
  assert_false(origin_is_ours("cross-site", NULL, "a:1", NULL));
  assert_true(origin_is_ours(NULL, "http://a:1", "a:1", NULL));
  assert_true(origin_is_ours(NULL, "https://A:1", "a:1", NULL));
  assert_false(origin_is_ours(NULL, "http://a:2", "a:1", NULL));
  assert_false(origin_is_ours(NULL, "http://b.a:1", "a:1", NULL));
  assert_false(origin_is_ours(NULL, "null", "null", NULL));
  assert_false(origin_is_ours(NULL, "http://a", NULL, NULL));
  assert_true(origin_is_ours(NULL, "https://a", "localhost:1", "a"));
}

/* --- texts --- */

static void test_utf8(void **state) {
  (void)state;
  static const char *const good[] = {
      "",
      "abc",
      "\xc2\x80",
      "\xdf\xbf",
      "\xe0\xa0\x80",
      "\xed\x9f\xbf",
      "\xef\xbf\xbf",
      "\xf0\x90\x80\x80",
      "\xf4\x8f\xbf\xbf",
  };
  static const char *const bad[] = {
      "\x80",         "\xc0\x80",         "\xc1\xbf",
      "\xc2",         "\xc2\x41",         "\xe0\x9f\xbf",
      "\xed\xa0\x80", "\xef\xbf",         "\xf0\x8f\xbf\xbf",
      "\xff",         "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
  };
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    assert_true(text_is_utf8(good[i], strlen(good[i])));
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    assert_false(text_is_utf8(bad[i], strlen(bad[i])));
  assert_false(text_is_utf8("a\0b", 3));
  char mended[] = "a\xff\xc3\xa4\xe2\x82z";
  text_make_utf8(mended, strlen(mended));
  assert_string_equal(mended, "a?\xc3\xa4??z");
}

static void test_integers(void **state) {
  (void)state;
  int64_t value = 0;
  assert_true(text_to_integer("-17", -20, 20, &value));
  assert_int_equal(value, -17);
  assert_true(
      text_to_integer("9223372036854775807", INT64_MIN, INT64_MAX, &value));
  static const char *const bad[] = {"",   "-",  "+1",  " 1",
                                    "1 ", "1x", "0x1", "9223372036854775808"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    assert_false(text_to_integer(bad[i], INT64_MIN, INT64_MAX, &value));
  assert_false(text_to_integer("21", -20, 20, &value));
}

/* --- buckets --- */

static const char *written(buckets_t *buckets,
                           void (*write)(const buckets_t *, sqlite3_str *)) {
  static char text[256];
  sqlite3_str *json = sqlite3_str_new(NULL);
  write(buckets, json);
  char *made = sqlite3_str_finish(json);
  sqlite3_snprintf(sizeof(text), text, "%s", made);
  sqlite3_free(made);
  return text;
}

static void write_min(const buckets_t *buckets, sqlite3_str *json) {
  buckets_write_min(buckets, 0, json);
}

static void write_max(const buckets_t *buckets, sqlite3_str *json) {
  buckets_write_max(buckets, 0, json);
}

static void test_buckets(void **state) {
  (void)state;
  /* spans that begin at -20, -10, 0, 10 and 20, cut at both ends */
  buckets_t *buckets = buckets_create(-15, 25, 10, 1);
  static const struct {
    int64_t ts;
    double value;
    bool flagged;
  } rows[] = {
      {-16, 99, true},  {25, 99, true},  {-15, 4, false},
      {-11, 2, false},  {-1, 1, false},  {-10, 7, true},
      {24, NAN, false}, {0, NAN, false}, {3, -1e9, false},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    buckets_row(buckets, rows[i].ts, rows[i].flagged);
    buckets_add(buckets, 0, rows[i].value, rows[i].value);
  }
  assert_string_equal(written(buckets, buckets_write_ts), "[-15,-10,0,24]");
  assert_string_equal(written(buckets, buckets_write_flagged), "[0,1,0,0]");
  assert_string_equal(written(buckets, write_min), "[2,1,-1e+09,null]");
  assert_string_equal(written(buckets, write_max), "[4,7,-1e+09,null]");
  buckets_destroy(buckets);
}

/* --- uploads --- */

static body_t *body_of(const char *text) {
  body_t *body = body_create();
  assert_int_equal(body_append(body, text, strlen(text)), 0);
  return body;
}

static void test_body_spills(void **state) {
  (void)state;
  body_t *body = body_create();
  char part[1000];
  size_t parts = 2 * BODY_MEMORY / sizeof(part);
  for (size_t i = 0; i < parts; i++) {
    memset(part, (int)('a' + i % 26), sizeof(part));
    assert_int_equal(body_append(body, part, sizeof(part)), 0);
    assert_true((body_text(body) != NULL) == (body_size(body) <= BODY_MEMORY));
  }
  for (size_t i = 0; i < parts; i++) {
    assert_int_equal(body_read(body, part, sizeof(part)), sizeof(part));
    assert_int_equal(part[0], 'a' + i % 26);
    assert_int_equal(part[sizeof(part) - 1], 'a' + i % 26);
  }
  assert_int_equal(body_read(body, part, sizeof(part)), 0);
  body_destroy(body);
}

static void test_json(void **state) {
  (void)state;
  body_t *body = body_of(
      " { \"points\" : [ {\"ts\":1.5,\"a}\\\"\":2,\"b\":null},\n"
      "{\"b\":-3e2,\"ts\":\"1970-01-01T00:00:02Z\",\"c\":4,\"c\":5} ] } \n");
  table_t *table = table_create();
  if (read_json(table, body) != 0)
    fail_msg("%s", table_error(table));
  assert_int_equal(table_rows(table), 2);
  assert_int_equal(table_features_num(table), 3);
  assert_string_equal(table_feature_name(table, 0), "a}\"");
  assert_string_equal(table_ts_json(table, 0), "1.5");
  assert_string_equal(table_ts_json(table, 1), "\"1970-01-01T00:00:02Z\"");
  assert_int_equal(table_ts(table)[0], 1500);
  assert_int_equal(table_ts(table)[1], 2000);
  const double wanted[] = {2, NAN, NAN, NAN, -300, 5};
  const double *values = table_values(table);
  for (size_t i = 0; i < 6; i++)
    assert_true(isnan(wanted[i]) ? isnan(values[i]) : values[i] == wanted[i]);
  table_destroy(table);
  body_destroy(body);
}

static void test_csv(void **state) {
  (void)state;
  body_t *body = body_of("time,\"a,b\",c\r\n1767225600,1,NaN\r\n"
                         "2026-01-01,-2.5e1,\r\n");
  table_t *table = table_create();
  if (read_csv(table, body) != 0)
    fail_msg("%s", table_error(table));
  assert_string_equal(table_feature_name(table, 0), "a,b");
  assert_string_equal(table_ts_json(table, 0), "1767225600");
  assert_string_equal(table_ts_json(table, 1), "\"2026-01-01\"");
  assert_int_equal(table_ts(table)[0], table_ts(table)[1]);
  const double *values = table_values(table);
  assert_true(values[0] == 1 && isnan(values[1]) && values[2] == -25 &&
              isnan(values[3]));
  table_destroy(table);
  body_destroy(body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_routes),  cmocka_unit_test(test_origins),
      cmocka_unit_test(test_utf8),    cmocka_unit_test(test_integers),
      cmocka_unit_test(test_buckets), cmocka_unit_test(test_body_spills),
      cmocka_unit_test(test_json),    cmocka_unit_test(test_csv),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

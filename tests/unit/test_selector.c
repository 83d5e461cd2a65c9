/* SPDX-License-Identifier: MIT */
/* test_selector.c -- literal texts and regular expressions */
#include "plugin/features/selector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void matches(void **state) {
  (void)state;
  static const struct {
    const char *selector;
    const char *text;
    bool expected;
  } rows[] = {
      {"cpu", "cpu", true},
      {"cpu", "cpu0", false},
      {"cpu", "CPU", false},
      {"cpu", "", false},
      {"", "", true},
      {"", "x", false},
      {".*", "x", false}, /* literal without slashes */
      {".*", ".*", true},
      {"/^[0-9]*$/", "12", true},
      {"/^[0-9]*$/", "", true},
      {"/^[0-9]*$/", "1a", false},
      {"/^(cpu|percent)$/", "percent", true},
      {"/^(cpu|percent)$/", "percent_bytes", false},
      {"/eth/", "my-eth0", true}, /* anywhere */
      {"//", "anything", true},
      {"/", "/", true}, /* one slash is no pair */
      {"/", "", false},
      {"/a", "/a", true},
      {"a/", "a/", true},
      {"/a/b/", "xa/by", true}, /* only the outer slashes count */
      {"/\\/", "\\", false},    /* a trailing backslash does not compile */
      {"/ü/", "Zürich", true},
      {"/^.$/", "ü", false},  /* bytes */
      {"/a$/", "a\n", false}, /* as POSIX has it */
      {"/a.b/", "a\nb", true},
      {"/^[[:alpha:]_]+$/", "disk_io", true},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    selector_t selector = SELECTOR_ALL;
    char error[128] = "";
    int status =
        selector_set(&selector, rows[i].selector, error, sizeof(error));
    if (status == EINVAL)
      assert_false(rows[i].expected);
    else if (selector_match(&selector, rows[i].text) != rows[i].expected)
      fail_msg("\"%s\" on \"%s\"", rows[i].selector, rows[i].text);
    selector_clear(&selector);
  }
}

static void what_is_not_set_matches_all_or_nothing(void **state) {
  (void)state;
  const selector_t all = SELECTOR_ALL, none = SELECTOR_NONE;
  assert_true(selector_match(&all, "x"));
  assert_true(selector_match(&all, ""));
  assert_false(selector_match(&none, "x"));
  assert_false(selector_match(&none, ""));
}

static void a_bad_expression_is_explained(void **state) {
  (void)state;
  static const char *const bad[] = {"/(/", "/[/", "/a{2,1}/", "/*a\\/"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    selector_t selector = SELECTOR_NONE;
    char error[128] = "";
    assert_int_equal(selector_set(&selector, bad[i], error, sizeof(error)),
                     EINVAL);
    assert_true(strlen(error) > 0);
    selector_clear(&selector);
  }
}

/* What took glibc's regcomp(3) gigabytes or for ever. */
static void what_would_take_for_ever_is_given_up(void **state) {
  (void)state;
  char error[128] = "";
  selector_t selector = SELECTOR_ALL;
  assert_int_equal(
      selector_set(&selector,
                   "/(((((a{1,200}){1,200}){1,200}){1,200}){1,200})/", error,
                   sizeof(error)),
      EINVAL);
  assert_true(strlen(error) > 0);

  char nested[2 * 200 + 3] = "/", *end = nested + 1;
  memset(end, '(', 100);
  end += 100;
  for (int i = 0; i < 100; i++, end += 2)
    memcpy(end, i % 2 == 0 ? ")*" : ")+", 2);
  strcpy(end, "/");
  int status = selector_set(&selector, nested, error, sizeof(error));
  assert_true(status == 0 || status == EINVAL);

  /* 2^60 ways to share out the letters, none of which matches */
  assert_int_equal(selector_set(&selector, "/^(a+)+$/", error, sizeof(error)),
                   0);
  assert_true(selector_match(&selector, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
  assert_false(selector_match(
      &selector,
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"));
  selector_clear(&selector);
}

static void is_set_again_and_moved(void **state) {
  (void)state;
  char error[128] = "";
  selector_t first = SELECTOR_ALL;
  assert_int_equal(selector_set(&first, "/a/", error, sizeof(error)), 0);
  assert_int_equal(selector_set(&first, "b", error, sizeof(error)), 0);
  assert_false(selector_match(&first, "a"));
  assert_int_equal(selector_set(&first, "/^c$/", error, sizeof(error)), 0);
  selector_t moved = first;
  memset(&first, 0xff, sizeof(first));
  assert_true(selector_match(&moved, "c"));
  selector_clear(&moved);
  assert_true(selector_match(&moved, "anything"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matches),
      cmocka_unit_test(what_is_not_set_matches_all_or_nothing),
      cmocka_unit_test(a_bad_expression_is_explained),
      cmocka_unit_test(what_would_take_for_ever_is_given_up),
      cmocka_unit_test(is_set_again_and_moved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

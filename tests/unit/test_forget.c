/* SPDX-License-Identifier: MIT */
/*
 * test_forget.c -- wishes to forget a model: handed out, and gone once an image
 * complies with them
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/forget.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY 86400

/* Until `take` has something. */
#define WAIT_FOR(take)                                                         \
  for (int64_t end = monotonic_ms() + 30000; (take) == EAGAIN; usleep(1000)) { \
    assert_true(monotonic_ms() < end);                                         \
    storage_flush(storage);                                                    \
  }

static storage_answer_t ask(storage_t *storage, const char *host) {
  storage_answer_t answer = {0};
  assert_int_equal(storage_ask_model(storage, host, &fixture_system, NULL), 0);
  WAIT_FOR(storage_take_answer(storage, &answer));
  free(answer.image);
  return answer;
}

static void put_model(storage_t *storage, const char *host,
                      int64_t forgotten_at) {
  assert_int_equal(storage_put_model(storage, host, &fixture_system, 1000,
                                     forgotten_at, calloc(1, 8), 8),
                   0);
}

static int64_t wish(const char *path, const char *host) {
  char error[CHANGE_ERROR_SIZE] = "";
  int64_t asked_at = 0;
  if (forget_ask(path, host, "system", &asked_at, error) != 0)
    fail_msg("%s", error);
  return asked_at;
}

static void a_wish_hides_the_image(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  put_model(storage, "a", 0);
  put_model(storage, "b", 0);
  fixture_wait_written(storage);
  int64_t asked_at = wish(path, "a");
  assert_true(asked_at > 0);
  storage_answer_t answer = ask(storage, "a");
  assert_int_equal(answer.image_size, 0);
  assert_int_equal(answer.forgotten_at, asked_at);
  answer = ask(storage, "b");
  assert_int_equal(answer.image_size, 8);
  assert_int_equal(answer.forgotten_at, 0);

  /* saved by somebody who has not heard of it, or of an older one */
  put_model(storage, "a", 0);
  put_model(storage, "a", asked_at - 1);
  assert_int_equal(ask(storage, "a").forgotten_at, asked_at);
  put_model(storage, "a", asked_at);
  answer = ask(storage, "a");
  assert_int_equal(answer.image_size, 8);
  assert_int_equal(answer.forgotten_at, 0);
  assert_int_equal(storage_stop(storage, 10), 0);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM forget"), 0);
}

static void wishes_are_handed_out(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  put_model(storage, "a", 0);
  put_sample(storage, "b", 1000, 1); /* has not been saved yet */
  fixture_wait_written(storage);
  int64_t a = wish(path, "a");
  storage_forget_t forget = {.asked_at = 0};
  WAIT_FOR(storage_take_forget(storage, &forget));
  assert_string_equal(forget.host, "a");
  assert_ptr_equal(forget.detector, &fixture_system);
  assert_int_equal(forget.asked_at, a);
  put_model(storage, "a", a);
  fixture_wait_written(storage);

  sql_exec(path, "INSERT INTO forget VALUES('a', 'other', 1)");
  int64_t b = wish(path, "b");
  WAIT_FOR(storage_take_forget(storage, &forget));
  assert_string_equal(forget.host, "b");
  assert_int_equal(forget.asked_at, b);
  assert_int_equal(storage_take_forget(storage, &forget), EAGAIN);
  assert_int_equal(storage_stop(storage, 10), 0);
}

/* More than may wait at a time, none is left out. */
static void many_wishes(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  fixture_wait_state(storage, STORAGE_READY);
  sql_exec(path, "WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
                 " WHERE i < 99)"
                 " INSERT INTO forget SELECT 'host-' || i, 'system', 1 FROM n");
  bool seen[100] = {false};
  for (size_t num = 0; num < 100;) {
    storage_forget_t forget = {.asked_at = 0};
    WAIT_FOR(storage_take_forget(storage, &forget));
    bool *one = &seen[atoi(forget.host + strlen("host-"))];
    num += !*one;
    *one = true;
    put_model(storage, forget.host, forget.asked_at);
    fixture_wait_written(storage);
  }
  assert_int_equal(storage_stop(storage, 10), 0);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM forget"), 0);
}

static void nobody_knows_the_model(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  char error[CHANGE_ERROR_SIZE] = "";
  int64_t asked_at = 0;
  assert_int_equal(forget_ask(path, "a", "system", &asked_at, error), 1);
  assert_int_not_equal(access(path, F_OK), 0); /* nor is a file made for it */
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  put_model(storage, "a", 0);
  fixture_wait_written(storage);
  assert_int_equal(forget_ask(path, "b", "system", &asked_at, error), 1);
  assert_int_equal(forget_ask(path, "a", "x\"y", &asked_at, error), 1);
  assert_int_equal(forget_ask(path, "a", "system", &asked_at, error), 0);
  assert_int_equal(storage_stop(storage, 10), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_wish_hides_the_image),
      TEST(wishes_are_handed_out),
      TEST(many_wishes),
      TEST(nobody_knows_the_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

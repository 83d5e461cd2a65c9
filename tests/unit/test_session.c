/* SPDX-License-Identifier: MIT */
/*
 * test_session.c -- secrets, sessions, remembered passwords and the throttle,
 * with a clock of the test's own
 */
#include "dashboard/session/basic.h"
#include "dashboard/session/credentials.h"
#include "dashboard/session/secret.h"
#include "dashboard/session/session.h"
#include "dashboard/session/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- secrets --- */

/* Of the reference implementation: key 00..0f, messages of 0, 1 and 63 bytes
 * 00, 01, 02, … (vectors_sip128 in vectors.h). */
static void test_tag(void **state) {
  (void)state;
  uint8_t bytes[64];
  uint8_t tag[SECRET_TAG_SIZE];
  char hex[2 * SECRET_TAG_SIZE + 1] = "";
  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (uint8_t)i;
  static const struct {
    size_t size;
    const char *tag;
  } vectors[] = {
      {0, "a3817f04ba25a8e66df67214c7550293"},
      {1, "da87c1d86b99af44347659119b22fc45"},
      {63, "5150d1772f50834a503e069a973fbd7c"},
  };
  for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
    secret_tag(bytes, bytes, vectors[i].size, tag);
    secret_to_hex(tag, sizeof(tag), hex);
    assert_string_equal(hex, vectors[i].tag);
  }
}

static void test_hex(void **state) {
  (void)state;
  uint8_t bytes[2] = {0};
  assert_true(secret_from_hex("0aff", bytes, 2));
  assert_int_equal(bytes[0], 0x0a);
  assert_int_equal(bytes[1], 0xff);
  assert_false(secret_from_hex("0aFF", bytes, 2));
  assert_false(secret_from_hex("0af", bytes, 2));
  assert_false(secret_from_hex("0aff0", bytes, 2));
  assert_false(secret_from_hex("0ag0", bytes, 2));
}

/* --- HTTP Basic --- */

static void test_basic(void **state) {
  (void)state;
  static const struct {
    const char *header;
    const char *name;
    const char *password;
  } good[] = {
      /* of RFC 7617 */
      {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
      {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},
      {"bASIC  YTpi", "a", "b"},
      {"Basic YTpiOmM=", "a", "b:c"},
      {"Basic YTo/Pj8+", "a", "?>?>"},
      {"Basic Og==", "", ""},
  };
  basic_t basic;
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    assert_true(basic_read(good[i].header, &basic));
    assert_string_equal(basic.name, good[i].name);
    assert_string_equal(basic.password, good[i].password);
  }
  basic_wipe(&basic);

  static const char *const bad[] = {
      NULL,
      "",
      "Basic",
      "Basic ",
      "BasicYTpi",
      "Bearer YTpi",
      "Basic YWI=",      /* no colon */
      "Basic YTpi=",     /* wrong padding */
      "Basic YTpiYw",    /* none */
      "Basic YTpiY===",  /* too much */
      "Basic YTpi====",  /* on its own */
      "Basic Y=Tp",      /* within */
      "Basic YTp_",      /* the other alphabet */
      "Basic YTpi YTpi", /* a space within */
      "Basic YTpiAA==",  /* a NUL */
      "Basic YTpi,",
  };
  static const basic_t nothing;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    if (basic_read(bad[i], &basic))
      fail_msg("\"%s\" was read", bad[i]);
    assert_memory_equal(&basic, &nothing, sizeof(basic));
  }
}

/* Up to what a user may have, and not a byte more. */
static void test_basic_is_bounded(void **state) {
  (void)state;
  static const struct {
    size_t name, password; /* all the same letter, three of which are "aaaa" */
    bool good;
  } cases[] = {
      {63, 510, true}, {66, 3, false}, {3, 513, false}, {3, 30000, false}};
  static char header[41000];
  basic_t basic;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char *end = stpcpy(header, "Basic ");
    for (size_t n = 0; n < cases[i].name; n += 3)
      end = stpcpy(end, "aaaa");
    end = stpcpy(end, "OmFh"); /* ":aa" */
    for (size_t n = 3; n < cases[i].password; n += 3)
      end = stpcpy(end, "aaaa");
    assert_int_equal(basic_read(header, &basic), cases[i].good);
    if (cases[i].good)
      assert_int_equal(strlen(basic.name), cases[i].name);
  }
}

/* --- sessions --- */

static void test_session_expires(void **state) {
  (void)state;
  sessions_t *sessions = sessions_create();
  char token[SESSION_TOKEN_SIZE] = "";
  char user[USER_NAME_SIZE] = "";
  uint64_t stamp = 0;
  int64_t now = 1000;
  assert_int_equal(session_open(sessions, "alice", 7, now, token), 0);
  assert_int_equal(strlen(token), SESSION_TOKEN_SIZE - 1);
  assert_true(session_find(sessions, token, now, user, &stamp));
  assert_string_equal(user, "alice");
  assert_int_equal(stamp, 7);

  /* used all the time, it lives to its age */
  for (; now < 1000 + SESSION_AGE_MS; now += SESSION_IDLE_MS - 1)
    assert_true(session_find(sessions, token, now, user, &stamp));
  assert_false(
      session_find(sessions, token, 1000 + SESSION_AGE_MS, user, &stamp));

  assert_int_equal(session_open(sessions, "bob", 7, now, token), 0);
  assert_false(
      session_find(sessions, token, now + SESSION_IDLE_MS, user, &stamp));
  assert_false(session_find(sessions, token, now, user, &stamp)); /* for good */
  sessions_destroy(sessions);
}

static void test_session_tokens(void **state) {
  (void)state;
  sessions_t *sessions = sessions_create();
  char first[SESSION_TOKEN_SIZE] = "";
  char second[SESSION_TOKEN_SIZE] = "";
  char user[USER_NAME_SIZE] = "";
  uint64_t stamp = 0;
  session_open(sessions, "alice", 1, 0, first);
  session_open(sessions, "bob", 1, 0, second);
  assert_string_not_equal(first, second);
  /* bob's place with alice's proof */
  char mixed[SESSION_TOKEN_SIZE] = "";
  snprintf(mixed, sizeof(mixed), "%.4s%s", second, first + 4);
  assert_false(session_find(sessions, mixed, 0, user, &stamp));
  memset(mixed, 'f', sizeof(mixed) - 1); /* no such place */
  assert_false(session_find(sessions, mixed, 0, user, &stamp));
  assert_false(session_find(sessions, "", 0, user, &stamp));
  session_close(sessions, first);
  assert_false(session_find(sessions, first, 0, user, &stamp));
  assert_true(session_find(sessions, second, 0, user, &stamp));
  sessions_destroy(sessions);
}

/* One too many takes the place of the one that was idle for longest. */
static void test_sessions_are_bounded(void **state) {
  (void)state;
  sessions_t *sessions = sessions_create();
  static char tokens[SESSIONS_MAX + 1][SESSION_TOKEN_SIZE];
  char user[USER_NAME_SIZE] = "";
  uint64_t stamp = 0;
  for (int i = 0; i < SESSIONS_MAX; i++)
    session_open(sessions, "alice", 1, i, tokens[i]);
  assert_true(session_find(sessions, tokens[0], 5000, user, &stamp));
  session_open(sessions, "alice", 1, 5001, tokens[SESSIONS_MAX]);
  assert_true(session_find(sessions, tokens[0], 5002, user, &stamp));
  assert_false(session_find(sessions, tokens[1], 5002, user, &stamp));
  assert_true(session_find(sessions, tokens[2], 5002, user, &stamp));
  assert_true(session_find(sessions, tokens[SESSIONS_MAX], 5002, user, &stamp));
  sessions_destroy(sessions);
}

/* --- remembered passwords --- */

static void test_credentials(void **state) {
  (void)state;
  credentials_t *credentials = credentials_create();
  credentials_remember(credentials, "alice", "secret", 7, 0);
  assert_true(credentials_known(credentials, "alice", "secret", 7, 1));
  assert_false(credentials_known(credentials, "alice", "secret", 8, 1));
  assert_false(credentials_known(credentials, "alice", "secre", 7, 1));
  assert_false(credentials_known(credentials, "bob", "secret", 7, 1));
  assert_false(credentials_known(credentials, "alices", "ecret", 7, 1));
  assert_false(
      credentials_known(credentials, "alice", "secret", 7, CREDENTIALS_AGE_MS));
  for (int i = 0; i < CREDENTIALS_MAX; i++)
    credentials_remember(credentials, "bob", "other", 9, 0);
  assert_false(credentials_known(credentials, "alice", "secret", 7, 1));
  credentials_destroy(credentials);
}

/* --- the throttle --- */

static void test_delays_grow(void **state) {
  (void)state;
  throttle_t *throttle = throttle_create();
  int64_t now = 0;
  for (int i = 0; i < 4; i++) /* the fourth is the first that costs */
    assert_int_equal(throttle_try(throttle, "::1", "alice", now), 0);
  for (int64_t delay = 1000; delay <= 32000; delay *= 2) {
    assert_int_equal(throttle_try(throttle, "::1", "alice", now), delay);
    assert_int_equal(throttle_try(throttle, "::1", "alice", now + 1),
                     delay - 1); /* asking costs nothing */
    now += delay;
    assert_int_equal(throttle_try(throttle, "::1", "alice", now), 0);
  }
  assert_int_equal(throttle_try(throttle, "::1", "alice", now),
                   THROTTLE_DELAY_MAX_MS);
  /* by either of them */
  assert_true(throttle_try(throttle, "::1", "bob", now) > 0);
  assert_true(throttle_try(throttle, "::2", "alice", now) > 0);
  assert_int_equal(throttle_try(throttle, "::2", "bob", now), 0);
  /* an address is no name */
  assert_int_equal(throttle_try(throttle, "alice", "::1", now), 0);

  throttle_forgive(throttle, "::1", "alice");
  assert_int_equal(throttle_try(throttle, "::1", "alice", now), 0);
  throttle_destroy(throttle);
}

static void test_failures_are_forgotten(void **state) {
  (void)state;
  throttle_t *throttle = throttle_create();
  for (int64_t i = 0; i < 20; i++)
    throttle_try(throttle, "a", "n", i * THROTTLE_DELAY_MAX_MS);
  int64_t now = 19 * THROTTLE_DELAY_MAX_MS + THROTTLE_MEMORY_MS;
  for (int i = 0; i < 4; i++)
    assert_int_equal(throttle_try(throttle, "a", "n", now), 0);
  throttle_destroy(throttle);
}

/* A million strangers do not make it grow; the latest are remembered. */
static void test_throttle_is_bounded(void **state) {
  (void)state;
  throttle_t *throttle = throttle_create();
  char address[32] = "";
  for (int i = 0; i < 4; i++)
    throttle_try(throttle, "first", "f", 0);
  for (int i = 0; i < 1000000; i++) {
    snprintf(address, sizeof(address), "10.%d", i);
    throttle_try(throttle, address, address, 1);
  }
  for (int i = 0; i < 4; i++)
    assert_int_equal(throttle_try(throttle, "last", "l", 2), 0);
  assert_true(throttle_try(throttle, "last", "l", 2) > 0);
  throttle_destroy(throttle);
}

/* From an address each: 100 at most, says ASVS 2.2.1. */
static void test_tries_an_hour(void **state) {
  (void)state;
  throttle_t *throttle = throttle_create();
  char address[32] = "";
  int tried = 0;
  for (int64_t now = 0; now < 3600 * 1000; now += 250) {
    snprintf(address, sizeof(address), "%lld", (long long)now);
    tried += throttle_try(throttle, address, "alice", now) == 0;
  }
  assert_in_range(tried, 50, 100);
  throttle_destroy(throttle);
}

/* Somebody fails in the name of another as often as he may. */
static void test_nobody_is_locked_out(void **state) {
  (void)state;
  throttle_t *throttle = throttle_create();
  assert_int_equal(throttle_try(throttle, "desk", "alice", 0), 0);
  throttle_forgive(throttle, "desk", "alice");
  for (int64_t now = 0; now < 3600 * 1000; now += 1000)
    throttle_try(throttle, "mallory's", "alice", now);
  assert_int_equal(throttle_try(throttle, "desk", "alice", 3600 * 1000), 0);
  assert_true(throttle_try(throttle, "elsewhere", "alice", 3600 * 1000) > 0);
  /* nor may he who knows one password try others there */
  for (int i = 0; i < THROTTLE_FREE; i++)
    throttle_try(throttle, "desk", "alice", 3600 * 1000);
  assert_true(throttle_try(throttle, "desk", "alice", 3600 * 1000) > 0);
  throttle_destroy(throttle);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tag),
      cmocka_unit_test(test_hex),
      cmocka_unit_test(test_basic),
      cmocka_unit_test(test_basic_is_bounded),
      cmocka_unit_test(test_session_expires),
      cmocka_unit_test(test_session_tokens),
      cmocka_unit_test(test_sessions_are_bounded),
      cmocka_unit_test(test_credentials),
      cmocka_unit_test(test_delays_grow),
      cmocka_unit_test(test_failures_are_forgotten),
      cmocka_unit_test(test_throttle_is_bounded),
      cmocka_unit_test(test_tries_an_hour),
      cmocka_unit_test(test_nobody_is_locked_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

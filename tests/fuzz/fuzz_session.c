/* SPDX-License-Identifier: MIT */
/*
 * fuzz_session.c -- tokens, and what is remembered of logins: nobody has a
 * session who was not given one
 *
 * A list of what happens: a byte that says what, and more bytes.
 */
#include "tests/fuzz/fuzz.h"

#include "dashboard/http/origin.h"
#include "dashboard/session/credentials.h"
#include "dashboard/session/session.h"
#include "dashboard/session/throttle.h"

#include <stdbool.h>
#include <string.h>

const char fuzz_name[] = "session";

#define TOKENS 4
#define EVENTS_MAX 64

typedef struct {
  sessions_t *sessions;
  throttle_t *throttle;
  credentials_t *credentials;
  char tokens[TOKENS][SESSION_TOKEN_SIZE];
  int64_t opened_at[TOKENS]; /* -1: not open */
  int64_t now;
} world_t;

static bool is_open(const world_t *world, size_t i) {
  return world->opened_at[i] >= 0 &&
         world->now - world->opened_at[i] < SESSION_AGE_MS;
}

/* A text up to a zero. */
static void read_word(fuzz_bytes_t *bytes, char *word, size_t size) {
  size_t length = 0;
  while (length + 1 < size && (word[length] = (char)fuzz_byte(bytes)) != '\0')
    length++;
  word[length] = '\0';
}

static void open_one(world_t *world, size_t i) {
  session_close(world->sessions, world->tokens[i]);
  REQUIRE(session_open(world->sessions, i % 2 ? "ann" : "bob", 7 + i,
                       world->now, world->tokens[i]) == 0);
  REQUIRE(strlen(world->tokens[i]) == SESSION_TOKEN_SIZE - 1);
  world->opened_at[i] = world->now;
}

static void find_any(world_t *world, const char *token) {
  char user[USER_NAME_SIZE] = "";
  uint64_t stamp = 0;
  size_t i = 0;
  while (i < TOKENS && (!is_open(world, i) || strcmp(token, world->tokens[i])))
    i++;
  if (session_find(world->sessions, token, world->now, user, &stamp)) {
    REQUIRE(i < TOKENS);
    REQUIRE(stamp == 7 + i && strcmp(user, i % 2 ? "ann" : "bob") == 0);
  }
}

/* A token that somebody has, with a change. */
static void find_changed(world_t *world, fuzz_bytes_t *bytes, size_t i) {
  char token[SESSION_TOKEN_SIZE];
  memcpy(token, world->tokens[i], sizeof(token));
  size_t at = fuzz_byte(bytes) % (SESSION_TOKEN_SIZE - 1);
  token[at] = (char)fuzz_byte(bytes);
  find_any(world, token);
}

static void close_one(world_t *world, size_t i) {
  session_close(world->sessions, world->tokens[i]);
  world->opened_at[i] = -1;
}

static void log_in(world_t *world, fuzz_bytes_t *bytes) {
  char address[64], name[300];
  read_word(bytes, address, sizeof(address));
  read_word(bytes, name, sizeof(name));
  int64_t wait = throttle_try(world->throttle, address, name, world->now);
  REQUIRE(wait >= 0 && wait <= THROTTLE_DELAY_MAX_MS);
  if (wait > 0)
    return;
  if (user_name_valid(name)) {
    REQUIRE(!credentials_known(world->credentials, name, "never told", 3,
                               world->now));
    credentials_remember(world->credentials, name, address, 3, world->now);
    REQUIRE(
        credentials_known(world->credentials, name, address, 3, world->now));
    REQUIRE(
        !credentials_known(world->credentials, name, address, 4, world->now));
  }
  if (strlen(name) % 2)
    throttle_forgive(world->throttle, address, name);
}

static void ask_origin(fuzz_bytes_t *bytes) {
  char site[32], origin[128], host[64], forwarded[64];
  read_word(bytes, site, sizeof(site));
  read_word(bytes, origin, sizeof(origin));
  read_word(bytes, host, sizeof(host));
  read_word(bytes, forwarded, sizeof(forwarded));
  bool ours = origin_is_ours(site[0] ? site : NULL, origin, host,
                             forwarded[0] ? forwarded : NULL);
  if (ours && site[0] == '\0')
    REQUIRE(strstr(origin, "://") != NULL);
}

static void happen(world_t *world, fuzz_bytes_t *bytes) {
  uint8_t what = fuzz_byte(bytes);
  size_t i = what / 8 % TOKENS;
  char token[2 * SESSION_TOKEN_SIZE];
  switch (what % 8) {
  case 0:
    open_one(world, i);
    break;
  case 1:
    read_word(bytes, token, sizeof(token));
    find_any(world, token);
    break;
  case 2:
    find_changed(world, bytes, i);
    break;
  case 3:
    close_one(world, i);
    break;
  case 4:
    world->now += (int64_t)(fuzz_u64(bytes) % (2 * SESSION_AGE_MS));
    break;
  case 5:
    log_in(world, bytes);
    break;
  case 6:
    ask_origin(bytes);
    break;
  default:
    find_any(world, world->tokens[i]);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_bytes_t bytes = {data, size};
  world_t world = {.sessions = sessions_create(),
                   .throttle = throttle_create(),
                   .credentials = credentials_create(),
                   .opened_at = {-1, -1, -1, -1},
                   .now = 1};
  REQUIRE(world.sessions != NULL && world.throttle != NULL &&
          world.credentials != NULL);
  for (int i = 0; i < EVENTS_MAX && bytes.size > 0; i++)
    happen(&world, &bytes);
  credentials_destroy(world.credentials);
  throttle_destroy(world.throttle);
  sessions_destroy(world.sessions);
  return 0;
}

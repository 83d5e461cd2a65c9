/* SPDX-License-Identifier: MIT */
/*
 * session.c -- an array of sessions
 *
 * A token names its place in the array, which is no secret, and then proves
 * itself by 32 random bytes, compared in constant time: no search leaks how
 * close a guess came.
 */
#include "dashboard/session/session.h"

#include "dashboard/session/secret.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PROOF_SIZE 32

typedef struct {
  bool open;
  uint8_t proof[PROOF_SIZE];
  char user[USER_NAME_SIZE];
  uint64_t stamp;
  int64_t opened_at;
  int64_t used_at;
} session_t;

struct sessions_s {
  pthread_mutex_t lock;

  /* under the lock */
  session_t places[SESSIONS_MAX];
};

/* What a token is made of. */
typedef struct {
  uint8_t place[2]; /* big-endian */
  uint8_t proof[PROOF_SIZE];
} token_t;

sessions_t *sessions_create(void) {
  sessions_t *sessions = calloc(1, sizeof(*sessions));
  if (sessions != NULL)
    pthread_mutex_init(&sessions->lock, NULL);
  return sessions;
}

void sessions_destroy(sessions_t *sessions) {
  if (sessions == NULL)
    return;
  pthread_mutex_destroy(&sessions->lock);
  explicit_bzero(sessions, sizeof(*sessions));
  free(sessions);
}

static void end_session(session_t *session) {
  explicit_bzero(session, sizeof(*session));
}

static bool is_over(const session_t *session, int64_t now) {
  return now - session->used_at >= SESSION_IDLE_MS ||
         now - session->opened_at >= SESSION_AGE_MS;
}

/* Under the lock: a free place, or that of whoever did nothing for longest. */
static size_t choose_place(sessions_t *sessions, int64_t now) {
  size_t oldest = 0;
  for (size_t i = 0; i < SESSIONS_MAX; i++) {
    const session_t *session = &sessions->places[i];
    if (!session->open || is_over(session, now))
      return i;
    if (session->used_at < sessions->places[oldest].used_at)
      oldest = i;
  }
  return oldest;
}

int session_open(sessions_t *sessions, const char *user, uint64_t stamp,
                 int64_t now, char token[SESSION_TOKEN_SIZE]) {
  token_t made;
  if (secret_random(made.proof, sizeof(made.proof)) != 0)
    return -1;
  pthread_mutex_lock(&sessions->lock);
  size_t place = choose_place(sessions, now);
  session_t *session = &sessions->places[place];
  *session = (session_t){
      .open = true, .stamp = stamp, .opened_at = now, .used_at = now};
  memcpy(session->proof, made.proof, sizeof(made.proof));
  strncpy(session->user, user, sizeof(session->user) - 1);
  pthread_mutex_unlock(&sessions->lock);

  made.place[0] = (uint8_t)(place >> 8);
  made.place[1] = (uint8_t)place;
  secret_to_hex((const uint8_t *)&made, sizeof(made), token);
  explicit_bzero(&made, sizeof(made));
  return 0;
}

/* Under the lock: the open session of a token; NULL: there is none. */
static session_t *find(sessions_t *sessions, const char *text) {
  token_t token;
  if (!secret_from_hex(text, (uint8_t *)&token, sizeof(token)))
    return NULL;
  size_t place = (size_t)token.place[0] << 8 | token.place[1];
  session_t *session = place < SESSIONS_MAX ? &sessions->places[place] : NULL;
  if (session == NULL || !session->open ||
      !secret_equal(session->proof, token.proof, PROOF_SIZE))
    return NULL;
  return session;
}

bool session_find(sessions_t *sessions, const char *token, int64_t now,
                  char user[USER_NAME_SIZE], uint64_t *stamp) {
  pthread_mutex_lock(&sessions->lock);
  session_t *session = find(sessions, token);
  if (session != NULL && is_over(session, now)) {
    end_session(session);
    session = NULL;
  }
  if (session != NULL) {
    session->used_at = now;
    *stamp = session->stamp;
    memcpy(user, session->user, USER_NAME_SIZE);
  }
  pthread_mutex_unlock(&sessions->lock);
  return session != NULL;
}

void session_close(sessions_t *sessions, const char *token) {
  pthread_mutex_lock(&sessions->lock);
  session_t *session = find(sessions, token);
  if (session != NULL)
    end_session(session);
  pthread_mutex_unlock(&sessions->lock);
}

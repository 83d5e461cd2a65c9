/* SPDX-License-Identifier: MIT */
/*
 * credentials.c -- a ring of tags
 *
 * Each tag is of name, password and the user's stamp together, so there is one
 * thing to compare; all of the ring is compared, always.
 */
#include "dashboard/session/credentials.h"

#include "dashboard/session/password.h"
#include "dashboard/session/secret.h"
#include "dashboard/session/user_name.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t tag[SECRET_TAG_SIZE];
  int64_t until; /* 0: free */
} entry_t;

struct credentials_s {
  /* set by credentials_create(), never written again */
  uint8_t key[SECRET_KEY_SIZE];

  pthread_mutex_t lock;

  /* under the lock */
  entry_t ring[CREDENTIALS_MAX];
  size_t next;
};

credentials_t *credentials_create(void) {
  credentials_t *credentials = calloc(1, sizeof(*credentials));
  if (credentials == NULL)
    return NULL;
  pthread_mutex_init(&credentials->lock, NULL);
  if (secret_random(credentials->key, SECRET_KEY_SIZE) != 0) {
    credentials_destroy(credentials);
    return NULL;
  }
  return credentials;
}

void credentials_destroy(credentials_t *credentials) {
  if (credentials == NULL)
    return;
  pthread_mutex_destroy(&credentials->lock);
  explicit_bzero(credentials, sizeof(*credentials));
  free(credentials);
}

/* Fixed places for all three, so that no two of them can be read as others. */
static void make_tag(const credentials_t *credentials, const char *name,
                     const char *password, uint64_t stamp,
                     uint8_t tag[SECRET_TAG_SIZE]) {
  struct {
    char name[USER_NAME_SIZE];
    char password[PASSWORD_MAX + 1];
    uint64_t stamp;
  } proof;
  memset(&proof, 0, sizeof(proof)); /* the padding too */
  strncpy(proof.name, name, sizeof(proof.name) - 1);
  strncpy(proof.password, password, sizeof(proof.password) - 1);
  proof.stamp = stamp;
  secret_tag(credentials->key, &proof, sizeof(proof), tag);
  explicit_bzero(&proof, sizeof(proof));
}

void credentials_remember(credentials_t *credentials, const char *name,
                          const char *password, uint64_t stamp, int64_t now) {
  entry_t entry = {.until = now + CREDENTIALS_AGE_MS};
  make_tag(credentials, name, password, stamp, entry.tag);
  pthread_mutex_lock(&credentials->lock);
  credentials->ring[credentials->next] = entry;
  credentials->next = (credentials->next + 1) % CREDENTIALS_MAX;
  pthread_mutex_unlock(&credentials->lock);
}

bool credentials_known(credentials_t *credentials, const char *name,
                       const char *password, uint64_t stamp, int64_t now) {
  uint8_t tag[SECRET_TAG_SIZE];
  bool known = false;
  make_tag(credentials, name, password, stamp, tag);
  pthread_mutex_lock(&credentials->lock);
  for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
    const entry_t *entry = &credentials->ring[i];
    known |= secret_equal(entry->tag, tag, sizeof(tag)) & (now < entry->until);
  }
  pthread_mutex_unlock(&credentials->lock);
  return known;
}

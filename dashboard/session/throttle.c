/* SPDX-License-Identifier: MIT */
/*
 * throttle.c -- a table of failures by the keyed hash of what failed
 *
 * 64 bits tell keys apart well enough: nobody can find a second one of the same
 * hash without knowing the table's key.
 */
#include "dashboard/session/throttle.h"

#include "dashboard/session/secret.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define WAYS 8 /* entries of a set */
#define SETS (THROTTLE_KEYS / WAYS)

typedef struct {
  uint64_t hash;
  unsigned failures; /* 0: free */
  int64_t failed_at; /* the last of them */
} entry_t;

struct throttle_s {
  /* set by throttle_create(), never written again */
  uint8_t address_key[SECRET_KEY_SIZE];
  uint8_t name_key[SECRET_KEY_SIZE];
  uint8_t friend_key[SECRET_KEY_SIZE];

  pthread_mutex_t lock;

  /* under the lock */
  entry_t sets[SETS][WAYS];
  uint64_t friends[THROTTLE_FRIENDS]; /* a ring; 0: free */
  size_t next_friend;
};

throttle_t *throttle_create(void) {
  throttle_t *throttle = calloc(1, sizeof(*throttle));
  if (throttle == NULL)
    return NULL;
  pthread_mutex_init(&throttle->lock, NULL);
  if (secret_random(throttle->address_key, SECRET_KEY_SIZE) != 0 ||
      secret_random(throttle->name_key, SECRET_KEY_SIZE) != 0 ||
      secret_random(throttle->friend_key, SECRET_KEY_SIZE) != 0) {
    throttle_destroy(throttle);
    return NULL;
  }
  return throttle;
}

void throttle_destroy(throttle_t *throttle) {
  if (throttle == NULL)
    return;
  pthread_mutex_destroy(&throttle->lock);
  free(throttle);
}

/* The entry of a hash, or the one of its set that can best be spared. */
static entry_t *find(throttle_t *throttle, uint64_t hash, int64_t now) {
  entry_t *set = throttle->sets[hash % SETS];
  entry_t *spare = &set[0];
  for (size_t i = 0; i < WAYS; i++) {
    if (set[i].failures > 0 && now - set[i].failed_at >= THROTTLE_MEMORY_MS)
      set[i] = (entry_t){0};
    if (set[i].failures > 0 && set[i].hash == hash)
      return &set[i];
    if (spare->failures > 0 &&
        (set[i].failures == 0 || set[i].failed_at < spare->failed_at))
      spare = &set[i];
  }
  return spare;
}

static int64_t wait_of(const entry_t *entry, uint64_t hash, int64_t now) {
  if (entry->failures <= THROTTLE_FREE || entry->hash != hash)
    return 0;
  unsigned doublings = entry->failures - THROTTLE_FREE - 1;
  int64_t delay = THROTTLE_DELAY_MAX_MS;
  if (doublings < 6)
    delay = INT64_C(1000) << doublings;
  int64_t wait = entry->failed_at + delay - now;
  return wait > 0 ? wait : 0;
}

static void count(entry_t *entry, uint64_t hash, int64_t now) {
  if (entry->hash != hash)
    *entry = (entry_t){.hash = hash};
  entry->failures++;
  entry->failed_at = now;
}

/* Never 0. No address has a line's end in it. */
static uint64_t friend_hash(const throttle_t *throttle, const char *address,
                            const char *name) {
  char both[512] = "";
  snprintf(both, sizeof(both), "%s\n%s", address, name);
  return secret_hash(throttle->friend_key, both) | 1;
}

static bool is_friend(const throttle_t *throttle, uint64_t hash) {
  for (size_t i = 0; i < THROTTLE_FRIENDS; i++)
    if (throttle->friends[i] == hash)
      return true;
  return false;
}

int64_t throttle_try(throttle_t *throttle, const char *address,
                     const char *name, int64_t now) {
  uint64_t address_hash = secret_hash(throttle->address_key, address);
  uint64_t name_hash = secret_hash(throttle->name_key, name);
  uint64_t both_hash = friend_hash(throttle, address, name);
  pthread_mutex_lock(&throttle->lock);
  int64_t address_wait =
      wait_of(find(throttle, address_hash, now), address_hash, now);
  int64_t name_wait = wait_of(find(throttle, name_hash, now), name_hash, now);
  int64_t wait = address_wait > name_wait || is_friend(throttle, both_hash)
                     ? address_wait
                     : name_wait;
  if (wait == 0) {
    count(find(throttle, address_hash, now), address_hash, now);
    count(find(throttle, name_hash, now), name_hash, now);
  }
  pthread_mutex_unlock(&throttle->lock);
  return wait;
}

static void forget(throttle_t *throttle, uint64_t hash) {
  entry_t *set = throttle->sets[hash % SETS];
  for (size_t i = 0; i < WAYS; i++)
    if (set[i].hash == hash)
      set[i] = (entry_t){0};
}

void throttle_forgive(throttle_t *throttle, const char *address,
                      const char *name) {
  uint64_t both_hash = friend_hash(throttle, address, name);
  pthread_mutex_lock(&throttle->lock);
  forget(throttle, secret_hash(throttle->address_key, address));
  forget(throttle, secret_hash(throttle->name_key, name));
  if (!is_friend(throttle, both_hash)) {
    throttle->friends[throttle->next_friend] = both_hash;
    throttle->next_friend = (throttle->next_friend + 1) % THROTTLE_FRIENDS;
  }
  pthread_mutex_unlock(&throttle->lock);
}

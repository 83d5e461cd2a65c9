/* SPDX-License-Identifier: MIT */
/*
 * run_id.c -- ids of runs: microseconds since the epoch, never the same twice
 *
 * A clock gives larger ids than every process before without asking the file,
 * which may be unreadable when the first run opens. Where the clock was set
 * back, the ids go on from the largest one seen.
 */
#include "plugin/storage/run_id.h"
#include "plugin/storage/storage.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t newest_id;

static int64_t now_us(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t storage_run_id(void) {
  int64_t now = now_us();
  int64_t newest = atomic_load(&newest_id);
  int64_t id = 0;
  do {
    id = now > newest ? now : newest + 1;
  } while (!atomic_compare_exchange_weak(&newest_id, &newest, id));
  return id;
}

void run_id_seen(int64_t id) {
  if (id >= RUN_ID_MAX)
    return;
  int64_t newest = atomic_load(&newest_id);
  while (id > newest &&
         !atomic_compare_exchange_weak(&newest_id, &newest, id)) {
  }
}

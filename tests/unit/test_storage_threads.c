/* SPDX-License-Identifier: MIT */
/*
 * test_storage_threads.c -- many threads put and ask at once
 *
 * Built with -fsanitize=thread it looks for races too.
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/run_id.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)

#define THREADS 8
#define ROUNDS 500

typedef struct {
  storage_t *storage;
  int number;
} putter_t;

static void *put_all_kinds(void *argument) {
  putter_t *putter = argument;
  storage_t *storage = putter->storage;
  char host[16] = "";
  snprintf(host, sizeof(host), "host%d", putter->number);
  for (int i = 0; i < ROUNDS; i++) {
    storage_stats_t stats = {0};
    int64_t ts = 0;
    int64_t id = storage_run_id();
    put_sample(storage, host, i, i);
    put_run(storage, id, host, false);
    put_anomaly(storage, id, i);
    put_image(storage, host, i, "image");
    storage_stats(storage, &stats);
    storage_last_ts(storage, host, &ts);
    if (i % 50 == 0) {
      storage_flush(storage);
      assert_int_equal(storage_ask_model(storage, host, &fixture_system, NULL),
                       0);
    }
  }
  return NULL;
}

#define MANY 20
#define LARGE (2 << 20)

/* Some megabytes of images wait to be taken, and no more. */
static void test_many_answers(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  char hosts[MANY][16];
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  for (int i = 0; i < MANY; i++) {
    snprintf(hosts[i], sizeof(hosts[i]), "host%d", i);
    assert_int_equal(storage_put_model(storage, hosts[i], &fixture_system, i, 0,
                                       calloc(1, LARGE), LARGE),
                     0);
  }
  fixture_wait_written(storage);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(
        storage_ask_model(storage, hosts[i], &fixture_system, hosts[i]), 0);
  storage_stats_t stats = {.asked = MANY};
  for (int64_t end = monotonic_ms() + 30000;
       stats.asked > MANY / 2 + 2 && monotonic_ms() < end; usleep(1000))
    storage_stats(storage, &stats);
  usleep(100000);
  storage_stats(storage, &stats);
  assert_in_range(stats.asked, MANY / 2, MANY - 1);

  int answers = 0;
  for (int64_t end = monotonic_ms() + 30000;
       answers < MANY && monotonic_ms() < end;) {
    storage_answer_t answer = {0};
    if (storage_take_answer(storage, &answer) != 0)
      continue;
    assert_ptr_equal(answer.token, hosts[answers++]);
    assert_int_equal(answer.image_size, LARGE);
    free(answer.image);
  }
  assert_int_equal(answers, MANY);
  fixture_stop(storage);
}

static void test_threads(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  pthread_t threads[THREADS];
  putter_t putters[THREADS];
  for (int i = 0; i < THREADS; i++) {
    putters[i] = (putter_t){storage, i};
    assert_int_equal(
        pthread_create(&threads[i], NULL, put_all_kinds, &putters[i]), 0);
  }
  int answers = 0;
  for (int64_t end = monotonic_ms() + 60000;
       answers < THREADS * ROUNDS / 50 && monotonic_ms() < end;) {
    storage_answer_t answer = {0};
    if (storage_take_answer(storage, &answer) == 0) {
      answers++;
      free(answer.image);
    }
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(answers, THREADS * ROUNDS / 50);
  fixture_stop(storage);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system"),
                   THREADS * ROUNDS);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM runs"),
                   THREADS * ROUNDS);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM anomalies"),
                   THREADS * ROUNDS);
  assert_int_equal(sql_int(path, "SELECT sum(saved_at) FROM models"),
                   THREADS * (ROUNDS - 1));
}

static int no_thread(pthread_t *thread, void *(*start)(void *), void *arg) {
  (void)thread;
  (void)start;
  (void)arg;
  return EPERM;
}

static void test_no_thread(void **state) {
  const storage_options_t options = {.path = ((fixture_t *)*state)->path,
                                     .thread_create = no_thread};
  assert_null(storage_start(&options));
  assert_int_equal(errno, EPERM);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_many_answers),
      TEST(test_threads),
      TEST(test_no_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

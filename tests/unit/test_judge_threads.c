/* SPDX-License-Identifier: MIT */
/*
 * test_judge_threads.c -- all threads of the plugin at once: eight writers, the
 * reader that judges, one that asks for figures and for models to be saved, and
 * the storage's
 *
 * Every interval of every host is judged and kept once. Built with
 * -fsanitize=thread it looks for races too.
 */
#include "tests/unit/rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { WRITERS = 8, HOSTS = 10, INTERVALS = 250, STEP = 4 };

#define START 1699999200.0

static rig_t rig;
static pthread_barrier_t barrier;
static atomic_uint writing;
static atomic_bool reading;

static void *write_values(void *argument) {
  unsigned writer = (unsigned)(size_t)argument;
  for (unsigned i = 0; i < INTERVALS; i++) {
    if (i % STEP == 0)
      pthread_barrier_wait(&barrier);
    for (unsigned j = 0; j < HOSTS; j++) {
      char name[64];
      fake_list_t list;
      snprintf(name, sizeof(name), "host-%u/g-%u/gauge", (j + writer) % HOSTS,
               writer);
      fake_list(&list, name, START + 10 * i + 0.1 * writer, 10,
                (double[]){1000.0 * i + writer});
      (void)intake_write(rig.intake, list.ds, &list.vl, 1);
    }
    /* as many frames as a queue holds may wait, no more */
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  atomic_fetch_sub(&writing, 1);
  return NULL;
}

static void *read_frames(void *argument) {
  (void)argument;
  while (atomic_load(&writing) > 0)
    judge_read(rig.judge, 1);
  atomic_store(&reading, false);
  return NULL;
}

static void *ask(void *argument) {
  (void)argument;
  for (cdtime_t i = 1; atomic_load(&reading); i++) {
    intake_stats_t intake = {0};
    judge_stats_t judge = {0};
    storage_stats_t storage = {0};
    int64_t last = 0;
    intake_stats(rig.intake, &intake);
    judge_stats(rig.judge, &judge);
    storage_stats(rig.storage, &storage);
    (void)storage_last_ts(rig.storage, "host-0", &last);
    judge_request_save(rig.judge, i);
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
  return NULL;
}

static void every_interval_is_judged_once(void **state) {
  (void)state;
  fake_reset();
  rig_begin(&rig, "HostTimeout 1000000\n<Detector \"d\">\nTrees 10\n"
                  "SampleSize 32\nWarmUp 300\nReportFeatures true\n"
                  "<Feature \"f\">\nPlugin \"g\"\nAggregate \"sum\"\n"
                  "</Feature>\n</Detector>\n");
  pthread_barrier_init(&barrier, NULL, WRITERS);
  atomic_store(&writing, WRITERS);
  atomic_store(&reading, true);
  pthread_t writers[WRITERS], reader, asker;
  for (size_t i = 0; i < WRITERS; i++)
    assert_int_equal(pthread_create(&writers[i], NULL, write_values, (void *)i),
                     0);
  assert_int_equal(pthread_create(&reader, NULL, read_frames, NULL), 0);
  assert_int_equal(pthread_create(&asker, NULL, ask, NULL), 0);
  for (size_t i = 0; i < WRITERS; i++)
    pthread_join(writers[i], NULL);
  pthread_join(reader, NULL);
  pthread_join(asker, NULL);

  /* what is still open closes by the clock */
  rig_read_all(&rig, DOUBLE_TO_CDTIME_T(100));
  intake_stats_t stats = {0};
  intake_stats(rig.intake, &stats);
  assert_int_equal(stats.values, WRITERS * HOSTS * INTERVALS);
  assert_int_equal(stats.late, 0);
  assert_int_equal(stats.dropped, 0);
  judge_stats_t judged = {0};
  judge_stats(rig.judge, &judged);
  assert_int_equal(judged.frames, HOSTS * INTERVALS);
  rig_stop(&rig);
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM samples_d"),
                   HOSTS * INTERVALS);
  assert_int_equal(
      sql_int(rig.path, "SELECT sum(f) FROM samples_d"),
      HOSTS * (WRITERS * INT64_C(1000) * (INTERVALS * (INTERVALS - 1) / 2) +
               INTERVALS * WRITERS * (WRITERS - 1) / 2));
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM models"), HOSTS);
  rig_free(&rig);
  pthread_barrier_destroy(&barrier);
  fake_reset();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_interval_is_judged_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_intake_threads.c -- eight write threads and a reader at once
 *
 * Each writer sends one series of every host, in step with the others only
 * once in STEP intervals, while the reader takes frames out; each frame must
 * have the values of all writers, none lost and none counted twice. Then hosts
 * come and go while somebody counts them. Built with -fsanitize=thread it looks
 * for races too.
 */
#include "plugin/collectd/intake.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WRITERS = 8, HOSTS = 25, INTERVALS = 400, STEP = 4 };

#define START 1699999200.0

static intake_t *intake;
static pthread_barrier_t barrier;
static atomic_uint writing;
static atomic_uint refused;

/* Of the reader; cmocka's asserts are for the main thread. */
static double sums[HOSTS][INTERVALS];
static unsigned frames[HOSTS][INTERVALS];
static unsigned strange;

static void *write_values(void *argument) {
  unsigned writer = (unsigned)(size_t)argument;
  for (unsigned i = 0; i < INTERVALS; i++) {
    if (i % STEP == 0)
      pthread_barrier_wait(&barrier);
    for (unsigned j = 0; j < HOSTS; j++) {
      char name[64];
      fake_list_t list;
      snprintf(name, sizeof(name), "%u/g-%u/gauge", (j + writer) % HOSTS,
               writer);
      fake_list(&list, name, START + 10 * i + 0.1 * writer, 10,
                (double[]){1000.0 * i + writer});
      if (intake_write(intake, list.ds, &list.vl, 1) != 0)
        atomic_fetch_add(&refused, 1);
    }
  }
  atomic_fetch_sub(&writing, 1);
  return NULL;
}

static bool judge(void *user, stream_t *stream, const frame_t *frame,
                  bool clock_set) {
  (void)user;
  unsigned host = 0;
  int64_t i = (frame->ts / 1000 - (int64_t)START) / 10;
  if (clock_set || sscanf(stream->host, "%u", &host) != 1 || host >= HOSTS ||
      i < 0 || i >= INTERVALS) {
    strange++;
    return true;
  }
  frames[host][i]++;
  sums[host][i] = frame->values[0];
  return true;
}

static void drop(void *user, stream_t *stream) {
  (void)user;
  (void)stream;
  strange++;
}

static void *read_frames(void *argument) {
  (void)argument;
  intake_stats_t stats;
  while (atomic_load(&writing) > 0) {
    intake_read(intake, 1, judge, drop, NULL);
    intake_stats(intake, &stats);
  }
  /* What is still open closes by the clock. */
  intake_read(intake, DOUBLE_TO_CDTIME_T(100), judge, drop, NULL);
  return NULL;
}

static void every_value_is_accounted_for(void **state) {
  (void)state;
  options_t *options = options_create();
  oconfig_item_t *block = fake_config(
      "HostTimeout 1000000\n<Detector \"d\">\n<Feature \"f\">\nPlugin \"g\"\n"
      "Aggregate \"sum\"\n</Feature>\n</Detector>\n");
  assert_int_equal(options_read(options, block), 0);
  fake_config_free(block);
  intake = intake_create(options);
  assert_non_null(intake);
  pthread_barrier_init(&barrier, NULL, WRITERS);
  atomic_store(&writing, WRITERS);

  pthread_t writers[WRITERS], reader;
  for (size_t i = 0; i < WRITERS; i++)
    assert_int_equal(pthread_create(&writers[i], NULL, write_values, (void *)i),
                     0);
  assert_int_equal(pthread_create(&reader, NULL, read_frames, NULL), 0);
  for (size_t i = 0; i < WRITERS; i++)
    pthread_join(writers[i], NULL);
  pthread_join(reader, NULL);

  assert_int_equal(atomic_load(&refused), 0);
  assert_int_equal(strange, 0);
  for (unsigned host = 0; host < HOSTS; host++)
    for (unsigned i = 0; i < INTERVALS; i++) {
      double expected = WRITERS * 1000.0 * i + WRITERS * (WRITERS - 1) / 2.0;
      if (frames[host][i] != 1 || sums[host][i] != expected)
        fail_msg("host %u, interval %u: %u frame(s), %g, not %g", host, i,
                 frames[host][i], sums[host][i], expected);
    }
  intake_stats_t stats = {0};
  intake_stats(intake, &stats);
  assert_int_equal(stats.values, WRITERS * HOSTS * INTERVALS);
  assert_int_equal(stats.late, 0);
  assert_int_equal(stats.dropped, 0);
  assert_int_equal(stats.waiting, 0);
  assert_int_equal(stats.hosts, HOSTS);
  pthread_barrier_destroy(&barrier);
  intake_destroy(intake);
  options_destroy(options);
}

/* --- hosts that go while somebody counts them --- */

enum { ROUNDS = 1000, PASSING = 50 };

static atomic_bool counting;

static void *count_hosts(void *argument) {
  size_t *most = argument;
  while (atomic_load(&counting)) {
    intake_stats_t stats = {0};
    intake_stats(intake, &stats);
    *most = stats.streams > *most ? stats.streams : *most;
  }
  return NULL;
}

static void let_go(void *user, stream_t *stream) {
  (void)stream;
  (*(size_t *)user)++;
}

static bool take(void *user, stream_t *stream, const frame_t *frame,
                 bool clock_set) {
  (void)user;
  (void)stream;
  (void)frame;
  (void)clock_set;
  return true;
}

/* Statistics are read in a thread of their own. Freed memory is overwritten, so
 * that a look at it does not pass unnoticed. */
static void statistics_while_hosts_go(void **state) {
  (void)state;
  size_t most = 0, gone = 0;
  options_t *options = options_create();
  oconfig_item_t *block = fake_config("<Detector \"d\">\n<Feature \"f\">\n"
                                      "Plugin \"g\"\n</Feature>\n"
                                      "</Detector>\n");
  assert_int_equal(options_read(options, block), 0);
  fake_config_free(block);
  intake = intake_create(options);
  assert_non_null(intake);
  atomic_store(&counting, true);
  mallopt(M_PERTURB, 0xa5);
  pthread_t counter;
  assert_int_equal(pthread_create(&counter, NULL, count_hosts, &most), 0);
  for (unsigned i = 0; i < ROUNDS; i++) {
    cdtime_t now = TIME_T_TO_CDTIME_T(1000 * (i + 1));
    for (unsigned j = 0; j < PASSING; j++) {
      char name[64];
      fake_list_t list;
      snprintf(name, sizeof(name), "passing-%u/g/gauge", j);
      fake_list(&list, name, START + 1000 * i, 10, (double[]){1});
      assert_int_equal(intake_write(intake, list.ds, &list.vl, now), 0);
    }
    intake_read(intake, now + TIME_T_TO_CDTIME_T(700), take, let_go, &gone);
    intake_read(intake, now + TIME_T_TO_CDTIME_T(999), take, let_go, &gone);
  }
  atomic_store(&counting, false);
  pthread_join(counter, NULL);
  mallopt(M_PERTURB, 0);
  assert_int_equal(gone, ROUNDS * PASSING);
  assert_true(most > 0 && most <= PASSING);
  intake_destroy(intake);
  options_destroy(options);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_value_is_accounted_for),
      cmocka_unit_test(statistics_while_hosts_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_storage_faults.c -- a disk that fails at every moment in turn
 *
 * One scripted incident, once for each call that it makes: the n-th write
 * fails, the n-th sync, and so on, for all n. Whatever fails, in the end
 * everything that was put is in the file, once, people have been told of each
 * run once, and the log has told when it began and when it was over. By default
 * every 25th call is tried; `contrib/check --full' tries each, by
 * ANOMALY_FAULT_STEP=1, which takes minutes.
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/storage.h"
#include "tests/unit/fault_vfs.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RETENTION INT64_C(3153600000)
#define PATIENCE_MS 60000
#define SAMPLES 40
#define IMAGE_SIZE 20000

static char image[IMAGE_SIZE]; /* some pages that overflow */

static unsigned step(void) {
  const char *text = getenv("ANOMALY_FAULT_STEP");
  unsigned long value = text == NULL ? 25 : strtoul(text, NULL, 10);
  return value == 0 ? 1 : (unsigned)value;
}

static void put_model(storage_t *storage, const char *host) {
  char *copy = malloc(sizeof(image));
  assert_non_null(copy);
  memcpy(copy, image, sizeof(image));
  assert_int_equal(storage_put_model(storage, host, &fixture_system, 5000, 0,
                                     copy, sizeof(image)),
                   0);
}

static void put_notified_run(storage_t *storage, int64_t id, const char *host,
                             bool open) {
  storage_notice_t notice = {.run_id = id, .okay = !open};
  const storage_run_t run = {.id = id,
                             .host = host,
                             .detector = "system",
                             .run = {.started_at = 1000, .ended_at = 5000},
                             .open = open,
                             .notice = &notice};
  assert_int_equal(storage_put_run(storage, &run), 0);
}

static char told[256]; /* "1:open 1:over " */

static void tell(storage_t *storage) {
  storage_notice_t *notice = NULL;
  while (storage_take_notice(storage, 0, &notice) == 0) {
    size_t length = strlen(told);
    snprintf(told + length, sizeof(told) - length, "%d:%s ",
             (int)notice->run_id, notice->okay ? "over" : "open");
    storage_told(storage, notice);
  }
}

/* The retries' pauses are skipped. */
static void wait_written(storage_t *storage, const char *what, unsigned n) {
  storage_stats_t stats = {0};
  for (int64_t end = monotonic_ms() + PATIENCE_MS; monotonic_ms() < end;) {
    storage_flush(storage);
    tell(storage);
    storage_stats(storage, &stats);
    if (stats.queue_length == 0 && stats.untold == 0 &&
        stats.state == STORAGE_READY)
      return;
    usleep(200);
  }
  fail_msg("%s %u: %zu records still wait: %s", what, n, stats.queue_length,
           stats.error);
}

/* An incident, written in three batches. */
static void script(storage_t *storage, const char *what, unsigned n) {
  put_notified_run(storage, 1, "a", true);
  put_anomaly(storage, 1, 1000);
  wait_written(storage, what, n);
  for (int i = 0; i < SAMPLES; i++)
    put_sample(storage, "a", 1000 * i, i);
  put_anomaly(storage, 1, 2000);
  put_model(storage, "a");
  wait_written(storage, what, n);
  put_anomaly(storage, 1, 3000);
  put_notified_run(storage, 1, "a", false);
  put_notified_run(storage, 2, "b", true);
  put_anomaly(storage, 2, 4000);
  put_model(storage, "a");
  wait_written(storage, what, n);
}

/* What a process left behind that was killed, its last transactions still in
 * the write-ahead log: the history that script() goes on with. */
static void leave_history(const char *path) {
  pid_t child = fork();
  if (child == 0) {
    storage_t *storage = fixture_start(path, &fixture_system, RETENTION);
    put_run(storage, 9, "a", false);
    put_anomaly(storage, 9, 500);
    put_model(storage, "z");
    wait_written(storage, "history", 0);
    put_notified_run(storage, 10, "z", true);
    fixture_wait_written(storage);
    _exit(0);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void copy_file(const char *from, const char *to, const char *suffix) {
  char source[160], target[160], buffer[4096];
  snprintf(source, sizeof(source), "%s%s", from, suffix);
  snprintf(target, sizeof(target), "%s%s", to, suffix);
  FILE *in = fopen(source, "rb");
  FILE *out = fopen(target, "wb");
  assert_true(in != NULL && out != NULL);
  for (size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), in)) > 0;)
    assert_int_equal(fwrite(buffer, 1, n, out), n);
  fclose(in);
  assert_int_equal(fclose(out), 0);
}

/* Once each; the run of the history as soon as the file could be read. */
static void assert_all_is_told(bool history, const char *what, unsigned n) {
  static const char ours[] = "1:open 1:over 2:open ";
  static const char its[] = "10:open ";
  char rest[sizeof(told)];
  strcpy(rest, told);
  char *found = strstr(rest, its);
  if (found != NULL)
    memmove(found, found + strlen(its), strlen(found + strlen(its)) + 1);
  if (strcmp(rest, ours) != 0 || history != (found != NULL))
    fail_msg("%s %u: was told %s", what, n, told);
}

static void assert_all_is_there(const char *path, bool history,
                                const char *what, unsigned n) {
  static const struct {
    const char *sql;
    const char *fresh;
    const char *history;
  } truths[] = {
      {"SELECT group_concat(id || ':' || ifnull(ended_at, 'open'), ' ') FROM"
       " (SELECT * FROM runs ORDER BY id)",
       "1:5000 2:open", "1:5000 2:open 9:5000 10:open"},
      {"SELECT group_concat(run_id || ':' || ts, ' ') FROM"
       " (SELECT * FROM anomalies ORDER BY run_id, ts)",
       "1:1000 1:2000 1:3000 2:4000", "1:1000 1:2000 1:3000 2:4000 9:500"},
      {"SELECT count(*) || ' ' || sum(cpu) FROM samples_system", "40 780.0",
       "40 780.0"},
      {"SELECT group_concat(host || length(image), ' ') FROM"
       " (SELECT * FROM models ORDER BY host)",
       "a20000", "a20000 z20000"},
      {"SELECT count(*) FROM untold", "0", "0"},
      {"PRAGMA integrity_check", "ok", "ok"},
  };
  for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
    const char *truth = history ? truths[i].history : truths[i].fresh;
    const char *answer = sql_text(path, truths[i].sql);
    if (strcmp(answer, truth) != 0)
      fail_msg("%s %u: %s gave %s", what, n, truths[i].sql, answer);
  }
  assert_all_is_told(history, what, n);
}

/* One line when it begins, one when it ends. What fails after all was written,
 * as the housekeeping may, comes to its end soon. */
static void assert_told(storage_t *storage, size_t before, const char *what,
                        unsigned n) {
  size_t lines = fixture_logged() - before;
  for (int64_t end = monotonic_ms() + PATIENCE_MS;
       lines == 1 && monotonic_ms() < end; lines = fixture_logged() - before) {
    storage_flush(storage);
    usleep(200);
  }
  /* what SQLite has tried again by itself is not told */
  if (lines != 2 && lines != 0)
    fail_msg("%s %u: %zu lines in the log%s; the last: %s", what, n, lines,
             fault_fired() ? "" : " though nothing failed", fixture_last_log());
}

typedef struct {
  const char *origin; /* database to begin with, NULL: none */
  bool lasting;       /* the disk stays broken until it is mended */
} sweep_t;

/* One pass with the n-th call failing; false: there are fewer calls. */
static bool pass(const fixture_t *fixture, const sweep_t *sweep, fault_t fault,
                 unsigned n) {
  const char *what = fault_name(fault);
  char directory[96], path[128];
  snprintf(directory, sizeof(directory), "%s/%d-%u", fixture->directory, fault,
           n);
  snprintf(path, sizeof(path), "%s/anomaly.db", directory);
  if (sweep->origin != NULL) {
    assert_int_equal(mkdir(directory, 0700), 0);
    copy_file(sweep->origin, path, "");
    copy_file(sweep->origin, path, "-wal");
  }
  size_t logged = fixture_logged();
  told[0] = '\0';
  fault_arm(fault, n, sweep->lasting);
  storage_t *storage = fixture_start(path, &fixture_system, RETENTION);
  if (sweep->lasting) {
    /* on with the work, of which there is little, until the fault shows */
    put_run(storage, 1, "a", true);
    put_anomaly(storage, 1, 1000);
    storage_stats_t stats = {0};
    do {
      storage_flush(storage);
      usleep(200);
      storage_stats(storage, &stats);
    } while (stats.state == STORAGE_STARTING ||
             (stats.state == STORAGE_READY && stats.queue_length > 0));
    fault_disarm();
  }
  script(storage, what, n);
  assert_told(storage, logged, what, n);
  assert_int_equal(storage_stop(storage, 30), 0);
  bool fired = fault_fired();
  fault_disarm();
  assert_all_is_there(path, sweep->origin != NULL, what, n);
  return fired;
}

static void sweep_all(const fixture_t *fixture, const sweep_t *sweep) {
  for (int fault = 0; fault < FAULTS; fault++) {
    unsigned n = 1;
    while (pass(fixture, sweep, (fault_t)fault, n))
      n += step();
    print_message("%s: up to call %u\n", fault_name((fault_t)fault), n - 1);
  }
}

/* --- the tests ----------------------------------------------------------- */

static void test_each_call_of_a_new_database(void **state) {
  sweep_all(*state, &(sweep_t){0});
}

static void test_each_call_after_a_crash(void **state) {
  const fixture_t *fixture = *state;
  leave_history(fixture->path);
  sweep_all(fixture, &(sweep_t){.origin = fixture->path});
}

static void test_from_each_call_on(void **state) {
  const fixture_t *fixture = *state;
  leave_history(fixture->path);
  sweep_all(fixture, &(sweep_t){.origin = fixture->path, .lasting = true});
}

/* Every fault of the list is one that can happen; else the sweeps would pass
 * without testing it. */
static void test_each_fault_shows(void **state) {
  const fixture_t *fixture = *state;
  leave_history(fixture->path);
  for (int fault = 0; fault < FAULTS; fault++)
    assert_true(
        pass(fixture, &(sweep_t){.origin = fixture->path}, (fault_t)fault, 1));
}

/* Callers go on while the disk does not: were one to wait for the other, this
 * would not end. */
static void test_nobody_waits_for_the_disk(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, RETENTION);
  fixture_wait_state(storage, STORAGE_READY);
  fault_hold_writes(true);
  put_run(storage, 1, "a", true);
  storage_flush(storage);
  for (int i = 0; i < 100000; i++)
    put_sample(storage, "a", 1000 * i, i);
  put_anomaly(storage, 1, 1000);
  put_model(storage, "a");
  storage_orphan_t orphan = {0};
  assert_int_equal(storage_take_orphan(storage, &orphan), EAGAIN);
  int64_t ts = 0;
  assert_int_equal(storage_last_ts(storage, "a", &ts), 0);
  assert_int_equal(ts, 1000 * 99999);
  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  assert_int_equal(stats.queue_length + stats.lost, 100003);
  assert_true(stats.queue_bytes <= STORAGE_QUEUE_BYTES);
  fault_hold_writes(false);
  wait_written(storage, "held writes", 0);
  assert_int_equal(storage_stop(storage, 30), 0);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM anomalies"), 1);
}

int main(void) {
  for (size_t i = 0; i < sizeof(image); i++)
    image[i] = (char)(i * 7);
  fault_vfs_install();
  const struct CMUnitTest tests[] = {
      TEST(test_each_fault_shows),
      TEST(test_each_call_of_a_new_database),
      TEST(test_each_call_after_a_crash),
      TEST(test_from_each_call_on),
      TEST(test_nobody_waits_for_the_disk),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

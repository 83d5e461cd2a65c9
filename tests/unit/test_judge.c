/* SPDX-License-Identifier: MIT */
/*
 * test_judge.c -- from closed frames to verdicts that are told and kept
 *
 * With the real detector, and a real database in a directory of its own. Times
 * are seconds after START, for the values as for the monotonic clock. The
 * storage and the notifier have a thread each: what they do is waited for,
 * however long it takes.
 */
#include "plugin/collectd/judge.h"
#include "plugin/collectd/notifier.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#define START 1699999200.0
#define PATIENCE 30000 /* milliseconds, for the storage's thread */

#define DETECTOR_WITH(options)                                                 \
  "<Detector \"d\">\nWarmUp 300\nWindow 3600\nTrees 20\nSampleSize 64\n"       \
  "FalseAlarms 1\n" options                                                    \
  "<Feature \"f\">\nPlugin \"g\"\n</Feature>\n</Detector>\n"
#define DETECTOR DETECTOR_WITH("")

typedef struct {
  char directory[64];
  char path[96];
  options_t *options;
  intake_t *intake;
  storage_t *storage;
  judge_t *judge;
  notifier_t *notifier;
  const detector_t *detector;
} fixture_t;

static int setup(void **state) {
  fixture_t *f = calloc(1, sizeof(*f));
  assert_non_null(f);
  sstrncpy(f->directory, "/tmp/test_judge.XXXXXX", sizeof(f->directory));
  assert_non_null(mkdtemp(f->directory));
  snprintf(f->path, sizeof(f->path), "%s/anomaly.db", f->directory);
  fake_reset();
  setenv("TZ", "UTC", 1);
  tzset();
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture_t *f = *state;
  char command[128];
  snprintf(command, sizeof(command), "rm -rf %s", f->directory);
  assert_int_equal(system(command), 0);
  free(f);
  fake_reset();
  return 0;
}

/* --- the storage's thread, which may be held back --- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

typedef struct {
  void *(*start)(void *);
  void *argument;
} thread_t;

static void *pass_gate(void *argument) {
  thread_t thread = *(thread_t *)argument;
  free(argument);
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return thread.start(thread.argument);
}

static int create_thread(pthread_t *id, void *(*start)(void *),
                         void *argument) {
  thread_t *thread = malloc(sizeof(*thread));
  assert_non_null(thread);
  *thread = (thread_t){start, argument};
  return pthread_create(id, NULL, pass_gate, thread);
}

static void ignore_log(int level, const char *message) {
  (void)level;
  (void)message;
}

/* As the plugin's init does. */
static void begin(fixture_t *f, const char *text) {
  f->options = options_create();
  oconfig_item_t *block = fake_config(text);
  if (options_read(f->options, block) != 0)
    fail_msg("%s", fake_log(LOG_ERR));
  fake_config_free(block);
  free(f->options->database);
  f->options->database = strdup(f->path);
  f->detector = &f->options->detectors[0].detector;
  f->intake = intake_create(f->options);
  const storage_options_t options = {.path = f->options->database,
                                     .retention = f->options->retention,
                                     .detectors = &f->detector,
                                     .detectors_num = 1,
                                     .log = ignore_log,
                                     .thread_create = create_thread};
  f->storage = storage_start(&options);
  assert_non_null(f->storage);
  f->judge = judge_create(f->options, f->intake, f->storage);
  assert_non_null(f->judge);
  f->notifier = notifier_start(f->storage, f->options->database);
  assert_non_null(f->notifier);
}

static void stop(fixture_t *f) {
  notifier_stop(f->notifier, 30);
  judge_shutdown(f->judge, TIME_T_TO_CDTIME_T_STATIC(10));
  notifier_leave(f->notifier);
  assert_int_equal(storage_stop(f->storage, 30), 0);
  notifier_destroy(f->notifier);
  judge_destroy(f->judge);
  intake_destroy(f->intake);
  options_destroy(f->options);
}

static void read_at(fixture_t *f, double now) {
  judge_read(f->judge, DOUBLE_TO_CDTIME_T(START + now));
}

static void put(fixture_t *f, const char *host, double time, double number) {
  char name[64];
  fake_list_t list;
  snprintf(name, sizeof(name), "%s/g/gauge", host);
  fake_list(&list, name, START + time, 10, (double[]){number});
  assert_int_equal(intake_write(f->intake, list.ds, &list.vl,
                                DOUBLE_TO_CDTIME_T(START + time)),
                   0);
}

static void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* How many notifications there are when all is told that is to be told. */
static size_t told(const fixture_t *f) {
  storage_stats_t stats = {.untold = 1};
  for (int i = 0; i < PATIENCE && stats.untold > 0; i++) {
    storage_stats(f->storage, &stats);
    if (stats.untold > 0)
      nap();
  }
  assert_int_equal(stats.untold, 0);
  return fake_notifications_num();
}

static size_t told_of(const fixture_t *f, int severity) {
  (void)told(f);
  return fake_notifications_of(severity);
}

/* Reads at `now` until `num` scores have been dispatched. */
static size_t scores(void) {
  size_t num = 0;
  for (size_t i = 0; i < fake_values_num(); i++)
    num += strcmp(fake_value(i)->name, "anomaly-d/gauge-score") == 0;
  return num;
}

static void read_until(fixture_t *f, double now, size_t num) {
  for (int i = 0; i < PATIENCE && scores() < num; i++) {
    read_at(f, now);
    nap();
  }
  assert_int_equal(scores(), num);
}

/* --- what hosts send --- */

/* Usual in frame `i`: between 40 and 60. */
static double usual(int i) { return 50 + 10 * sin(i * 1.7) * cos(i * 0.31); }

/* Frames first..end - 1, each read at once; `shift` is added to the number. */
static void run(fixture_t *f, const char *host, int first, int end,
                double shift) {
  for (int i = first; i < end; i++) {
    put(f, host, 10 * i, usual(i) + shift);
    read_at(f, 10 * i + 1);
  }
}

/* As usual from frame `first` on, until a run has closed: soon. Returns the
 * frame to go on with. */
static int run_until_closed(fixture_t *f, const char *host, int first) {
  size_t before = told_of(f, NOTIF_OKAY);
  int i = first;
  while (i < first + 1000 && told_of(f, NOTIF_OKAY) == before) {
    run(f, host, i, i + 1, 0);
    i++;
  }
  assert_int_equal(told_of(f, NOTIF_OKAY), before + 1);
  return i;
}

/* The same up to `end` in a fixture that has just begun: the model has to be
 * asked for first. */
static void run_first(fixture_t *f, const char *host, int first, int end) {
  put(f, host, 10 * first, usual(first));
  size_t before = scores();
  read_until(f, 10 * first + 16, before + 1);
  run(f, host, first + 1, end, 0);
  assert_int_equal(scores(), before + (size_t)(end - first));
}

/* --- the database --- */

static int64_t query(const fixture_t *f, const char *sql) {
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL),
                   SQLITE_OK);
  sqlite3_busy_timeout(db, 10000);
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return number;
}

/* Waits until all that was handed over is in the file. */
static void settle(fixture_t *f) {
  storage_stats_t stats = {0};
  storage_flush(f->storage);
  for (int i = 0; i < PATIENCE; i++) {
    storage_stats(f->storage, &stats);
    if (stats.state == STORAGE_READY && stats.queue_length == 0)
      return;
    nap();
  }
  fail_msg("%zu records are still waiting: %s", stats.queue_length,
           stats.error);
}

/* --- models --- */

static void frames_wait_for_the_model(void **state) {
  fixture_t *f = *state;
  pthread_mutex_lock(&gate);
  begin(f, DETECTOR);
  run(f, "h", 0, 50, 0);
  assert_int_equal(fake_values_num(), 0);
  intake_stats_t stats;
  intake_stats(f->intake, &stats);
  assert_true(stats.waiting >= 49);
  pthread_mutex_unlock(&gate);
  read_until(f, 520, 50);
  size_t frame = 0;
  for (size_t i = 0; i < fake_values_num(); i++)
    if (strcmp(fake_value(i)->name, "anomaly-d/gauge-score") == 0)
      assert_int_equal(fake_value(i)->time,
                       DOUBLE_TO_CDTIME_T(START + 10.0 * (double)frame++));
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 0 models restored, 1 begun anew.");
  assert_int_equal(fake_log_num(LOG_INFO), 1);
  stop(f);
  assert_int_equal(query(f, "SELECT count(*) FROM samples_d"), 50);
}

/* The storage has a question of a host that is no more. */
static void a_host_goes_before_the_answer(void **state) {
  fixture_t *f = *state;
  pthread_mutex_lock(&gate);
  begin(f, "HostTimeout 60\n" DETECTOR);
  intake_touch(f->intake, "h", 0, DOUBLE_TO_CDTIME_T(START));
  put(f, "other", 0, 1);
  read_at(f, 20);
  read_at(f, 1000);
  pthread_mutex_unlock(&gate);
  read_until(f, 1001, 1);
  read_at(f, 5000);
  stop(f);
}

/* It is there when the first frame closes. */
static void a_model_is_restored_at_the_first_value(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 150);
  stop(f);
  fake_reset();

  begin(f, DETECTOR);
  put(f, "h", 1500, usual(150));
  for (int i = 0; i < PATIENCE && fake_log_num(LOG_INFO) == 0; i++) {
    read_at(f, 1500);
    nap();
  }
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 1 models restored, 0 begun anew.");
  assert_int_equal(scores(), 0);
  stop(f);
}

/* A model that is stopped and restored tells the same as one that never was,
 * and what it has learned already is skipped. */
static void models_are_restored(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  model_t *model = model_create(f->detector);
  assert_non_null(model);
  verdict_t verdict = {0};
  for (int i = 0; i < 200; i++) {
    double value = usual(i);
    frame_t frame = {.ts = (int64_t)((START + 10 * i) * 1000),
                     .interval = 10000,
                     .values = &value};
    assert_int_equal(model_step(model, &frame, &verdict), 0);
  }
  run_first(f, "h", 0, 150);
  stop(f);
  assert_int_equal(query(f, "SELECT count(*) FROM models"), 1);
  fake_reset();

  begin(f, DETECTOR);
  for (int i = 140; i < 200; i++)
    put(f, "h", 10 * i, usual(i));
  read_until(f, 3000, 50); /* but for 140..149 */
  assert_int_equal(fake_value(0)->time, DOUBLE_TO_CDTIME_T(START + 1500));
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 1 models restored, 0 begun anew.");
  const fake_value_t *score = fake_value_find("h", "anomaly-d/gauge-score");
  assert_memory_equal(&score->value.gauge, &verdict.score, sizeof(double));
  const fake_value_t *threshold =
      fake_value_find("h", "anomaly-d/gauge-threshold");
  assert_memory_equal(&threshold->value.gauge, &verdict.threshold,
                      sizeof(double));
  model_destroy(model);
  stop(f);
}

static void a_damaged_model_is_learned_anew(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 50);
  stop(f);
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "UPDATE models SET image = x'00112233'",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  sqlite3_close(db);
  fake_reset();
  begin(f, DETECTOR);
  run_first(f, "h", 50, 100);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "is learned anew"));
  stop(f);
}

static void models_are_saved_on_request(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 20);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM models"), 0);
  judge_request_save(f->judge, DOUBLE_TO_CDTIME_T(START + 199));
  read_at(f, 200);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM models"), 1);
  /* the ts of the last frame that it has learned */
  assert_int_equal(query(f, "SELECT saved_at FROM models"),
                   (int64_t)(START + 190) * 1000);

  /* just saved: not for one who wants what is older */
  run(f, "h", 20, 21, 0);
  judge_request_save(f->judge, DOUBLE_TO_CDTIME_T(START + 200));
  read_at(f, 210);
  settle(f);
  assert_int_equal(query(f, "SELECT saved_at FROM models"),
                   (int64_t)(START + 190) * 1000);
  judge_request_save(f->judge, DOUBLE_TO_CDTIME_T(START + 211));
  read_at(f, 212);
  settle(f);
  assert_int_equal(query(f, "SELECT saved_at FROM models"),
                   (int64_t)(START + 200) * 1000);
  stop(f);
}

/* The monotonic clock begins at 0 with the machine. */
static void models_are_saved_on_request_soon_after_boot(void **state) {
  enum { HOSTS = 40 };
  fixture_t *f = *state;
  begin(f, DETECTOR);
  for (int i = 0; i < HOSTS; i++) {
    char name[64];
    fake_list_t list;
    snprintf(name, sizeof(name), "h-%d/g/gauge", i);
    fake_list(&list, name, START, 10, (double[]){50});
    assert_int_equal(intake_write(f->intake, list.ds, &list.vl,
                                  TIME_T_TO_CDTIME_T_STATIC(5)),
                     0);
  }
  read_until(f, 30 - START, HOSTS);
  judge_request_save(f->judge, TIME_T_TO_CDTIME_T_STATIC(31));
  read_at(f, 31 - START);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM models"), HOSTS);
  stop(f);
}

static void models_are_saved_by_the_clock(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 20);
  read_at(f, 700);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM models"), 1);
  stop(f);
}

static void dropped_hosts_are_saved(void **state) {
  fixture_t *f = *state;
  begin(f, "HostTimeout 60\n" DETECTOR);
  run_first(f, "h", 0, 20);
  read_at(f, 260);
  intake_stats_t stats;
  intake_stats(f->intake, &stats);
  assert_int_equal(stats.hosts, 0);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM models"), 1);
  /* and go on when they come back */
  fake_reset();
  put(f, "h", 300, 50);
  read_until(f, 316, 1);
  assert_string_equal(fake_log(LOG_INFO),
                      "anomaly plugin: 1 models restored, 0 begun anew.");
  stop(f);
}

/* --- clocks --- */

static void a_clock_that_is_set_back(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 100);
  for (int i = 0; i < 100; i++) {
    double now = 10 * (100 + i);
    fake_list_t list;
    fake_list(&list, "h/g/gauge", START + now - 7200, 10, (double[]){usual(i)});
    (void)intake_write(f->intake, list.ds, &list.vl,
                       DOUBLE_TO_CDTIME_T(START + now));
    read_at(f, now + 1);
  }
  read_at(f, 2100);
  assert_true(scores() >= 197);
  assert_int_equal(fake_log_num(LOG_NOTICE), 1);
  assert_non_null(strstr(fake_log(LOG_NOTICE), "clock of h was set back"));
  stop(f);
}

/* --- runs --- */

static void a_run_is_told_twice(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 300);
  assert_int_equal(told(f), 0);
  run(f, "h", 300, 305, 1000);
  assert_int_equal(told(f), 1);
  const notification_t *n = fake_notification(0);
  assert_int_equal(n->severity, NOTIF_WARNING);
  assert_string_equal(n->host, "h");
  assert_non_null(strstr(n->message, "f 10"));
  int64_t id = fake_meta_int(n, "run");
  assert_true(id > 0);
  settle(f);
  assert_int_equal(query(f, "SELECT id FROM runs WHERE ended_at IS NULL"), id);

  run_until_closed(f, "h", 305);
  assert_int_equal(told(f), 2);
  n = fake_notification(1);
  assert_int_equal(n->severity, NOTIF_OKAY);
  assert_int_equal(fake_meta_int(n, "run"), id);
  assert_non_null(strstr(n->message, "h back to normal"));
  assert_non_null(strstr(n->message, "f 10")); /* of the worst interval */
  int64_t flagged =
      fake_value_find("h", "anomaly-d/total_events-flagged")->value.derive;
  assert_true(flagged >= 5);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
                   0);
  assert_int_equal(query(f, "SELECT anomalies_found FROM runs"), flagged);
  assert_int_equal(query(f, "SELECT count(*) FROM anomalies"), flagged);
  assert_int_equal(query(f, "SELECT sum(flagged) FROM samples_d"), flagged);
  stop(f);
}

/* START is a Tuesday, 22:00 UTC; frames 300 to 359 are in the window. */
#define SILENCE "Silence \"Tue 22:50-23:00\"\n"

static void a_run_in_a_silence_is_kept_and_not_told(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR_WITH(SILENCE));
  run_first(f, "h", 0, 300);
  double threshold =
      fake_value_find("h", "anomaly-d/gauge-threshold")->value.gauge;
  run(f, "h", 300, 350, 1000);
  assert_true(fake_value_find("h", "anomaly-d/gauge-score")->value.gauge >
              threshold);
  assert_true(fake_value_find("h", "anomaly-d/bool-flagged")->value.gauge == 0);
  assert_true(fake_value_find("h", "anomaly-d/bool-run_open")->value.gauge ==
              0);
  assert_int_equal(
      fake_value_find("h", "anomaly-d/total_events-flagged")->value.derive, 0);
  settle(f);
  assert_int_equal(query(f, "SELECT sum(flagged) FROM samples_d"), 50);
  assert_int_equal(query(f, "SELECT count(*) FROM runs, silent_runs ON run_id "
                            "= id WHERE ended_at IS NULL"),
                   1);
  assert_int_equal(query(f, "SELECT count(*) FROM anomalies"), 50);

  /* over with the window, at the latest */
  run(f, "h", 350, 400, 0);
  assert_int_equal(told(f), 0);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at > 0"), 1);

  /* nobody who looked in the window would have noticed */
  run(f, "h", 400, 401, 1000);
  assert_int_equal(told(f), 1);
  run_until_closed(f, "h", 401);
  stop(f);
}

static void what_lasts_longer_is_told_after_the_silence(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR_WITH(SILENCE));
  run_first(f, "h", 0, 300);
  run(f, "h", 300, 360, 1000);
  assert_int_equal(told(f), 0);
  run(f, "h", 360, 361, 1000);
  assert_int_equal(told(f), 1);
  assert_int_equal(fake_notification(0)->severity, NOTIF_WARNING);
  settle(f);
  assert_int_equal(
      query(f,
            "SELECT count(*) FROM runs, silent_runs ON run_id = id WHERE TRUE"
            " AND ended_at = started_at + 590000"),
      1);
  int64_t id = fake_meta_int(fake_notification(0), "run");
  assert_int_equal(query(f, "SELECT id FROM runs WHERE ended_at IS NULL"), id);
  run_until_closed(f, "h", 361);
  assert_int_equal(fake_meta_int(fake_notification(1), "run"), id);
  stop(f);
}

static void what_began_before_goes_on_through_a_silence(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR_WITH(SILENCE));
  run_first(f, "h", 0, 298);
  run(f, "h", 298, 300, 1000);
  assert_int_equal(told(f), 1);
  run(f, "h", 300, 310, 1000);
  assert_true(fake_value_find("h", "anomaly-d/bool-run_open")->value.gauge ==
              1);
  run_until_closed(f, "h", 310);
  assert_int_equal(told(f), 2);
  assert_int_equal(fake_meta_int(fake_notification(1), "run"),
                   fake_meta_int(fake_notification(0), "run"));
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM silent_runs"), 0);
  assert_int_equal(query(f, "SELECT count(*) FROM runs"), 1);
  stop(f);
}

/* As the dashboard does. */
static void expect_runs(const fixture_t *f) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL),
                   SQLITE_OK);
  sqlite3_busy_timeout(db, 10000);
  assert_int_equal(sqlite3_exec(db, "UPDATE runs SET verdict = 'expected'",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  sqlite3_close(db);
}

static void an_expected_run_is_learned(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 340);
  run(f, "h", 340, 345, 100);
  int next = run_until_closed(f, "h", 345);
  assert_int_equal(told(f), 2);
  settle(f);
  expect_runs(f);
  storage_flush(f->storage);
  for (int i = 0;
       i < PATIENCE && strstr(fake_log(LOG_INFO), "expected") == NULL; i++) {
    read_at(f, 10 * next);
    nap();
  }
  assert_non_null(strstr(fake_log(LOG_INFO), " of h was expected; its "));

  run(f, "h", next, next + 60, 0);
  run(f, "h", next + 60, next + 70, 100);
  run(f, "h", next + 70, next + 130, 0);
  assert_int_equal(told(f), 2);
  run(f, "h", next + 130, next + 135, -300);
  assert_int_equal(told(f), 3);
  stop(f);
}

/* Leaves a run open in the file, as a stop in the middle of one does. */
static void leave_open(fixture_t *f) {
  begin(f, DETECTOR);
  run_first(f, "h", 0, 300);
  run(f, "h", 300, 305, 1000);
  assert_int_equal(told_of(f, NOTIF_WARNING), 1);
  stop(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
                   1);
  fake_reset();
}

static void an_open_run_goes_on_after_a_restart(void **state) {
  fixture_t *f = *state;
  leave_open(f);
  begin(f, DETECTOR);
  run_first(f, "h", 305, 306);
  run_until_closed(f, "h", 306);
  assert_int_equal(told(f), 1); /* no second WARNING */
  assert_int_equal(told_of(f, NOTIF_OKAY), 1);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs"), 1);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
                   0);
  stop(f);
}

/* No OKAY without its WARNING, not even when collectd is down when the window
 * ends. */
/* collectd is killed after a run has closed; the model was saved while it was
 * open. */
static void a_run_that_has_closed_stays_closed_after_a_crash(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 300);
  run(f, "h", 300, 305, 1000);
  assert_int_equal(told(f), 1);
  int frame = 305, flagged = 0;
  for (; told(f) == 1; frame++) {
    double now = 10 * frame + 2;
    run(f, "h", frame, frame + 1, 0);
    if (fake_value_find("h", "anomaly-d/bool-flagged")->value.gauge != 1)
      continue;
    flagged = frame;
    judge_request_save(f->judge, DOUBLE_TO_CDTIME_T(START + now));
    read_at(f, now);
  }
  settle(f);
  assert_int_equal(query(f, "SELECT saved_at FROM models"),
                   (int64_t)(START + 10 * flagged) * 1000);
  char command[256]; /* what the process has left behind */
  snprintf(command, sizeof(command),
           "cd %s && mkdir killed && cp -p anomaly.db* killed", f->directory);
  assert_int_equal(system(command), 0);
  stop(f);
  snprintf(command, sizeof(command), "cd %s && rm anomaly.db* && mv killed/* .",
           f->directory);
  assert_int_equal(system(command), 0);

  fake_reset();
  begin(f, DETECTOR);
  run_first(f, "h", frame, frame + 50);
  assert_int_equal(told(f), 0);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs"), 1);
  /* the next one is another */
  run(f, "h", frame + 50, frame + 51, 1000);
  assert_int_equal(told(f), 1);
  settle(f);
  assert_int_equal(query(f, "SELECT max(started_at) FROM runs"),
                   (int64_t)(START + 10 * (frame + 50)) * 1000);
  stop(f);
}

static void a_silent_run_ends_after_a_restart(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR_WITH(SILENCE));
  run_first(f, "h", 0, 300);
  run(f, "h", 300, 310, 1000);
  stop(f);
  begin(f, DETECTOR_WITH(SILENCE));
  run_first(f, "h", 360, 420);
  assert_int_equal(told(f), 0);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at > 0"), 1);
  stop(f);
}

/* Reads from `now` on, a second each, until a notification has come. */
static void read_until_notified(fixture_t *f, double now) {
  for (int i = 0; i < PATIENCE && told(f) == 0; i++) {
    read_at(f, now + i);
    nap();
  }
  assert_int_equal(told(f), 1);
  assert_int_equal(told_of(f, NOTIF_OKAY), 1);
  settle(f);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
                   0);
  /* and that is all */
  read_at(f, now + PATIENCE);
  assert_int_equal(told(f), 1);
}

static void an_orphan_is_closed_after_the_timeout(void **state) {
  fixture_t *f = *state;
  leave_open(f);
  begin(f, "HostTimeout 60\n" DETECTOR);
  storage_stats_t stats = {0};
  for (int i = 0; i < PATIENCE && stats.state != STORAGE_READY; i++, nap())
    storage_stats(f->storage, &stats);
  intake_stats_t hosts = {0};
  for (int i = 0; i < PATIENCE && hosts.hosts == 0; i++, nap()) {
    read_at(f, 0);
    intake_stats(f->intake, &hosts);
  }
  for (int i = 0; i < PATIENCE && fake_log_num(LOG_INFO) == 0; i++, nap())
    read_at(f, 59); /* the model is restored */
  assert_int_equal(told(f), 0);
  read_until_notified(f, 61);
  assert_non_null(strstr(fake_notification(0)->message, "has fallen silent"));
  stop(f);
}

/* Its detector is not for that host any more. */
static void an_orphan_nobody_watches_is_closed(void **state) {
  fixture_t *f = *state;
  leave_open(f);
  begin(f, "<Detector \"d\">\nHost \"other\"\n<Feature \"f\">\n"
           "Plugin \"g\"\n</Feature>\n</Detector>\n");
  read_until_notified(f, 0);
  assert_string_equal(fake_notification(0)->host, "h");
  stop(f);
}

/* --- the database --- */

/* Somebody else writes for good, then no longer. */
static void a_database_that_fails_and_recovers(void **state) {
  fixture_t *f = *state;
  begin(f, DETECTOR);
  run_first(f, "h", 0, 300);
  settle(f);
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                   SQLITE_OK);
  run(f, "h", 300, 305, 1000); /* scoring goes on, and people are told */
  for (int i = 0; i < PATIENCE && told(f) < 2; i++, nap())
    storage_flush(f->storage);
  assert_int_equal(told(f), 2);
  assert_int_equal(told_of(f, NOTIF_WARNING), 1);
  const notification_t *n = fake_notification(1);
  assert_int_equal(n->severity, NOTIF_FAILURE);
  assert_non_null(strstr(n->message, f->path));
  int frames = run_until_closed(f, "h", 305);
  assert_int_equal(told(f), 3);

  assert_int_equal(sqlite3_close(other), SQLITE_OK);
  for (int i = 0; i < PATIENCE && told(f) == 3; i++, nap())
    storage_flush(f->storage);
  assert_int_equal(told(f), 4);
  n = fake_notification(3);
  assert_int_equal(n->severity, NOTIF_OKAY);
  assert_non_null(strstr(n->message, "again"));
  settle(f);
  read_at(f, 10 * frames + 1);
  assert_int_equal(told(f), 4);
  assert_int_equal(query(f, "SELECT count(*) FROM samples_d"), frames);
  assert_int_equal(query(f, "SELECT count(*) FROM runs WHERE ended_at > 0"), 1);
  stop(f);
}

/* --- losses --- */

static void losses_are_told_once_an_hour(void **state) {
  fixture_t *f = *state;
  begin(f, "MaxHosts 1\n" DETECTOR);
  put(f, "h", 0, 1);
  for (int i = 0; i < 400; i++) {
    fake_list_t list;
    fake_list(&list, "refused/g/gauge", START + 10 * i, 10, (double[]){1});
    (void)intake_write(f->intake, list.ds, &list.vl,
                       DOUBLE_TO_CDTIME_T(START + 10 * i));
    put(f, "h", 10 * i + 1, 1);
    read_at(f, 10 * i + 2);
  }
  assert_int_equal(fake_log_num(LOG_WARNING), 2);
  assert_non_null(strstr(fake_log(LOG_WARNING), "beyond MaxHosts 1"));
  stop(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(frames_wait_for_the_model),
      TEST(a_host_goes_before_the_answer),
      TEST(a_model_is_restored_at_the_first_value),
      TEST(models_are_restored),
      TEST(a_damaged_model_is_learned_anew),
      TEST(models_are_saved_on_request),
      TEST(models_are_saved_on_request_soon_after_boot),
      TEST(models_are_saved_by_the_clock),
      TEST(dropped_hosts_are_saved),
      TEST(a_clock_that_is_set_back),
      TEST(a_run_is_told_twice),
      TEST(a_run_in_a_silence_is_kept_and_not_told),
      TEST(what_lasts_longer_is_told_after_the_silence),
      TEST(what_began_before_goes_on_through_a_silence),
      TEST(an_expected_run_is_learned),
      TEST(an_open_run_goes_on_after_a_restart),
      TEST(a_run_that_has_closed_stays_closed_after_a_crash),
      TEST(a_silent_run_ends_after_a_restart),
      TEST(an_orphan_is_closed_after_the_timeout),
      TEST(an_orphan_nobody_watches_is_closed),
      TEST(a_database_that_fails_and_recovers),
      TEST(losses_are_told_once_an_hour),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

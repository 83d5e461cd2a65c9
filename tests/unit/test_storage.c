/* SPDX-License-Identifier: MIT */
/*
 * test_storage.c -- what was put is in the file, once, whatever happens to it
 *
 * Nothing here depends on how fast the storage thread is: tests wait for what
 * must happen, with a generous deadline.
 */
#include "plugin/storage/clock.h"
#include "plugin/storage/hosts.h"
#include "plugin/storage/run_id.h"
#include "tests/unit/storage_fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY INT64_C(86400)

static const char *const files[] = {"", "-wal", "-shm"};

static void remove_database(const char *path) {
  char name[128] = "";
  for (size_t i = 0; i < 3; i++) {
    snprintf(name, sizeof(name), "%s%s", path, files[i]);
    unlink(name);
  }
}

static void stop(storage_t *storage) {
  assert_int_equal(storage_stop(storage, 30), 0);
}

static storage_answer_t ask(storage_t *storage, const char *host) {
  storage_answer_t answer = {0};
  int token = 0;
  assert_int_equal(storage_ask_model(storage, host, &fixture_system, &token),
                   0);
  int64_t end = monotonic_ms() + 30000;
  while (storage_take_answer(storage, &answer) == EAGAIN) {
    assert_true(monotonic_ms() < end);
    usleep(1000);
  }
  assert_ptr_equal(answer.token, &token);
  assert_int_equal(storage_take_answer(storage, &answer), EAGAIN);
  return answer;
}

static void put_model(storage_t *storage, const char *host, int64_t saved_at,
                      const char *image) {
  size_t size = strlen(image);
  char *copy = malloc(size);
  memcpy(copy, image, size);
  assert_int_equal(storage_put_model(storage, host, &fixture_system, saved_at,
                                     0, copy, size),
                   0);
}

static void assert_image(storage_answer_t answer, const char *image) {
  assert_int_equal(answer.image_size, strlen(image));
  assert_memory_equal(answer.image, image, strlen(image));
  free(answer.image);
}

/* --- rows --- */

static void test_rows(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_run(storage, 7, "a'b", true);
  put_anomaly(storage, 7, 3000);
  put_sample(storage, "a'b", 3000, 97.5);
  put_sample(storage, "a'b", 4000, NAN);
  stop(storage);
  assert_string_equal(
      sql_text(path, "SELECT source || ' ' || host || ' ' || detector || ' ' ||"
                     " started_at || ' ' || (ended_at IS NULL) || ' ' ||"
                     " total_points || ' ' || anomalies_found || ' ' ||"
                     " peak_score || ' ' || peak_at || ' ' || note || ' ' ||"
                     " (verdict IS NULL) FROM runs WHERE id = 7"),
      "live a'b system 1000 1 7 5 0.75 3000 ours 1");
  assert_string_equal(
      sql_text(path, "SELECT run_id || ' ' || ts || ' ' || score || ' ' ||"
                     " threshold || ' ' || note FROM anomalies"),
      "7 3000 0.75 0.5 memory has fallen silent");
  assert_string_equal(
      sql_text(path, "SELECT host || ' ' || ts || ' ' || cpu || ' ' ||"
                     " (memory IS NULL) || ' ' || score || ' ' ||"
                     " (threshold IS NULL) || ' ' || flagged"
                     " FROM samples_system WHERE ts = 3000"),
      "a'b 3000 97.5 1 0.25 1 0");
  assert_string_equal(
      sql_text(path, "SELECT cpu FROM samples_system WHERE ts = 4000"), "NULL");
}

static void test_suspects(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  const detector_feature_t feature = {.name = "a\"b\\c\n\x01\xc3\xa4"};
  const detector_t detector = {
      .name = "system", .features = &feature, .features_num = 1};
  const suspect_t suspect = {0, 1, 123456789012.25, -0.1, 1e300};
  const storage_anomaly_t anomaly = {.run_id = 2,
                                     .ts = 1,
                                     .detector = &detector,
                                     .suspects = &suspect,
                                     .suspects_num = 1};
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  put_anomaly(storage, 1, 1);
  storage_put_anomaly(storage, &anomaly);
  stop(storage);
  assert_string_equal(
      sql_text(path, "SELECT suspects FROM anomalies WHERE run_id = 1"),
      "[{\"feature\":\"memory\",\"share\":0.75,\"value\":null,\"low\":12,"
      "\"high\":43.5},{\"feature\":\"cpu\",\"share\":0.25,\"value\":97.1,"
      "\"low\":null,\"high\":1}]");
  assert_string_equal(
      sql_text(path, "SELECT group_concat(value ->> 'feature')"
                     " FROM anomalies, json_each(suspects) WHERE run_id = 1"),
      "memory,cpu");
  assert_string_equal(sql_text(path,
                               "SELECT value ->> 'feature' FROM anomalies,"
                               " json_each(suspects) WHERE run_id = 2"),
                      feature.name);
  assert_int_equal(
      sql_int(path, "SELECT suspects ->> '$[0].value' = 123456789012.25 AND"
                    " suspects ->> '$[0].low' = -0.1 AND"
                    " suspects ->> '$[0].high' = 1e300"
                    " FROM anomalies WHERE run_id = 2"),
      1);
}

/* Somebody's verdict and note outlive the run's next changes; so does ours when
 * nobody has written one. */
static void test_run_changes(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  put_run(storage, 1, "a", true);
  put_run(storage, 2, "b", true);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE runs SET verdict = 'incident', note = 'theirs'"
                 " WHERE id = 1");
  put_run(storage, 1, "a", false);
  put_run(storage, 2, "b", false);
  stop(storage);
  assert_string_equal(sql_text(path, "SELECT group_concat(id || ended_at ||"
                                     " coalesce(verdict, '-') || note) FROM"
                                     " runs"),
                      "15000incidenttheirs,25000-ours");
}

static void test_many(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  char host[16] = "";
  for (int i = 0; i < 30000; i++) {
    snprintf(host, sizeof(host), "host%d", i % 50);
    put_sample(storage, host, i / 50 * 1000, i);
  }
  fixture_wait_written(storage);
  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  assert_int_equal(stats.written, 30000);
  assert_int_equal(stats.lost, 0);
  assert_int_equal(stats.queue_bytes, 0);
  stop(storage);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system"), 30000);
  assert_int_equal(sql_int(path, "SELECT sum(cpu) FROM samples_system"),
                   INT64_C(30000) * 29999 / 2);
}

/* Without a flush or a full batch, too. */
static void test_unhurried(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  fixture_wait_state(storage, STORAGE_READY);
  put_sample(storage, "a", 1, 1);
  storage_stats_t stats = {.queue_length = 1};
  for (int64_t end = monotonic_ms() + 30000; stats.queue_length > 0;) {
    assert_true(monotonic_ms() < end);
    usleep(1000);
    storage_stats(storage, &stats);
  }
  stop(storage);
}

static void test_unknown_detector(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  const storage_sample_t sample = {.host = "a", .detector = &fixture_wider};
  assert_int_equal(storage_put_sample(storage, &sample), EINVAL);
  stop(storage);
}

/* --- retention --- */

static int64_t samples_left(storage_t *storage, const char *path,
                            int64_t expected) {
  int64_t left = -1;
  for (int64_t end = monotonic_ms() + 30000; monotonic_ms() < end;) {
    left = sql_int(path, "SELECT count(*) FROM samples_system");
    if (left <= expected)
      break;
    usleep(10000);
  }
  stop(storage);
  return left;
}

static void test_retention(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (int64_t i = 0; i < 10000; i++)
    put_sample(storage, "a", i * 1000, 1);
  put_run(storage, 1, "a", false);
  put_anomaly(storage, 1, 0);
  stop(storage);

  /* Old as they are, those within 1000 s of the newest stay. */
  storage = fixture_start(path, &fixture_system, 1000);
  assert_int_equal(samples_left(storage, path, 1000), 1000);
  assert_int_equal(sql_int(path, "SELECT min(ts) FROM samples_system"),
                   9000000);

  /* A clock of the year 2500 makes nobody else's samples old. */
  sql_exec(path, "DELETE FROM samples_system");
  storage = fixture_start(path, &fixture_system, 1000);
  put_sample(storage, "a", wall_ms() - 10000, 1);
  put_sample(storage, "a", wall_ms() - 2000000, 1);
  put_sample(storage, "future", INT64_C(16725225600000), 1);
  stop(storage);
  storage = fixture_start(path, &fixture_system, 1000);
  assert_int_equal(samples_left(storage, path, 2), 2);

  storage = fixture_start(path, &fixture_system, 0);
  put_sample(storage, "b", wall_ms(), 1);
  assert_int_equal(samples_left(storage, path, 1), 1);
  assert_string_equal(sql_text(path, "SELECT host FROM samples_system"),
                      "future");
  assert_int_equal(sql_int(path, "SELECT count(*) FROM anomalies"), 1);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM runs"), 1);
}

/* --- after a restart --- */

static void test_models(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  storage_answer_t answer = ask(storage, "a");
  assert_null(answer.image);
  assert_false(answer.run_open);
  put_model(storage, "a", 1, "first");
  put_model(storage, "a", 2, "second one");
  assert_image(ask(storage, "a"), "second one"); /* while it waits */
  put_model(storage, "b", 3, "other");
  stop(storage);

  storage = fixture_start(path, &fixture_system, DAY);
  assert_image(ask(storage, "a"), "second one");
  assert_image(ask(storage, "b"), "other");
  assert_null(ask(storage, "c").image);
  stop(storage);
  assert_int_equal(sql_int(path, "SELECT saved_at FROM models WHERE host='a'"),
                   2);
}

static bool take_orphan(storage_t *storage, const char *host) {
  storage_orphan_t orphan = {0};
  if (storage_take_orphan(storage, &orphan) != 0)
    return false;
  assert_string_equal(orphan.host, host);
  assert_string_equal(orphan.detector, "system");
  return true;
}

/* A process that dies with an open run. */
static void test_abrupt_end(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  pid_t child = fork();
  if (child == 0) {
    storage_t *storage = fixture_start(path, &fixture_system, DAY);
    put_silent_run(storage, 11, "a");
    put_anomaly(storage, 11, 1000);
    put_anomaly(storage, 11, 4500);
    put_run(storage, 12, "b", false);
    fixture_wait_written(storage);
    _exit(0);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);

  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  put_run(storage, 13, "c", true); /* no orphan, but of our own */
  fixture_wait_written(storage);
  assert_true(take_orphan(storage, "a"));
  assert_false(take_orphan(storage, ""));
  storage_answer_t answer = ask(storage, "a");
  assert_true(answer.run_open);
  assert_int_equal(answer.run_id, 11);
  assert_int_equal(answer.run.started_at, 1000);
  assert_int_equal(answer.run.ended_at, 4500);
  assert_int_equal(answer.run.points, 7);
  assert_int_equal(answer.run.anomalies, 5);
  assert_true(answer.run.peak_score == 0.75);
  assert_int_equal(answer.run.peak_at, 3000);
  assert_true(answer.run.silent);
  assert_false(ask(storage, "b").run_open);
  put_run(storage, 11, "a", false);
  assert_false(ask(storage, "a").run_open); /* what was put before counts */
  stop(storage);
}

/* Open runs that nobody can close any more. */
static void test_strays(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  stop(fixture_start(path, &fixture_system, DAY));
  sql_exec(path,
           "INSERT INTO runs(id, source, host, detector, started_at) VALUES"
           " (1, 'live', 'a', 'system', 10), (2, 'live', 'a', 'system', 20),"
           " (3, 'live', 'b', 'gone', 30), (4, 'upload', 'a', 'system', 40),"
           " (5, 'live', 'b', 'system', 50);"
           "INSERT INTO anomalies(run_id, ts) VALUES(1, 10), (1, 15)");
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  fixture_wait_state(storage, STORAGE_READY);
  assert_int_equal(ask(storage, "a").run_id, 2);
  stop(storage);
  assert_string_equal(
      sql_text(path, "SELECT group_concat(id || ':' || coalesce(ended_at, "
                     "'open')) FROM (SELECT * FROM runs ORDER BY id)"),
      "1:15,2:open,3:30,4:open,5:open");
}

/* --- lessons --- */

static storage_lesson_t take_lesson(storage_t *storage) {
  storage_lesson_t lesson = {0};
  int64_t end = monotonic_ms() + 30000;
  storage_flush(storage);
  while (storage_take_expected(storage, &lesson) == EAGAIN) {
    assert_true(monotonic_ms() < end);
    usleep(1000);
  }
  return lesson;
}

static void assert_no_lesson(storage_t *storage) {
  storage_lesson_t lesson = {0};
  int64_t number = storage_run_id();
  put_run(storage, number, "the last one", false);
  fixture_wait_written(storage);
  usleep(100000); /* the look follows the writing */
  assert_int_equal(storage_take_expected(storage, &lesson), EAGAIN);
}

/* A run from 1000 to 5000, with samples before and after. */
static void put_incident(storage_t *storage, int64_t id, const char *host) {
  for (int64_t ts = 0; ts <= 7000; ts += 1000)
    put_sample(storage, host, ts, (double)ts);
  put_run(storage, id, host, false);
  fixture_wait_written(storage);
}

static void test_lesson(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_incident(storage, 1, "a'b");
  put_incident(storage, 2, "other");
  assert_no_lesson(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = ts <> 2000;"
                 "UPDATE runs SET verdict = 'expected' WHERE id = 1;"
                 "UPDATE runs SET verdict = 'incident' WHERE id = 2");
  storage_lesson_t lesson = take_lesson(storage);
  assert_int_equal(lesson.run_id, 1);
  assert_string_equal(lesson.host, "a'b");
  assert_ptr_equal(lesson.detector, &fixture_system);
  assert_int_equal(lesson.rows, 4);
  static const double cpu[] = {1000, 3000, 4000, 5000};
  for (size_t i = 0; i < 4; i++) {
    assert_true(lesson.values[2 * i] == cpu[i]);
    assert_true(isnan(lesson.values[2 * i + 1]));
  }
  free(lesson.values);
  assert_no_lesson(storage);

  /* Taken back and given again, it comes again; and after a restart. */
  sql_exec(path, "UPDATE runs SET verdict = NULL");
  assert_no_lesson(storage);
  sql_exec(path, "UPDATE runs SET verdict = 'expected' WHERE id = 1");
  lesson = take_lesson(storage);
  free(lesson.values);
  stop(storage);
  storage = fixture_start(path, &fixture_system, 365 * DAY);
  lesson = take_lesson(storage);
  assert_int_equal(lesson.run_id, 1);
  free(lesson.values);
  stop(storage);
}

/* An open run is a lesson as far as it goes, and again as a whole. */
static void test_lesson_of_open_run(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_run(storage, 1, "a", true);
  put_sample(storage, "a", 1000, 1);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = 1;"
                 "UPDATE runs SET verdict = 'expected'");
  storage_lesson_t lesson = take_lesson(storage);
  assert_int_equal(lesson.rows, 1);
  free(lesson.values);
  assert_no_lesson(storage);
  put_sample(storage, "a", 2000, 1);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = 1");
  put_run(storage, 1, "a", false);
  fixture_wait_written(storage);
  lesson = take_lesson(storage);
  assert_int_equal(lesson.rows, 2);
  free(lesson.values);
  assert_no_lesson(storage);
  stop(storage);
}

/* More runs than wait at once, and one of more frames than a lesson has. */
static void test_many_lessons(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (int64_t id = 1; id <= 50; id++)
    put_run(storage, id, "a", false);
  for (int64_t ts = 1000; ts < 4000; ts++)
    put_sample(storage, "a", ts, (double)ts);
  fixture_wait_written(storage);
  sql_exec(path, "UPDATE samples_system SET flagged = 1;"
                 "UPDATE runs SET verdict = 'expected'");
  for (int64_t id = 1; id <= 50; id++) {
    storage_lesson_t lesson = take_lesson(storage);
    assert_int_equal(lesson.run_id, id);
    assert_int_equal(lesson.rows, 250);
    assert_true(lesson.values[0] == 1000);
    assert_true(lesson.values[2 * 249] == 1000 + 12 * 249);
    free(lesson.values);
  }
  sql_exec(path, "UPDATE runs SET note = 'more'");
  assert_no_lesson(storage);
  stop(storage);
}

/* Nothing is kept to learn from: that is said, once, but not at every start. */
static void test_lesson_without_samples(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 0);
  put_incident(storage, 1, "a");
  assert_no_lesson(storage);
  assert_int_equal(fixture_logged(), 0);
  sql_exec(path, "UPDATE runs SET verdict = 'expected' WHERE id = 1");
  assert_no_lesson(storage);
  assert_no_lesson(storage);
  assert_int_equal(fixture_logged(), 1);
  assert_non_null(strstr(fixture_last_log(), "run 1 of a was expected"));
  stop(storage);
  storage = fixture_start(path, &fixture_system, 0);
  assert_no_lesson(storage);
  assert_int_equal(fixture_logged(), 1);
  stop(storage);
}

/* Names that are no text come back as they were. */
static void test_names(void **state) {
  static const struct {
    const char *name, *text;
  } cases[] = {{"web-1", "web-1"},        {"%s%n", "%s%n"},
               {"100%", "100%"},          {"z\xc3\xbcrich", "z\xc3\xbcrich"},
               {"z\xfcrich", "z%FCrich"}, {"\xff%\x80", "%FF%25%80"},
               {"%FF", "%25FF"},          {"%00", "%2500"}};
  const char *path = ((fixture_t *)*state)->path;
  const size_t num = sizeof(cases) / sizeof(cases[0]);
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (size_t i = 0; i < num; i++) {
    put_run(storage, (int64_t)i + 1, cases[i].name, true);
    put_sample(storage, cases[i].name, 1000, 1);
    put_model(storage, cases[i].name, 1000, cases[i].name);
  }
  fixture_wait_written(storage);
  for (size_t i = 0; i < num; i++) {
    storage_answer_t answer = ask(storage, cases[i].name);
    assert_int_equal(answer.run_id, i + 1);
    assert_image(answer, cases[i].name);
  }
  stop(storage);
  for (size_t i = 0; i < num; i++) {
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM runs JOIN samples_system USING(host)"
             " JOIN models USING(host) WHERE id = %zu AND host = '%s'",
             i + 1, cases[i].text);
    assert_int_equal(sql_int(path, sql), 1);
  }
  storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  size_t found = 0;
  storage_orphan_t orphan = {0};
  while (storage_take_orphan(storage, &orphan) == 0)
    for (size_t i = 0; i < num; i++)
      found += strcmp(orphan.host, cases[i].name) == 0;
  assert_int_equal(found, num);
  stop(storage);
}

static void test_last_ts(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1000, 1);
  put_sample(storage, "a", 5000, 1);
  put_sample(storage, "a", 2000, 1);
  put_sample(storage, "b", 7000, 1);
  put_model(storage, "c", 9000, "model");
  put_run(storage, 1, "d", false);
  int64_t ts = 0;
  fixture_wait_state(storage, STORAGE_READY);
  assert_int_equal(storage_last_ts(storage, "a", &ts), 0);
  assert_int_equal(ts, 5000);
  stop(storage);

  static const struct {
    const char *host;
    int64_t ts;
  } newest[] = {
      {"a", 5000}, {"b", 7000}, {"c", 9000}, {"d", 5000}, {"e", INT64_MIN}};
  storage = fixture_start(path, &fixture_system, 0); /* none are written */
  fixture_wait_state(storage, STORAGE_READY);
  for (size_t i = 0; i < sizeof(newest) / sizeof(newest[0]); i++) {
    assert_int_equal(storage_last_ts(storage, newest[i].host, &ts), 0);
    assert_int_equal(ts, newest[i].ts);
  }
  put_sample(storage, "a", 8000, 1);
  assert_int_equal(storage_last_ts(storage, "a", &ts), 0);
  assert_int_equal(ts, 8000);
  stop(storage);
}

/* Names come from the network: at some time there are enough of them. */
static void test_too_many_hosts(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 0);
  char host[32] = "";
  for (int i = 0; i < HOSTS_MAX + 10; i++) {
    snprintf(host, sizeof(host), "host%d", i);
    put_sample(storage, host, i, 1);
  }
  fixture_wait_state(storage, STORAGE_READY);
  int64_t ts = 0;
  assert_int_equal(storage_last_ts(storage, "host0", &ts), 0);
  assert_int_equal(ts, 0);
  assert_int_equal(storage_last_ts(storage, host, &ts), 0);
  assert_int_equal(ts, INT64_MIN);
  put_sample(storage, "host0", HOSTS_MAX, 1);
  assert_int_equal(storage_last_ts(storage, "host0", &ts), 0);
  assert_int_equal(ts, HOSTS_MAX);
  stop(storage);
}

static void test_run_ids(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  int64_t before = storage_run_id();
  for (int i = 0; i < 10000; i++) {
    int64_t id = storage_run_id();
    assert_true(id > before);
    before = id;
  }
  stop(fixture_start(path, &fixture_system, DAY));
  int64_t future = before + INT64_C(3600000000);
  char sql[160] = "";
  snprintf(sql, sizeof(sql),
           "INSERT INTO runs(id, source) VALUES(%lld, 'api'),"
           " (%lld, 'api')",
           (long long)future, (long long)RUN_ID_MAX);
  sql_exec(path, sql);
  stop(fixture_start(path, &fixture_system, DAY));
  assert_int_equal(storage_run_id(), future + 1);
}

/* --- trouble --- */

static void assert_failing(storage_t *storage, const char *why) {
  storage_stats_t stats = {0};
  fixture_wait_state(storage, STORAGE_FAILING);
  storage_stats(storage, &stats);
  if (strstr(stats.error, why) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", stats.error, why);
}

/* Waits until it is over; there is one line in the log for each turn. */
static void assert_recovers(storage_t *storage) {
  fixture_wait_written(storage);
  for (int64_t end = monotonic_ms() + 30000; fixture_logged() < 2;)
    assert_true(monotonic_ms() < end);
  assert_int_equal(fixture_logged(), 2);
  assert_non_null(strstr(fixture_last_log(),
                         "written to again; 0 records had to be given up"));
}

static void test_locked(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  put_model(storage, "a", 1, "image");
  fixture_wait_written(storage);
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                   SQLITE_OK);
  for (int i = 0; i < 5000; i++)
    put_sample(storage, "a", i, 1);
  storage_flush(storage);
  assert_failing(storage, "another program keeps it locked");
  assert_image(ask(storage, "a"), "image"); /* it can still be read */
  put_run(storage, 1, "a", true);
  put_anomaly(storage, 1, 1);

  storage_stats_t stats = {0};
  storage_stats(storage, &stats);
  uint64_t errors = stats.errors;
  for (int64_t end = monotonic_ms() + 30000; stats.errors < errors + 2;) {
    assert_true(monotonic_ms() < end);
    storage_flush(storage);
    usleep(1000);
    storage_stats(storage, &stats);
  }
  assert_int_equal(stats.queue_length, 5002);
  assert_int_equal(fixture_logged(), 1);
  assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(other);
  assert_recovers(storage);
  storage_stats(storage, &stats);
  assert_int_equal(stats.written, 5003);
  assert_int_equal(stats.lost, 0);
  stop(storage);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system"), 5000);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM anomalies"), 1);
}

/* A lock that is not given back does not keep us from stopping. */
static void test_stop_while_locked(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  sqlite3 *other = NULL;
  assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                   SQLITE_OK);
  for (int i = 0; i < 10; i++)
    put_sample(storage, "a", i, 1);
  int64_t begin = monotonic_ms();
  assert_int_equal(storage_stop(storage, 0.3), 10);
  assert_in_range(monotonic_ms() - begin, 300, 10000);
  sqlite3_close(other);
}

/* Without time, what is not in the file is counted. */
static void test_stop_at_once(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  for (int i = 0; i < 50000; i++)
    put_sample(storage, "a", i, 1);
  int64_t lost = (int64_t)storage_stop(storage, 0);
  assert_true(lost > 0);
  assert_int_equal(sql_int(path, "SELECT count(*) FROM samples_system") + lost,
                   50000);
}

/* The directory cannot be made; later it can. */
static void test_no_directory(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  FILE *file = fopen(directory, "w");
  fclose(file);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  int64_t ts = 0;
  put_sample(storage, "a", 1, 1);
  assert_failing(storage, "Not a directory");
  assert_non_null(strstr(fixture_last_log(), fixture->path));
  assert_int_equal(storage_last_ts(storage, "a", &ts), 0);
  assert_int_equal(unlink(directory), 0);
  assert_recovers(storage);
  stop(storage);
  assert_int_equal(
      sql_int(fixture->path, "SELECT count(*) FROM samples_system"), 1);
}

/* Nobody waits for an answer for longer than ten seconds. */
static void test_answer_in_time(void **state) {
  (void)state;
  int64_t begin = monotonic_ms();
  storage_t *storage = fixture_start("/dev/null/db", &fixture_system, DAY);
  storage_answer_t answer = ask(storage, "a");
  assert_null(answer.image);
  assert_false(answer.run_open);
  assert_in_range(monotonic_ms() - begin, 10000, 30000);
  storage_stop(storage, 0);
}

static void test_corrupt(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  char away[128] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  snprintf(away, sizeof(away), "%s/away", fixture->directory);
  assert_int_equal(mkdir(directory, 0755), 0);
  FILE *file = fopen(fixture->path, "w");
  for (int i = 0; i < 1000; i++)
    fputs("Not a database, but dear to somebody. ", file);
  fclose(file);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1, 1);
  assert_failing(storage, "move it away");
  assert_int_equal(rename(fixture->path, away), 0);
  assert_recovers(storage);
  stop(storage);
  struct stat status = {0};
  assert_int_equal(stat(away, &status), 0);
  assert_int_equal(status.st_size, 38 * 1000);
  assert_int_equal(
      sql_int(fixture->path, "SELECT count(*) FROM samples_system"), 1);
}

/* Damage in the middle of a file that is in use. */
static void test_damaged(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (int i = 0; i < 3000; i++)
    put_sample(storage, "a", i, i);
  stop(storage);
  FILE *file = fopen(path, "r+");
  fseek(file, 4096, SEEK_SET);
  for (int i = 0; i < 40 * 4096; i++)
    fputc(0xa5, file);
  fclose(file);
  storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1, 1);
  assert_failing(storage, "move it away");
  remove_database(path);
  assert_recovers(storage);
  stop(storage);
}

/* The file goes away, with its directory even, while it is open. */
static void test_deleted(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1, 1);
  fixture_wait_written(storage);
  remove_database(fixture->path);
  put_sample(storage, "a", 2, 1);
  fixture_wait_written(storage);
  assert_int_equal(sql_int(fixture->path, "SELECT sum(ts) FROM samples_system"),
                   2);
  remove_database(fixture->path);
  assert_int_equal(rmdir(directory), 0);
  put_sample(storage, "a", 3, 1);
  stop(storage);
  assert_int_equal(sql_int(fixture->path, "SELECT sum(ts) FROM samples_system"),
                   3);
}

/* A table goes away; after one failure it is made again. */
static void test_dropped_table(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  fixture_wait_state(storage, STORAGE_READY);
  sql_exec(path, "DROP TABLE samples_system");
  put_sample(storage, "a", 2, 1);
  assert_recovers(storage);
  stop(storage);
  assert_int_equal(sql_int(path, "SELECT sum(ts) FROM samples_system"), 2);
}

/* More than memory may hold waits for a file that is not there: samples go,
 * runs stay. */
static void test_overflow(void **state) {
  fixture_t *fixture = *state;
  char directory[96] = "";
  snprintf(directory, sizeof(directory), "%s/db", fixture->directory);
  FILE *file = fopen(directory, "w");
  fclose(file);
  storage_t *storage = fixture_start(fixture->path, &fixture_system, 365 * DAY);
  assert_failing(storage, "");
  put_run(storage, 1, "a", false);
  put_anomaly(storage, 1, 1);
  const size_t size = 1 << 20;
  storage_stats_t stats = {0};
  int status = 0;
  put_sample(storage, "a", 1, 1);
  for (int i = 0; status == 0; i++) {
    char host[16] = "";
    snprintf(host, sizeof(host), "host%d", i);
    status = storage_put_model(storage, host, &fixture_system, i, 0,
                               calloc(1, size), size);
  }
  assert_int_equal(status, ENOMEM);
  storage_stats(storage, &stats);
  assert_true(stats.queue_bytes <= STORAGE_QUEUE_BYTES);
  assert_true(stats.queue_bytes > STORAGE_QUEUE_BYTES - 2 * size);
  assert_int_equal(stats.lost, 2); /* the sample and the oldest image */
  assert_int_equal(unlink(directory), 0);
  fixture_wait_written(storage);
  stop(storage);
  assert_int_equal(sql_int(fixture->path, "SELECT count(*) FROM anomalies"), 1);
  assert_int_equal(
      sql_int(fixture->path, "SELECT count(*) FROM samples_system"), 0);
  assert_int_equal(sql_int(fixture->path, "SELECT min(saved_at) FROM models"),
                   1);
}

/* --- threads --- */

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
    put_model(storage, host, i, "image");
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
  stop(storage);
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
  stop(storage);
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

#define TEST(name)                                                             \
  cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_rows),
      TEST(test_suspects),
      TEST(test_run_changes),
      TEST(test_many),
      TEST(test_unhurried),
      TEST(test_unknown_detector),
      TEST(test_retention),
      TEST(test_models),
      TEST(test_abrupt_end),
      TEST(test_strays),
      TEST(test_lesson),
      TEST(test_lesson_of_open_run),
      TEST(test_many_lessons),
      TEST(test_lesson_without_samples),
      TEST(test_names),
      TEST(test_last_ts),
      TEST(test_too_many_hosts),
      TEST(test_run_ids),
      TEST(test_locked),
      TEST(test_stop_while_locked),
      TEST(test_no_directory),
      TEST(test_stop_at_once),
      TEST(test_corrupt),
      TEST(test_answer_in_time),
      TEST(test_many_answers),
      TEST(test_damaged),
      TEST(test_deleted),
      TEST(test_dropped_table),
      TEST(test_overflow),
      TEST(test_threads),
      TEST(test_no_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_storage.c -- what was put is in the file, once, and comes back
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
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY INT64_C(86400)

/* --- rows --- */

static void test_rows(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_run(storage, 7, "a'b", true);
  put_anomaly(storage, 7, 3000);
  put_sample(storage, "a'b", 3000, 97.5);
  put_sample(storage, "a'b", 4000, NAN);
  fixture_stop(storage);
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
  fixture_stop(storage);
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
  fixture_stop(storage);
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
  fixture_stop(storage);
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
  fixture_stop(storage);
}

static void test_unknown_detector(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  const storage_sample_t sample = {.host = "a", .detector = &fixture_wider};
  assert_int_equal(storage_put_sample(storage, &sample), EINVAL);
  fixture_stop(storage);
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
  fixture_stop(storage);
  return left;
}

static void test_retention(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  for (int64_t i = 0; i < 10000; i++)
    put_sample(storage, "a", i * 1000, 1);
  put_run(storage, 1, "a", false);
  put_anomaly(storage, 1, 0);
  fixture_stop(storage);

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
  fixture_stop(storage);
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
  storage_answer_t answer = ask_model(storage, "a");
  assert_null(answer.image);
  assert_false(answer.run_open);
  put_image(storage, "a", 1, "first");
  put_image(storage, "a", 2, "second one");
  assert_image(ask_model(storage, "a"), "second one"); /* while it waits */
  put_image(storage, "b", 3, "other");
  fixture_stop(storage);

  storage = fixture_start(path, &fixture_system, DAY);
  assert_image(ask_model(storage, "a"), "second one");
  assert_image(ask_model(storage, "b"), "other");
  assert_null(ask_model(storage, "c").image);
  fixture_stop(storage);
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
  storage_answer_t answer = ask_model(storage, "a");
  assert_true(answer.run_open);
  assert_int_equal(answer.run_id, 11);
  assert_int_equal(answer.run.started_at, 1000);
  assert_int_equal(answer.run.ended_at, 4500);
  assert_int_equal(answer.run.points, 7);
  assert_int_equal(answer.run.anomalies, 5);
  assert_true(answer.run.peak_score == 0.75);
  assert_int_equal(answer.run.peak_at, 3000);
  assert_true(answer.run.silent);
  assert_false(ask_model(storage, "b").run_open);
  put_run(storage, 11, "a", false);
  assert_false(
      ask_model(storage, "a").run_open); /* what was put before counts */
  fixture_stop(storage);
}

/* Open runs that nobody can close any more. */
static void test_strays(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  fixture_stop(fixture_start(path, &fixture_system, DAY));
  sql_exec(path,
           "INSERT INTO runs(id, source, host, detector, started_at) VALUES"
           " (1, 'live', 'a', 'system', 10), (2, 'live', 'a', 'system', 20),"
           " (3, 'live', 'b', 'gone', 30), (4, 'upload', 'a', 'system', 40),"
           " (5, 'live', 'b', 'system', 50);"
           "INSERT INTO anomalies(run_id, ts) VALUES(1, 10), (1, 15)");
  storage_t *storage = fixture_start(path, &fixture_system, DAY);
  fixture_wait_state(storage, STORAGE_READY);
  assert_int_equal(ask_model(storage, "a").run_id, 2);
  fixture_stop(storage);
  assert_string_equal(
      sql_text(path, "SELECT group_concat(id || ':' || coalesce(ended_at, "
                     "'open')) FROM (SELECT * FROM runs ORDER BY id)"),
      "1:15,2:open,3:30,4:open,5:open");
}

/* --- hosts and runs --- */

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
    put_image(storage, cases[i].name, 1000, cases[i].name);
  }
  fixture_wait_written(storage);
  for (size_t i = 0; i < num; i++) {
    storage_answer_t answer = ask_model(storage, cases[i].name);
    assert_int_equal(answer.run_id, i + 1);
    assert_image(answer, cases[i].name);
  }
  fixture_stop(storage);
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
  fixture_stop(storage);
}

static void test_last_ts(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  storage_t *storage = fixture_start(path, &fixture_system, 365 * DAY);
  put_sample(storage, "a", 1000, 1);
  put_sample(storage, "a", 5000, 1);
  put_sample(storage, "a", 2000, 1);
  put_sample(storage, "b", 7000, 1);
  put_image(storage, "c", 9000, "model");
  put_run(storage, 1, "d", false);
  int64_t ts = 0;
  fixture_wait_state(storage, STORAGE_READY);
  assert_int_equal(storage_last_ts(storage, "a", &ts), 0);
  assert_int_equal(ts, 5000);
  fixture_stop(storage);

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
  fixture_stop(storage);
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
  fixture_stop(storage);
}

static void test_run_ids(void **state) {
  const char *path = ((fixture_t *)*state)->path;
  int64_t before = storage_run_id();
  for (int i = 0; i < 10000; i++) {
    int64_t id = storage_run_id();
    assert_true(id > before);
    before = id;
  }
  fixture_stop(fixture_start(path, &fixture_system, DAY));
  int64_t future = before + INT64_C(3600000000);
  char sql[160] = "";
  snprintf(sql, sizeof(sql),
           "INSERT INTO runs(id, source) VALUES(%lld, 'api'),"
           " (%lld, 'api')",
           (long long)future, (long long)RUN_ID_MAX);
  sql_exec(path, sql);
  fixture_stop(fixture_start(path, &fixture_system, DAY));
  assert_int_equal(storage_run_id(), future + 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_rows),           TEST(test_suspects),
      TEST(test_run_changes),    TEST(test_many),
      TEST(test_unhurried),      TEST(test_unknown_detector),
      TEST(test_retention),      TEST(test_models),
      TEST(test_abrupt_end),     TEST(test_strays),
      TEST(test_names),          TEST(test_last_ts),
      TEST(test_too_many_hosts), TEST(test_run_ids),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

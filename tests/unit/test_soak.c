/* SPDX-License-Identifier: MIT */
/*
 * test_soak.c -- days of four hosts, at ten seconds, as fast as they go
 *
 * The clock is simulated, all else is the plugin's: intake, models, storage.
 * Memory and file descriptors stay what they were early on, the file keeps to
 * MaxSize throughout and to Retention in the end, the rollups tell of the
 * samples that are left, and no run is ever lost. ANOMALY_DAYS says how many
 * (default: 1; `contrib/check --full': 30, a million frames).
 */
#include "tests/unit/rig.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

#define START 1699920000.0 /* midnight */
#define INTERVAL 10
#define HOSTS 4
#define DAY (86400 / INTERVAL) /* frames of a host */
#define HOUR (DAY / 24)
#define RETENTION 21600
#define MB (INT64_C(1) << 20)

/* What a batch may add before the oldest samples make room, and the models. */
#define FILE_SLACK (2 * MB)
/* collectd-anomaly(5) says some 16 MB. */
#define WAL_MAX (20 * MB)
/* All is allocated when it is measured first, and SQLite's cache of 8 MB nearly
 * full: this is a byte a frame in the long form. */
#define HEAP_SLACK (1 << 20)

typedef struct {
  size_t opened;
  size_t closed;
} told_t;

static rig_t rig;

static double noise(int i, unsigned salt) {
  uint64_t z = ((uint64_t)i << 8 | salt) * UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return (double)(z >> 40) / (1 << 24);
}

enum { CPU, MEMORY, NETWORK, ERRORS, INCIDENTS };

/* Half a minute every fifth day, of another kind each time: what comes again
 * and again is learned. INCIDENTS: all is well. */
static unsigned incident(int i, unsigned host) {
  int day = i / DAY, hour = i % DAY / HOUR;
  bool now = day % 5 == 0 && hour == 18 + (int)host && i % HOUR < 3;
  return now ? ((unsigned)day / 5 + host) % INCIDENTS : INCIDENTS;
}

static void put_frame(int i, unsigned host) {
  unsigned trouble = incident(i, host);
  double day = sin(2 * M_PI * i / DAY);
  double busy = trouble == CPU ? 90 : 20 + 8 * day + 4 * noise(i, host);
  double used = trouble == MEMORY ? 3e10 : 4e9 + 3e8 * day;
  double octets = trouble == NETWORK ? 1e9 * (i % HOUR + 1) : 0;
  double errors = trouble == ERRORS ? 1e6 * (i % HOUR + 1) : 0;
  const struct {
    const char *name;
    double number;
  } values[] = {
      {"cpu-0/percent-idle", 100 - busy},
      {"cpu-0/percent-user", busy},
      {"memory/memory-used", used + 1e8 * noise(i, 10 + host)},
      {"memory/memory-free", 4e9},
      {"df-root/df_complex-used", 5e10 + 1e3 * i},
      {"df-root/df_complex-free", 5e10},
      {"interface-eth0/if_octets",
       octets + 1e6 * i + 1e5 * noise(i, 20 + host)},
      {"interface-eth0/if_errors", errors + floor(i / 100.0)},
  };
  for (size_t k = 0; k < STATIC_ARRAY_SIZE(values); k++) {
    char name[64];
    fake_list_t list;
    snprintf(name, sizeof(name), "host-%u/%s", host, values[k].name);
    fake_list(&list, name, START + 1.0 * INTERVAL * i, INTERVAL,
              (double[]){values[k].number, values[k].number});
    assert_int_equal(intake_write(rig.intake, list.ds, &list.vl,
                                  list.vl.time + DOUBLE_TO_CDTIME_T(1)),
                     0);
  }
}

static size_t descriptors(void) {
  size_t num = 0;
  DIR *directory = opendir("/proc/self/fd");
  assert_non_null(directory);
  while (readdir(directory) != NULL)
    num++;
  closedir(directory);
  return num;
}

static int64_t file_size(const char *ending) {
  char path[128];
  struct stat status = {0};
  snprintf(path, sizeof(path), "%s%s", rig.path, ending);
  assert_int_equal(stat(path, &status), 0);
  return status.st_size;
}

static void take_notifications(told_t *told) {
  size_t okay = fake_notifications_of(NOTIF_OKAY);
  told->closed += okay;
  told->opened += fake_notifications_num() - okay;
  fake_reset();
}

/* An hour of all hosts, and what is bounded. */
static void live(int hour, int64_t size_max, told_t *told) {
  for (int i = hour * HOUR; i < (hour + 1) * HOUR; i++) {
    for (unsigned host = 0; host < HOSTS; host++)
      put_frame(i, host);
    judge_read(rig.judge, DOUBLE_TO_CDTIME_T(START + INTERVAL * i + 2.0));
  }
  rig_read_all(&rig,
               DOUBLE_TO_CDTIME_T(START + INTERVAL * HOUR * (hour + 1.0)));
  rig_wait_told(&rig);
  rig_wait_written(&rig, 0);
  take_notifications(told);
  assert_in_range(file_size(""), 0, size_max + FILE_SLACK);
  assert_in_range(file_size("-wal"), 0, WAL_MAX);
}

static void expect_runs(const told_t *told, int days) {
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM runs"),
                   told->opened);
  assert_int_equal(
      sql_int(rig.path, "SELECT count(*) FROM runs WHERE ended_at IS NOT NULL"),
      told->closed);
  assert_int_equal(sql_int(rig.path,
                           "SELECT count(*) FROM runs JOIN"
                           " (SELECT run_id, count(*) AS rows FROM anomalies"
                           "  GROUP BY run_id) ON run_id = id"
                           " WHERE rows = anomalies_found"),
                   told->opened);
  /* also of the first day, whose samples are gone */
  char sql[128];
  snprintf(sql, sizeof(sql),
           "SELECT count(DISTINCT host) FROM runs WHERE started_at < %.0f",
           1000 * (START + 86400));
  assert_int_equal(sql_int(rig.path, sql), HOSTS);
  assert_true(told->opened >= HOSTS * (size_t)(1 + (days - 1) / 5));
}

static void expect_rollups(const char *level, int seconds) {
  char sql[512];
  snprintf(sql, sizeof(sql),
           "SELECT (SELECT count(*) FROM %s_system LEFT JOIN"
           " (SELECT host AS h, ts / %d000 * %d000 AS t, count(*) AS n,"
           "  sum(flagged) AS f, min(cpu) AS low, max(cpu) AS high"
           "  FROM samples_system GROUP BY h, t)"
           " ON h = host AND t = ts WHERE n IS NOT samples"
           " OR f IS NOT flagged OR low < cpu_min OR high > cpu_max)"
           " + (SELECT count(*) FROM samples_system)"
           " - (SELECT sum(samples) FROM %s_system)",
           level, seconds, seconds, level);
  assert_int_equal(sql_int(rig.path, sql), 0);
}

/* At a start the storage deletes what is too old. */
static void expect_retention(void) {
  static const char span[] =
      "SELECT (max(ts) - min(ts)) / 1000 FROM samples_system";
  rig_start_storage(&rig);
  for (int i = 0; i < 6000 && sql_int(rig.path, span) >= RETENTION; i++)
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  assert_int_equal(storage_stop(rig.storage, 60), 0);
  assert_int_equal(sql_int(rig.path, span), RETENTION - INTERVAL);
  assert_int_equal(sql_int(rig.path, "SELECT count(*) FROM samples_system"),
                   HOSTS * RETENTION / INTERVAL);
}

static void days_go_by(void **state) {
  (void)state;
  int days = (int)rig_setting("ANOMALY_DAYS", 1);
  int64_t size_max = days > 5 ? 16 * MB : 3 * MB;
  int settled = days > 5 ? 72 : 16 * days; /* hours; the cache is full */
  char options[128];
  told_t told = {0};
  size_t heap = 0, open = 0;
  snprintf(options, sizeof(options), "Retention %d\nMaxSize %d\n", RETENTION,
           (int)(size_max / MB));
  fake_reset();
  rig_begin(&rig, options);
  for (int hour = 0; hour < 24 * days; hour++) {
    live(hour, size_max, &told);
    if (hour == settled) {
      heap = rig_heap();
      open = descriptors();
    }
  }
  print_message("%d frames, %zu runs; heap %zu, then %zu bytes\n",
                days * DAY * HOSTS, told.opened, heap, rig_heap());
  assert_in_range(rig_heap(), 0, heap + HEAP_SLACK);
  assert_int_equal(descriptors(), open);
  judge_stats_t judged = {0};
  judge_stats(rig.judge, &judged);
  assert_int_equal(judged.frames, days * DAY * HOSTS);

  rig_stop(&rig);
  expect_runs(&told, days);
  expect_retention();
  expect_rollups("minutes", 60);
  expect_rollups("hours", 3600);
  expect_runs(&told, days);
  assert_string_equal(sql_text(rig.path, "PRAGMA integrity_check"), "ok");
  rig_free(&rig);
  fake_reset();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(days_go_by),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_intake.c -- many hosts, from values to features
 *
 * The built-in detector must make the same features of whatever the plugins are
 * set to report, and no host may disturb another. Times are seconds after
 * START, for the values as for the monotonic clock.
 */
#include "plugin/collectd/intake.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START 1699999200.0 /* a whole minute */

enum { CPU, MEMORY, DISK, NETWORK, ERRORS, FEATURES };

typedef struct {
  char host[DATA_MAX_NAME_LEN];
  char detector[64];
  double ts; /* seconds after START */
  double values[FEATURES];
} judged_t;

typedef struct {
  options_t *options;
  intake_t *intake;
  judged_t *judged;
  size_t judged_num;
  size_t judged_max;
  size_t dropped;
  bool refuse; /* leave the frames where they are */
} fixture_t;

static fixture_t begin(const char *text) {
  fixture_t f = {.options = options_create()};
  oconfig_item_t *block = fake_config(text);
  if (options_read(f.options, block) != 0)
    fail_msg("%s", fake_log(LOG_ERR));
  fake_config_free(block);
  assert_int_equal(options_complete(f.options), 0);
  f.intake = intake_create(f.options);
  assert_non_null(f.intake);
  return f;
}

static void end(fixture_t *f) {
  intake_destroy(f->intake);
  options_destroy(f->options);
  free(f->judged);
  fake_reset();
}

static int write_list(fixture_t *f, const fake_list_t *list, double now) {
  return intake_write(f->intake, list->ds, &list->vl,
                      DOUBLE_TO_CDTIME_T(START + now));
}

static int put_at(fixture_t *f, const char *identifier, double time,
                  double number, double now) {
  fake_list_t list;
  fake_list(&list, identifier, START + time, 10,
            (double[]){number, number, number});
  return write_list(f, &list, now);
}

static void put(fixture_t *f, const char *identifier, double time,
                double number) {
  assert_int_equal(put_at(f, identifier, time, number, time), 0);
}

static bool judge(void *user, stream_t *stream, const frame_t *frame,
                  bool clock_set) {
  (void)clock_set;
  fixture_t *f = user;
  if (f->refuse)
    return false;
  if (f->judged_num == f->judged_max) {
    f->judged_max = f->judged_max == 0 ? 64 : 2 * f->judged_max;
    f->judged = realloc(f->judged, f->judged_max * sizeof(*f->judged));
    assert_non_null(f->judged);
  }
  judged_t *judged = f->judged + f->judged_num++;
  *judged = (judged_t){.ts = (double)frame->ts / 1000 - START};
  sstrncpy(judged->host, stream->host, sizeof(judged->host));
  sstrncpy(judged->detector, stream->options->detector.name,
           sizeof(judged->detector));
  for (size_t i = 0; i < stream->options->detector.features_num; i++)
    judged->values[i] = frame->values[i];
  return true;
}

static void drop(void *user, stream_t *stream) {
  fixture_t *f = user;
  assert_non_null(stream->host);
  f->dropped++;
}

static void read_at(fixture_t *f, double now) {
  intake_read(f->intake, DOUBLE_TO_CDTIME_T(START + now), judge, drop, f);
}

static intake_stats_t stats_of(fixture_t *f) {
  intake_stats_t stats = {0};
  intake_stats(f->intake, &stats);
  return stats;
}

/* The feature of the newest frame. */
static double newest(const fixture_t *f, int feature) {
  assert_true(f->judged_num > 0);
  return f->judged[f->judged_num - 1].values[feature];
}

static bool near(double a, double b) {
  return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

/* --- cpu --- */

enum { USER, NICE, SYSTEM, IDLE, WAIT, IRQ, SOFTIRQ, STEAL, STATES };
enum { CPUS = 3, GUEST_SHARE = 4 };

static const char *const states[STATES] = {
    "user", "nice", "system", "idle", "wait", "interrupt", "softirq", "steal"};

/* Jiffies a second of a CPU in interval `i`: 100 in all. */
static double jiffies(int cpu, int state, int i) {
  static const double busy[STATES] = {20, 4, 8, 0, 3, 1, 2, 2};
  double load = 0.2 + 0.1 * cpu + 0.05 * (i % 7);
  return state == IDLE ? 100 - 40 * load : busy[state] * load;
}

static double expected_cpu(int i) {
  double idle = 0;
  for (int cpu = 0; cpu < CPUS; cpu++)
    idle += jiffies(cpu, IDLE, i) / CPUS;
  return 100 - idle;
}

/* Counts up to interval `i`, finely, since counters are whole numbers. */
static double counted(int cpu, int state, int i) {
  double sum = 1e6 * (cpu + 1);
  for (int j = 1; j <= i; j++)
    sum += 1e6 * jiffies(cpu, state, j);
  return sum;
}

static void put_state(fixture_t *f, int cpu, const char *type,
                      const char *state, int i, double number) {
  char identifier[64];
  if (cpu < 0)
    snprintf(identifier, sizeof(identifier), "h/cpu/%s-%s", type, state);
  else
    snprintf(identifier, sizeof(identifier), "h/cpu-%d/%s-%s", cpu, type,
             state);
  put(f, identifier, 10 * i + 1, number);
}

static void by_cpu_and_state(fixture_t *f, int i) {
  for (int cpu = 0; cpu < CPUS; cpu++)
    for (int state = 0; state < STATES; state++)
      put_state(f, cpu, "cpu", states[state], i, counted(cpu, state, i));
}

static void with_the_number_of_cpus(fixture_t *f, int i) {
  put(f, "h/cpu/count", 10 * i + 1, CPUS);
  by_cpu_and_state(f, i);
}

/* Guests' time is taken out of user and nice, which it is part of. */
static void with_guests(fixture_t *f, int i) {
  for (int cpu = 0; cpu < CPUS; cpu++)
    for (int state = 0; state < STATES; state++) {
      double all = counted(cpu, state, i);
      double guest = state == USER || state == NICE ? all / GUEST_SHARE : 0;
      put_state(f, cpu, "cpu", states[state], i, all - guest);
      if (state == USER)
        put_state(f, cpu, "cpu", "guest", i, guest);
      if (state == NICE)
        put_state(f, cpu, "cpu", "guest_nice", i, guest);
    }
}

static void in_percent(fixture_t *f, int i) {
  for (int cpu = 0; cpu < CPUS; cpu++)
    for (int state = 0; state < STATES; state++)
      put_state(f, cpu, "percent", states[state], i, jiffies(cpu, state, i));
}

static void all_cpus_by_state(fixture_t *f, int i) {
  for (int state = 0; state < STATES; state++) {
    double sum = 0;
    for (int cpu = 0; cpu < CPUS; cpu++)
      sum += jiffies(cpu, state, i) / CPUS;
    put_state(f, -1, "percent", states[state], i, sum);
  }
}

static void by_cpu_alone(fixture_t *f, int i) {
  for (int cpu = 0; cpu < CPUS; cpu++)
    put_state(f, cpu, "percent", "active", i, 100 - jiffies(cpu, IDLE, i));
}

static void all_in_one(fixture_t *f, int i) {
  put_state(f, -1, "percent", "active", i, expected_cpu(i));
}

static void cpu_is_the_same_in_every_mode(void **state) {
  (void)state;
  static const struct {
    const char *mode;
    void (*put_all)(fixture_t *f, int i);
  } rows[] = {
      {"default", by_cpu_and_state},
      {"ReportNumCpu true", with_the_number_of_cpus},
      {"ReportGuestState true", with_guests},
      {"ValuesPercentage true", in_percent},
      {"ReportByCpu false", all_cpus_by_state},
      {"ReportByState false", by_cpu_alone},
      {"ReportByCpu false, ReportByState false", all_in_one},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    fixture_t f = begin("");
    for (int j = 0; j < 20; j++) {
      rows[i].put_all(&f, j);
      read_at(&f, 10 * j + 9);
    }
    read_at(&f, 300);
    assert_int_equal(f.judged_num, 20);
    for (int j = 1; j < 20; j++)
      if (!(fabs(f.judged[j].values[CPU] - expected_cpu(j)) < 1e-4))
        fail_msg("%s: %g, not %g", rows[i].mode, f.judged[j].values[CPU],
                 expected_cpu(j));
    end(&f);
  }
}

/* --- memory --- */

static void memory_in_bytes_or_percent(void **state) {
  (void)state;
  static const struct {
    const char *identifiers[6];
    double numbers[6];
    double expected;
  } rows[] = {
      {{"h/memory/memory-used", "h/memory/memory-free",
        "h/memory/memory-cached", "h/memory/memory-buffered"},
       {2e9, 1e9, 4e9, 1e9},
       25},
      {{"h/memory/percent-used", "h/memory/percent-free",
        "h/memory/percent-cached", "h/memory/percent-buffered"},
       {25, 12.5, 50, 12.5},
       25},
      {{"h/memory/memory-used", "h/memory/memory-free", "h/memory/percent-used",
        "h/memory/percent-free"},
       {1e9, 3e9, 25, 75},
       25},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    fixture_t f = begin("");
    for (size_t j = 0; j < 6 && rows[i].identifiers[j] != NULL; j++)
      put(&f, rows[i].identifiers[j], 1, rows[i].numbers[j]);
    read_at(&f, 20);
    assert_true(near(newest(&f, MEMORY), rows[i].expected));
    assert_true(isnan(newest(&f, CPU)) && isnan(newest(&f, DISK)));
    end(&f);
  }
}

/* --- disk --- */

static void put_df(fixture_t *f, const char *name, double time, double free_,
                   double reserved, double used, bool bytes, bool percent) {
  const struct {
    const char *instance;
    double number;
  } parts[] = {{"free", free_}, {"reserved", reserved}, {"used", used}};
  double whole = free_ + reserved + used;
  for (size_t i = 0; i < 3; i++) {
    char identifier[300];
    snprintf(identifier, sizeof(identifier), "h/df-%s/df_complex-%s", name,
             parts[i].instance);
    if (bytes)
      put(f, identifier, time, parts[i].number);
    snprintf(identifier, sizeof(identifier), "h/df-%s/percent_bytes-%s", name,
             parts[i].instance);
    if (percent)
      put(f, identifier, time, 100 * parts[i].number / whole);
  }
}

static void disk_in_bytes_or_percent(void **state) {
  (void)state;
  for (int mode = 1; mode <= 3; mode++) {
    bool bytes = mode & 1, percent = mode & 2;
    fixture_t f = begin("");
    put_df(&f, "root", 1, 30, 10, 60, bytes, percent);
    put(&f, "h/df-root/df_inodes-free", 1, 1);
    put(&f, "h/df-root/percent_inodes-free", 1, 1);
    read_at(&f, 20);
    assert_true(near(newest(&f, DISK), 70));
    /* together: by their sizes, where these are known */
    put_df(&f, "root", 21, 30, 10, 60, bytes, percent);
    put_df(&f, "home", 21, 270, 0, 30, bytes, percent);
    read_at(&f, 40);
    assert_true(near(newest(&f, DISK), bytes ? 25 : 40));
    end(&f);
  }
}

/* Nothing but the root may be seen in disk. */
static void disk_leaves_out_what_is_no_disk(void **state) {
  (void)state;
  static const char *const others[] = {
      "dev", "dev-shm", "run", "run-lock", "run-user-1000", "sys",
      "sys-firmware-efi-efivars", "proc", "snap-core-1234",
      "var-lib-docker-overlay2-0123abcd-merged",
      "var-lib-containers-storage-overlay-0123", "var-lib-snapd-snap-core",
      /* by device */
      "tmpfs", "devtmpfs", "udev", "overlay", "shm", "efivarfs"};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(others); i++)
    for (int mode = 1; mode <= 2; mode++) {
      bool bytes = mode & 1, percent = mode & 2;
      fixture_t f = begin("");
      put_df(&f, "root", 1, 30, 10, 60, bytes, percent);
      put_df(&f, others[i], 1, 1000, 0, 500, bytes, percent);
      read_at(&f, 20);
      if (!near(newest(&f, DISK), 70))
        fail_msg("%s: %g", others[i], newest(&f, DISK));
      end(&f);
    }
}

/* Names that only look alike are disks. */
static void disk_has_all_that_is_one(void **state) {
  (void)state;
  static const char *const others[] = {"home",     "devel", "running",
                                       "srv-proc", "sda1",  "mnt-tmpfs"};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(others); i++) {
    fixture_t f = begin("");
    put_df(&f, others[i], 1, 30, 10, 60, true, false);
    read_at(&f, 20);
    assert_true(near(newest(&f, DISK), 70));
    end(&f);
  }
}

static void a_full_image_hides_nothing(void **state) {
  (void)state;
  for (int mode = 1; mode <= 2; mode++) {
    bool bytes = mode & 1, percent = mode & 2;
    fixture_t f = begin("");
    for (int i = 0; i <= 10; i++) {
      put_df(&f, "mnt-iso", 10 * i + 1, 0, 0, 1e12, bytes, percent);
      put_df(&f, "root", 10 * i + 1, 10 - i, 0, i, bytes, percent);
      read_at(&f, 10 * i + 2);
    }
    read_at(&f, 200);
    assert_int_equal(f.judged_num, 11);
    for (int i = 0; i <= 10; i++)
      assert_true(near(f.judged[i].values[DISK], 10 * i));
    end(&f);
  }
}

/* --- network and errors --- */

/* An interface with so many bytes, errors and drops a second each way. */
static void put_interface(fixture_t *f, const char *name, int i, double bytes,
                          double bad) {
  static const char *const types[] = {"if_octets", "if_packets", "if_errors",
                                      "if_dropped"};
  const double rates[] = {bytes, bytes / 100, bad, bad};
  for (size_t j = 0; j < STATIC_ARRAY_SIZE(types); j++) {
    char identifier[300];
    snprintf(identifier, sizeof(identifier), "h/interface-%s/%s", name,
             types[j]);
    put(f, identifier, 10 * i + 1, rates[j] * 10 * i);
  }
}

static void interfaces_are_summed_up(void **state) {
  (void)state;
  fixture_t f = begin("");
  for (int i = 0; i < 5; i++) {
    put_interface(&f, "lo", i, 1e6, 50);
    put_interface(&f, "eth0", i, 1000, 0);
    put_interface(&f, "wlan0", i, 500, 3);
    read_at(&f, 10 * i + 2);
  }
  read_at(&f, 100);
  assert_int_equal(f.judged_num, 5);
  assert_true(isnan(f.judged[0].values[NETWORK]));
  assert_true(isnan(f.judged[0].values[ERRORS]));
  for (int i = 1; i < 5; i++) {
    assert_true(near(f.judged[i].values[NETWORK], 3000));
    assert_true(near(f.judged[i].values[ERRORS], 12));
  }
  end(&f);
}

static void an_interface_comes_and_goes(void **state) {
  (void)state;
  fixture_t f = begin("");
  for (int i = 0; i < 30; i++) {
    put_interface(&f, "eth0", i, 1000, 0);
    if (i >= 10 && i < 20)
      put_interface(&f, "veth0", i, 500, 0);
    read_at(&f, 10 * i + 9);
  }
  read_at(&f, 400);
  assert_int_equal(f.judged_num, 30);
  for (int i = 1; i < 30; i++) {
    /* its first counters give no rate, its last rate is held for a frame */
    double expected = i > 10 && i < 21 ? 3000 : 2000;
    if (!near(f.judged[i].values[NETWORK], expected))
      fail_msg("frame %d: %g", i, f.judged[i].values[NETWORK]);
  }
  end(&f);
}

static void counters_that_begin_anew(void **state) {
  (void)state;
  fixture_t f = begin("");
  for (int i = 0; i < 20; i++) {
    put_interface(&f, "eth0", i < 10 ? i + 1000 : i - 10, 1000, 0);
    read_at(&f, 10 * i + 9);
  }
  end(&f);

  f = begin("");
  for (int i = 0; i < 20; i++) {
    double count = i < 10 ? 1e9 + 1e4 * i : 1e4 * (i - 10);
    put(&f, "h/interface-eth0/if_octets", 10 * i + 1, count);
    read_at(&f, 10 * i + 9);
  }
  read_at(&f, 300);
  for (int i = 1; i < 20; i++)
    assert_true(near(f.judged[i].values[NETWORK], i == 10 ? NAN : 2000));
  end(&f);
}

/* --- other detectors --- */

static void options_reach_the_features(void **state) {
  (void)state;
  static const struct {
    const char *feature;
    double expected;
  } rows[] = {
      {"Plugin \"load\"\nDataSource \"shortterm\"", 1},
      {"Plugin \"load\"\nDataSource \"/^(short|long)term$/\"", 5},
      {"Plugin \"load\"", 7}, /* their sum */
      {"Plugin \"ping\"", 20},
      {"Plugin \"ping\"\nAggregate \"sum\"", 60},
      {"Plugin \"ping\"\nAggregate \"min\"", 10},
      {"Plugin \"ping\"\nAggregate \"max\"", 30},
      {"Plugin \"ping\"\nAggregate \"sum\"\nInvert true", 40},
      {"Plugin \"ping\"\nPluginInstance \"b\"", 20},
      {"Plugin \"ping\"\nIgnorePluginInstance \"b\"", 20},
      {"Plugin \"ping\"\nIgnorePluginInstance \"/[ab]/\"", 30},
      {"Type \"gauge\"\nTypeInstance \"x\"", 20},
      {"Type \"gauge\"\nTypeInstance \"y\"", NAN},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    char text[512];
    snprintf(text, sizeof(text),
             "<Detector \"d\">\n<Feature \"f\">\n%s\n</Feature>\n</Detector>\n",
             rows[i].feature);
    fixture_t f = begin(text);
    fake_list_t list;
    fake_list(&list, "h/load/load", START + 1, 10, (double[]){1, 2, 4});
    assert_int_equal(write_list(&f, &list, 1), 0);
    put(&f, "h/ping-a/gauge-x", 1, 10);
    put(&f, "h/ping-b/gauge-x", 1, 20);
    put(&f, "h/ping-c/gauge-x", 1, 30);
    read_at(&f, 20);
    if (isnan(rows[i].expected))
      assert_int_equal(f.judged_num, 0);
    else if (!near(newest(&f, 0), rows[i].expected))
      fail_msg("%s: %g", rows[i].feature, newest(&f, 0));
    end(&f);
  }
}

static void detectors_choose_their_hosts(void **state) {
  (void)state;
  fixture_t f = begin("MaxHosts 3\n"
                      "<Detector \"web\">\nHost \"/^web/\"\n"
                      "<Feature \"f\">\nPlugin \"p\"\n</Feature>\n</Detector>\n"
                      "<Detector \"all\">\nHost \"/[^x]$/\"\n"
                      "<Feature \"f\">\nPlugin \"p\"\n</Feature>\n"
                      "<Feature \"g\">\nPlugin \"q\"\n</Feature>\n"
                      "</Detector>\n");
  put(&f, "web-1/p/gauge", 1, 1);
  put(&f, "db-1/p/gauge", 1, 2);
  put(&f, "db-1/q/gauge", 1, 3);
  put(&f, "db-1/unknown/gauge", 1, 3);
  /* hosts that nobody wants take no room */
  for (int i = 0; i < 100; i++) {
    char name[64];
    snprintf(name, sizeof(name), "%dx/p/gauge", i);
    put(&f, name, 1, 1);
  }
  put(&f, "web-2/q/gauge", 1, 4);
  read_at(&f, 20);
  assert_int_equal(f.judged_num, 4);
  const judged_t expected[] = {
      {.host = "web-1", .detector = "web", .values = {1}},
      {.host = "web-1", .detector = "all", .values = {1, NAN}},
      {.host = "db-1", .detector = "all", .values = {2, 3}},
      {.host = "web-2", .detector = "all", .values = {NAN, 4}}};
  for (size_t i = 0; i < 4; i++) {
    assert_string_equal(f.judged[i].host, expected[i].host);
    assert_string_equal(f.judged[i].detector, expected[i].detector);
    for (size_t j = 0; j < 2; j++)
      assert_true(near(f.judged[i].values[j], expected[i].values[j]));
  }
  intake_stats_t stats = stats_of(&f);
  assert_int_equal(stats.hosts, 3);
  assert_int_equal(stats.streams, 5);
  assert_int_equal(stats.values, 4);
  assert_int_equal(stats.refused_hosts, 0);
  end(&f);
}

static void any_name_will_do(void **state) {
  (void)state;
  char longest[DATA_MAX_NAME_LEN];
  memset(longest, 'x', sizeof(longest) - 1);
  longest[sizeof(longest) - 1] = '\0';
  const char *const hosts[] = {
      "it's \"quoted\"", "zürich.例え.jp", "a b", "%s%n",
      "\xff\xfe",        longest,          "",    "."};
  fixture_t f = begin("");
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(hosts); i++) {
    fake_list_t list;
    fake_list(&list, "h/memory/percent-used", START + 1, 10, (double[]){7});
    sstrncpy(list.vl.host, hosts[i], sizeof(list.vl.host));
    assert_int_equal(write_list(&f, &list, 1), 0);
    sstrncpy(list.vl.type_instance, longest, sizeof(list.vl.type_instance));
    assert_int_equal(write_list(&f, &list, 1), 0);
  }
  read_at(&f, 20);
  assert_int_equal(f.judged_num, STATIC_ARRAY_SIZE(hosts));
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(hosts); i++) {
    assert_string_equal(f.judged[i].host, hosts[i]);
    assert_true(near(f.judged[i].values[MEMORY], 50));
  }
  end(&f);
}

/* --- the reader --- */

#define ONE_GAUGE                                                              \
  "<Detector \"d\">\n<Feature \"f\">\nPlugin \"g\"\n</Feature>\n</Detector>\n"

static void frames_wait_until_they_are_taken(void **state) {
  (void)state;
  fixture_t f = begin(ONE_GAUGE);
  f.refuse = true;
  for (int i = 0; i < 10; i++) {
    put(&f, "h/g/gauge", 10 * i + 1, i);
    read_at(&f, 10 * i + 2);
  }
  read_at(&f, 200);
  assert_int_equal(stats_of(&f).waiting, 10);
  read_at(&f, 1e6); /* a host with waiting frames is not dropped */
  assert_int_equal(f.dropped, 0);
  f.refuse = false;
  read_at(&f, 1e6);
  assert_int_equal(f.judged_num, 10);
  for (int i = 0; i < 10; i++)
    assert_true(f.judged[i].values[0] == i && f.judged[i].ts == 10 * i);
  assert_int_equal(stats_of(&f).waiting, 0);
  assert_int_equal(f.dropped, 1);
  end(&f);
}

static void frames_that_find_no_room_are_counted(void **state) {
  (void)state;
  fixture_t f = begin(ONE_GAUGE);
  for (int i = 0; i < 2000; i++)
    assert_int_equal(put_at(&f, "h/g/gauge", 10 * i, i, 1), 0);
  put(&f, "other/g/gauge", 1, 1);
  intake_stats_t stats = stats_of(&f);
  assert_int_equal(stats.waiting, FRAMES_QUEUE_MAX);
  assert_int_equal(stats.dropped, 2000 - FRAMES_QUEUE_MAX);
  read_at(&f, 1e6);
  stats = stats_of(&f);
  assert_int_equal(stats.hosts, 0);
  assert_int_equal(stats.dropped, 2000 - FRAMES_QUEUE_MAX); /* is kept */
  assert_int_equal(stats.values, 2001);
  end(&f);
}

static void touched_and_visited(void **state) {
  (void)state;
  fixture_t f = begin("MaxHosts 2\nHostTimeout 60\n"
                      "<Detector \"d\">\nHost \"/^web/\"\n"
                      "<Feature \"f\">\nPlugin \"g\"\n</Feature>\n"
                      "</Detector>\n");
  cdtime_t now = DOUBLE_TO_CDTIME_T(START);
  stream_t *stream = intake_touch(f.intake, "web-1", 0, now);
  assert_non_null(stream);
  assert_string_equal(stream->host, "web-1");
  assert_null(stream->model);
  assert_ptr_equal(intake_touch(f.intake, "web-1", 0, now), stream);
  assert_null(intake_touch(f.intake, "db-1", 0, now)); /* is not wanted */
  assert_non_null(intake_touch(f.intake, "web-2", 0, now));
  assert_null(intake_touch(f.intake, "web-3", 0, now)); /* too many */
  intake_visit(f.intake, drop, &f);
  assert_int_equal(f.dropped, 2);
  read_at(&f, 59);
  assert_int_equal(f.dropped, 2);
  put(&f, "web-1/g/gauge", 59, 1);
  read_at(&f, 61);
  assert_int_equal(f.dropped, 3);
  assert_int_equal(stats_of(&f).hosts, 1);
  end(&f);
}

/* --- many hosts --- */

static void silent_hosts_are_dropped(void **state) {
  (void)state;
  static const struct {
    const char *options;
    int frames;
    double timeout;
  } rows[] = {
      {ONE_GAUGE, 100, 86400},
      {ONE_GAUGE, 63, 600},
      {ONE_GAUGE, 1, 600},
      {"HostTimeout 120\n" ONE_GAUGE, 100, 120},
      {"HostTimeout 120\n" ONE_GAUGE, 1, 120},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    fixture_t f = begin(rows[i].options);
    double last = 0;
    for (int j = 0; j < rows[i].frames; j++) {
      last = 10 * j;
      put(&f, "h/g/gauge", last, 1);
      read_at(&f, last);
    }
    read_at(&f, last + 20);
    assert_int_equal(f.judged_num, rows[i].frames);
    read_at(&f, last + rows[i].timeout - 1);
    assert_int_equal(f.dropped, 0);
    read_at(&f, last + rows[i].timeout + 1);
    assert_int_equal(f.dropped, 1);
    assert_int_equal(stats_of(&f).hosts, 0);
    /* it may come back */
    put(&f, "h/g/gauge", last + 1e6, 1);
    assert_int_equal(stats_of(&f).hosts, 1);
    end(&f);
  }
}

/* Ten minutes are no silence where an hour lies between two values. */
static void hosts_of_long_intervals_stay(void **state) {
  (void)state;
  enum { FRAMES = 5 };
  static const double intervals[] = {900, 3600, 20000};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(intervals); i++) {
    fixture_t f = begin(ONE_GAUGE);
    double interval = intervals[i], now = 0, last = 0;
    for (int j = 0; j < FRAMES; j++) {
      fake_list_t list;
      last = j * interval;
      fake_list(&list, "h/g/gauge", START + last, interval, (double[]){j});
      assert_int_equal(write_list(&f, &list, last), 0);
      for (; now < last + interval; now += 100)
        read_at(&f, now);
    }
    read_at(&f, last + 2 * interval);
    assert_int_equal(f.judged_num, FRAMES);
    assert_int_equal(f.dropped, 0);
    read_at(&f, last + 86401);
    assert_int_equal(f.dropped, 1);
    end(&f);
  }
}

/* 100,000 hosts, each with one value: as many as MaxHosts at a time. */
static void hosts_are_bounded(void **state) {
  (void)state;
  enum { HOSTS = 100000, MAX = 1000, ROUND = 2000 };
  fixture_t f = begin("MaxHosts 1000\n" ONE_GAUGE);
  size_t bound = 0;
  for (int i = 0; i < HOSTS; i++) {
    char name[64];
    double now = 1000.0 * (i / ROUND);
    if (i % ROUND == 0)
      read_at(&f, now); /* those of the round before are gone by then */
    if (i == 5 * ROUND)
      bound = mallinfo2().uordblks;
    snprintf(name, sizeof(name), "host-%d/g/gauge", i);
    assert_int_equal(put_at(&f, name, now, 1, now),
                     i % ROUND < MAX ? 0 : EUSERS);
    f.judged_num = 0;
  }
  intake_stats_t stats = stats_of(&f);
  assert_int_equal(stats.hosts, MAX);
  assert_int_equal(stats.refused_hosts, HOSTS / ROUND * (ROUND - MAX));
  read_at(&f, 1e9);
  assert_int_equal(f.dropped, HOSTS / ROUND * MAX);
  assert_int_equal(stats_of(&f).hosts, 0);
  assert_true(mallinfo2().uordblks <= bound + 65536);
  end(&f);
}

static void series_of_a_host_are_bounded(void **state) {
  (void)state;
  fixture_t f = begin(ONE_GAUGE);
  for (int i = 0; i < FRAMES_SLOTS_MAX + 10; i++) {
    char name[64];
    snprintf(name, sizeof(name), "h/g-%d/gauge", i);
    assert_int_equal(put_at(&f, name, 1, 1, 1),
                     i < FRAMES_SLOTS_MAX ? 0 : E2BIG);
  }
  assert_int_equal(stats_of(&f).refused_series, 10);
  put(&f, "other/g-x/gauge", 1, 1);
  end(&f);
}

/* --- hostile neighbours --- */

/* Two honest hosts, each interval with other numbers. */
static void be_honest(fixture_t *f, int i) {
  static const char *const hosts[] = {"honest", "honest-too"};
  for (int j = 0; j < 2; j++) {
    const struct {
      const char *name;
      double number;
    } values[] = {
        {"cpu-0/cpu-idle", 1000.0 * i - i % 13},
        {"cpu-0/cpu-user", 20.0 * i + i % 13},
        {"memory/memory-used", 1e9 + 1e6 * (i % 17) + j},
        {"memory/memory-free", 3e9},
        {"df-root/df_complex-free", 1e10 - 1e6 * i},
        {"df-root/df_complex-used", 1e10},
        {"interface-eth0/if_octets", 1e5 * i + 10 * (i % 19)},
    };
    for (size_t k = 0; k < STATIC_ARRAY_SIZE(values); k++) {
      char name[64];
      snprintf(name, sizeof(name), "%s/%s", hosts[j], values[k].name);
      put(f, name, 10 * i + 1, values[k].number);
    }
  }
}

static void keep_the_honest(fixture_t *f) {
  size_t kept = 0;
  for (size_t i = 0; i < f->judged_num; i++)
    if (strncmp(f->judged[i].host, "honest", 6) == 0)
      f->judged[kept++] = f->judged[i];
  f->judged_num = kept;
}

/* The order of hosts in a read is no matter. */
static int compare(const void *a, const void *b) {
  const judged_t *x = a, *y = b;
  int order = strcmp(x->host, y->host);
  return order != 0 ? order : (x->ts > y->ts) - (x->ts < y->ts);
}

static void expect_the_same(fixture_t *f, fixture_t *expected, unsigned seed) {
  keep_the_honest(f);
  qsort(f->judged, f->judged_num, sizeof(*f->judged), compare);
  qsort(expected->judged, expected->judged_num, sizeof(*f->judged), compare);
  assert_int_equal(f->judged_num, expected->judged_num);
  for (size_t i = 0; i < f->judged_num; i++)
    if (f->judged[i].ts != expected->judged[i].ts ||
        memcmp(f->judged[i].values, expected->judged[i].values,
               sizeof(f->judged[i].values)) != 0)
      fail_msg("seed %u: frame %zu differs", seed, i);
}

static void honest_alone(fixture_t *f, int frames) {
  *f = begin("");
  for (int i = 0; i < frames; i++) {
    be_honest(f, i);
    read_at(f, 10 * i + 9);
  }
  read_at(f, 10 * frames + 30);
  assert_int_equal(f->judged_num, 2 * frames);
}

/* A million identifiers go through a cache of 65,536. */
static void the_cache_of_series_is_shared(void **state) {
  (void)state;
  enum { FRAMES = 20, NAMES = 50000 };
  fixture_t expected, f = begin("");
  honest_alone(&expected, FRAMES);
  for (int i = 0; i < FRAMES; i++) {
    be_honest(&f, i);
    for (int j = 0; j < NAMES; j++) {
      char name[64];
      snprintf(name, sizeof(name), "hostile/interface-%d/if_octets",
               i * NAMES + j);
      (void)put_at(&f, name, 10 * i + 2, 1, 10 * i + 2);
    }
    read_at(&f, 10 * i + 9);
  }
  read_at(&f, 10 * FRAMES + 30);
  expect_the_same(&f, &expected, 0);
  end(&f);
  end(&expected);
}

static double any_number(void) {
  static const double numbers[] = {0,    -0.0,     1,     -1,
                                   NAN,  INFINITY, 1e308, -1e308,
                                   1e18, 4e-320,   100,   4294967295};
  return numbers[(size_t)random() % STATIC_ARRAY_SIZE(numbers)];
}

static double any_time(double now) {
  switch (random() % 8) {
  case 0:
    return now + (double)(random() % 20000) - 10000;
  case 1:
    return now + 3e7 * (double)(random() % 200 - 50);
  case 2:
    return -START + (double)(random() % 100);
  case 3:
    return (double)random();
  default:
    return now + (double)(random() % 40) - 20;
  }
}

static void any_name(char *name, size_t size) {
  static const char *const kept[] = {"",     "0",    "eth0", "root", "idle",
                                     "free", "used", "lo",   "total"};
  size_t choice = (size_t)random() % (STATIC_ARRAY_SIZE(kept) + 3);
  if (choice < STATIC_ARRAY_SIZE(kept)) {
    snprintf(name, size, "%s", kept[choice]);
    return;
  }
  size_t length = (size_t)random() % size;
  for (size_t i = 0; i < length; i++)
    name[i] = (char)(1 + random() % 255);
  name[length] = '\0';
}

/* Values are given in numbers as such: any 64 bits. */
static void be_hostile(fixture_t *f, double now) {
  static const char *const plugins[] = {"cpu", "memory", "df", "interface"};
  static const char *const types[] = {"cpu",          "percent",   "memory",
                                      "df_complex",   "if_octets", "if_errors",
                                      "percent_bytes"};
  static const double intervals[] = {0, 1e-9, 0.01, 1, 10, 60, 1e5, 1e9};
  fake_list_t list;
  char name[64];
  snprintf(name, sizeof(name), "hostile-%ld/%s/%s", random() % 20,
           plugins[(size_t)random() % STATIC_ARRAY_SIZE(plugins)],
           types[(size_t)random() % STATIC_ARRAY_SIZE(types)]);
  fake_list(&list, name, 0,
            intervals[(size_t)random() % STATIC_ARRAY_SIZE(intervals)],
            (double[]){0, 0, 0});
  list.vl.time = DOUBLE_TO_CDTIME_T(START + any_time(now));
  if (random() % 100 == 0)
    list.vl.time = (cdtime_t)random() << 33;
  any_name(list.vl.plugin_instance, sizeof(list.vl.plugin_instance));
  any_name(list.vl.type_instance, sizeof(list.vl.type_instance));
  if (random() % 10 == 0)
    any_name(list.vl.host, 40);
  for (size_t i = 0; i < list.ds->ds_num; i++)
    if (list.ds->ds[i].type == DS_TYPE_GAUGE)
      list.values[i].gauge = any_number();
    else
      list.values[i].derive =
          (derive_t)((uint64_t)random() << 33 ^ (uint64_t)random());
  (void)write_list(f, &list, now);
}

/* Whatever others send, the frames of honest hosts are unchanged. */
static void hostile_neighbours(void **state) {
  (void)state;
  enum { FRAMES = 60, HOSTILE = 200 };
  fixture_t expected;
  honest_alone(&expected, FRAMES);
  for (unsigned seed = 1; seed <= 20; seed++) {
    srandom(seed);
    fixture_t f = begin("");
    for (int i = 0; i < FRAMES; i++) {
      for (int j = 0; j < HOSTILE; j++)
        be_hostile(&f, 10 * i);
      be_honest(&f, i);
      for (int j = 0; j < HOSTILE; j++)
        be_hostile(&f, 10 * i + 2);
      read_at(&f, 10 * i + 9);
    }
    read_at(&f, 10 * FRAMES + 30);
    expect_the_same(&f, &expected, seed);
    end(&f);
  }
  end(&expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cpu_is_the_same_in_every_mode),
      cmocka_unit_test(memory_in_bytes_or_percent),
      cmocka_unit_test(disk_in_bytes_or_percent),
      cmocka_unit_test(disk_leaves_out_what_is_no_disk),
      cmocka_unit_test(disk_has_all_that_is_one),
      cmocka_unit_test(a_full_image_hides_nothing),
      cmocka_unit_test(interfaces_are_summed_up),
      cmocka_unit_test(an_interface_comes_and_goes),
      cmocka_unit_test(counters_that_begin_anew),
      cmocka_unit_test(options_reach_the_features),
      cmocka_unit_test(detectors_choose_their_hosts),
      cmocka_unit_test(any_name_will_do),
      cmocka_unit_test(frames_wait_until_they_are_taken),
      cmocka_unit_test(frames_that_find_no_room_are_counted),
      cmocka_unit_test(touched_and_visited),
      cmocka_unit_test(silent_hosts_are_dropped),
      cmocka_unit_test(hosts_of_long_intervals_stay),
      cmocka_unit_test(hosts_are_bounded),
      cmocka_unit_test(series_of_a_host_are_bounded),
      cmocka_unit_test(the_cache_of_series_is_shared),
      cmocka_unit_test(hostile_neighbours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

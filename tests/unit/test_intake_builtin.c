/* SPDX-License-Identifier: MIT */
/*
 * test_intake_builtin.c -- the built-in detector's features
 *
 * They must be the same of whatever the plugins are set to report.
 */
#include "tests/unit/intake_fixture.h"

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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

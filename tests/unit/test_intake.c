/* SPDX-License-Identifier: MIT */
/*
 * test_intake.c -- many hosts, from values to frames
 */
#include "tests/unit/intake_fixture.h"

#include <malloc.h>

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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

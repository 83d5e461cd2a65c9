/* SPDX-License-Identifier: MIT */
/*
 * test_simulator_ticks.c -- which ticks of which hosts are emitted when
 */
#include "tests/unit/simulator_fixture.h"

#include <string.h>

static size_t seen_num;
static struct {
  size_t host;
  cdtime_t time;
} seen[1024];

/* One entry a tick: memory used is emitted at each. */
static void note_tick(const value_list_t *vl) {
  if (strcmp(vl->plugin, "memory") != 0 ||
      strcmp(vl->type_instance, "used") != 0)
    return;
  assert_in_range(seen_num, 0, STATIC_ARRAY_SIZE(seen) - 1);
  seen[seen_num].host = host_index(vl);
  seen[seen_num++].time = vl->time;
}

static simulator_t *start_ticking(unsigned hosts, double backfill,
                                  cdtime_t first) {
  const simulator_options_t options = {
      .hosts = hosts, .seed = 42, .backfill = backfill};
  simulator_t *simulator = simulator_create(&options, SECONDS(10));
  assert_non_null(simulator);
  for (size_t i = 0; i < hosts; i++)
    simulator_start(simulator, i, first);
  seen_num = 0;
  on_values = note_tick;
  return simulator;
}

static void ticks_are_limited_and_take_turns(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(2, 7200, SECONDS(MONDAY));
  const cdtime_t now = SECONDS(MONDAY + 45);

  assert_int_equal(simulator_emit(simulator, now, 0), 10);
  assert_int_equal(seen_num, 0);
  assert_int_equal(simulator_emit(simulator, now, 3), 4);
  assert_int_equal(seen_num, 6);
  assert_int_equal(simulator_emit(simulator, now, 3), 0);
  assert_int_equal(seen_num, 10);
  assert_int_equal(simulator_emit(simulator, now, 3), 0);
  assert_int_equal(seen_num, 10);

  for (size_t i = 0; i < seen_num; i++) {
    assert_int_equal(seen[i].host, i % 2);
    assert_int_equal(seen[i].time, SECONDS(MONDAY + 10 * (int64_t)(i / 2)));
  }
  simulator_destroy(simulator);
}

static void only_started_hosts_tick(void **state) {
  (void)state;
  const simulator_options_t options = SIMULATOR_OPTIONS_INIT;
  simulator_t *simulator = simulator_create(&options, SECONDS(10));
  seen_num = 0;
  on_values = note_tick;
  assert_string_equal(simulator_host(simulator, 0), "sim-1");
  assert_string_equal(simulator_host(simulator, 1), "sim-2");

  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY), 9), 0);
  assert_int_equal(seen_num, 0);
  simulator_start(simulator, 1, SECONDS(MONDAY));
  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY), 9), 0);
  assert_int_equal(seen_num, 1);
  assert_int_equal(seen[0].host, 1);
  simulator_destroy(simulator);
}

static void ticks_are_on_the_grid(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 7200, SECONDS(MONDAY) + 1);
  simulator_emit(simulator, SECONDS(MONDAY + 10) - 1, 9);
  assert_int_equal(seen_num, 0);
  simulator_emit(simulator, SECONDS(MONDAY + 10), 9);
  assert_int_equal(seen_num, 1);
  assert_int_equal(seen[0].time, SECONDS(MONDAY + 10));
  simulator_destroy(simulator);
}

static void a_clock_set_back_is_waited_for(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 60, SECONDS(MONDAY));
  simulator_emit(simulator, SECONDS(MONDAY), 9);
  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY - DAY), 9), 0);
  assert_int_equal(simulator_emit(simulator, SECONDS(MONDAY + 9), 9), 0);
  assert_int_equal(seen_num, 1);
  simulator_emit(simulator, SECONDS(MONDAY + 10), 9);
  assert_int_equal(seen_num, 2);
  simulator_destroy(simulator);
}

static void a_jump_ahead_is_filled_as_far_as_the_backfill(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 60, SECONDS(MONDAY));
  simulator_emit(simulator, SECONDS(MONDAY), 9);
  simulator_emit(simulator, SECONDS(MONDAY + DAY), 9);
  assert_int_equal(seen_num, 1 + 7);
  assert_int_equal(seen[1].time, SECONDS(MONDAY + DAY - 60));
  assert_int_equal(seen[7].time, SECONDS(MONDAY + DAY));
  simulator_destroy(simulator);
}

static void without_backfill_there_is_the_newest_tick(void **state) {
  (void)state;
  simulator_t *simulator = start_ticking(1, 0, SECONDS(MONDAY));
  simulator_emit(simulator, SECONDS(MONDAY + 25), 9);
  assert_int_equal(seen_num, 1);
  assert_int_equal(seen[0].time, SECONDS(MONDAY + 20));
  simulator_destroy(simulator);
}

/* However often it is called before the next read judges what has come. */
static void no_more_is_under_way_than_may_be(void **state) {
  (void)state;
  const cdtime_t now = SECONDS(MONDAY + 7200 * 10);
  simulator_t *simulator = start_ticking(2, 7200 * 10, SECONDS(MONDAY));
  for (int i = 0; i < 5; i++)
    simulator_emit(simulator, now, 100);
  assert_int_equal(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX);

  value_list_t vl = {.time = seen[2 * 99].time};
  const char *strangers[] = {"sim-0",    "sim-3",        "sim-", "sim-1x",
                             "web.host", "sim-99999999", "",     "sim-1.a"};
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(strangers); i++) {
    sstrncpy(vl.host, strangers[i], sizeof(vl.host));
    simulator_arrived(simulator, &vl);
    simulator_emit(simulator, now, 100);
  }
  assert_int_equal(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX);

  /* a hundred ticks of the second host have come back */
  sstrncpy(vl.host, "sim-2", sizeof(vl.host));
  simulator_arrived(simulator, &vl);
  vl.time = seen[2 * 50].time;
  simulator_arrived(simulator, &vl);
  for (int i = 0; i < 5; i++)
    simulator_emit(simulator, now, 100);
  assert_in_range(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX + 99,
                  2 * SIMULATOR_UNDER_WAY_MAX + 100);
  for (size_t i = 2 * SIMULATOR_UNDER_WAY_MAX; i < seen_num; i++)
    assert_int_equal(seen[i].host, 1);
  simulator_destroy(simulator);
}

/* A filter chain may drop all that a host sends. */
static void what_never_comes_back_is_not_waited_for(void **state) {
  (void)state;
  const cdtime_t now = SECONDS(MONDAY + 7200 * 10);
  simulator_t *simulator = start_ticking(1, 7200 * 10, SECONDS(MONDAY));
  simulator_emit(simulator, now, SIZE_MAX);
  assert_int_equal(seen_num, SIMULATOR_UNDER_WAY_MAX);
  size_t calls = 0;
  while (seen_num == SIMULATOR_UNDER_WAY_MAX && calls++ < 1000)
    simulator_emit(simulator, now, SIZE_MAX);
  assert_int_equal(seen_num, 2 * SIMULATOR_UNDER_WAY_MAX);
  simulator_destroy(simulator);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ticks_are_limited_and_take_turns),
      cmocka_unit_test(only_started_hosts_tick),
      cmocka_unit_test(ticks_are_on_the_grid),
      cmocka_unit_test(a_clock_set_back_is_waited_for),
      cmocka_unit_test(a_jump_ahead_is_filled_as_far_as_the_backfill),
      cmocka_unit_test(without_backfill_there_is_the_newest_tick),
      cmocka_unit_test(no_more_is_under_way_than_may_be),
      cmocka_unit_test(what_never_comes_back_is_not_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_frames_bounds.c -- memory is bounded whatever comes
 */
#include "tests/unit/frames_fixture.h"

#include <malloc.h>

static void the_queue_is_bounded(void **state) {
  (void)state;
  host_t host = host_begin();
  for (int i = 0; i < 3000; i++)
    put_every(&host, "g/gauge", 10 * i, 10, i, 0);
  assert_int_equal(frames_waiting(host.frames), FRAMES_QUEUE_MAX);
  assert_int_equal(frames_closed(host.frames), 3000);
  assert_int_equal(frames_dropped(host.frames), 3000 - FRAMES_QUEUE_MAX);
  seen_t seen;
  for (int i = 0; i < FRAMES_QUEUE_MAX; i++) {
    assert_true(take(&host, &seen));
    assert_true(seen.values[0] == i); /* the oldest are kept */
  }
  expect_none(&host);
  host_end(&host);
}

static void series_are_bounded(void **state) {
  (void)state;
  host_t host = host_begin();
  fake_list_t list;
  for (int i = 0; i < FRAMES_SLOTS_MAX + 100; i++) {
    char name[64];
    snprintf(name, sizeof(name), "h/g-%d/gauge", i);
    fake_list(&list, name, START, 10, (double[]){1});
    assert_int_equal(put_list(&host, &list, 0),
                     i < FRAMES_SLOTS_MAX ? 0 : E2BIG);
  }
  tick(&host, 20);
  expect_frames(&host, {.ts = 0, .values = G(FRAMES_SLOTS_MAX)});
  host_end(&host);
}

static int write_as(host_t *host, uint64_t number, const use_t *uses,
                    size_t num, const fake_list_t *list) {
  const series_t series = {.number = number};
  reading_t reading = series_reading(&series, &list->vl);
  reading.uses = uses;
  reading.uses_num = num;
  return frames_write(host->frames, &reading, 0);
}

/* Should two identifiers ever have one number, the second is refused. */
static void a_number_that_another_has(void **state) {
  (void)state;
  host_t host = host_begin();
  fake_list_t list;
  fake_list(&list, "h/g/gauge", START, 10, (double[]){1});
  const use_t uses[2] = {{.selected = true}, {.selected = true}};
  assert_int_equal(write_as(&host, 7, uses, 1, &list), 0);
  assert_int_equal(write_as(&host, 7, uses, 2, &list), E2BIG);
  assert_int_equal(write_as(&host, 8, uses, 1, &list), 0);
  assert_int_equal(write_as(&host, 7, uses, 2, &list), E2BIG);
  host_end(&host);
}

/* Containers' interfaces, 100,000 of them, each for a minute. */
static void names_that_never_come_back_are_forgotten(void **state) {
  (void)state;
  enum { FRAMES = 10000, NEW = 10 };
  host_t host = host_begin();
  size_t early = 0;
  for (int i = 0; i < FRAMES; i++) {
    double now = 60 * i;
    put_every(&host, "c-eth0/if_octets", now, 60, 6000.0 * i, now);
    put_every(&host, "g-stays/gauge", now, 60, 1, now);
    for (int j = 0; j < NEW; j++) {
      char name[64];
      snprintf(name, sizeof(name), "g-veth%d/gauge", i * NEW + j);
      put_every(&host, name, now, 60, 1, now);
    }
    tick(&host, now + 59);
    if (i == 200)
      early = mallinfo2().uordblks;
    seen_t seen;
    while (take(&host, &seen))
      /* those that have gone count for another interval */
      if (seen.ts > 120 &&
          (seen.values[0] < 1 + NEW || seen.values[0] > 1 + 3 * NEW ||
           seen.values[1] != 200))
        fail_msg("at %g: %g %g", seen.ts, seen.values[0], seen.values[1]);
  }
  size_t late = mallinfo2().uordblks;
  /* The cache of series fills up; one host's memory does not grow. */
  series_cache_destroy(host.series);
  host.series = NULL;
  size_t host_alone = mallinfo2().uordblks;
  assert_true(late >= host_alone);
  assert_true(host_alone <= early + 65536);
  assert_int_equal(frames_late(host.frames), 0);
  host_end(&host);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_queue_is_bounded),
      cmocka_unit_test(series_are_bounded),
      cmocka_unit_test(a_number_that_another_has),
      cmocka_unit_test(names_that_never_come_back_are_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

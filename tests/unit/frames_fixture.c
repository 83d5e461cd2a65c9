/* SPDX-License-Identifier: MIT */
/* The frames of one host and one detector: see the header. */
#include "tests/unit/frames_fixture.h"

/* A feature of gauges, and one of counters. */
#define OPTIONS                                                                \
  "<Detector \"d\">\n"                                                         \
  "<Feature \"g\">\nPlugin \"g\"\nAggregate \"sum\"\n</Feature>\n"             \
  "<Feature \"c\">\nPlugin \"c\"\nAggregate \"sum\"\n</Feature>\n"             \
  "</Detector>\n"

host_t host_begin(void) {
  host_t host = {.options = options_create()};
  oconfig_item_t *block = fake_config(OPTIONS);
  assert_int_equal(options_read(host.options, block), 0);
  fake_config_free(block);
  host.series = series_cache_create(host.options);
  host.frames = frames_create(host.options->detectors);
  assert_non_null(host.series);
  assert_non_null(host.frames);
  return host;
}

void host_end(host_t *host) {
  frames_destroy(host->frames);
  series_cache_destroy(host->series);
  options_destroy(host->options);
  fake_reset();
}

int put_list(host_t *host, const fake_list_t *list, double now) {
  const series_t *s = series_find(host->series, list->ds, &list->vl);
  assert_non_null(s);
  assert_true(s->uses_num > 0);
  const reading_t reading = series_reading(s, &list->vl);
  return frames_write(host->frames, &reading, DOUBLE_TO_CDTIME_T(START + now));
}

void put_every(host_t *host, const char *identifier, double time,
               double interval, double number, double now) {
  char full[600];
  fake_list_t list;
  snprintf(full, sizeof(full), "h/%s", identifier);
  fake_list(&list, full, START + time, interval,
            (double[]){number, number, number});
  assert_int_equal(put_list(host, &list, now), 0);
}

void put(host_t *host, const char *identifier, double time, double number) {
  put_every(host, identifier, time, 10, number, time);
}

void tick(host_t *host, double now) {
  frames_tick(host->frames, DOUBLE_TO_CDTIME_T(START + now));
}

bool take(host_t *host, seen_t *seen) {
  frame_t frame = {0};
  seen->clock_set = false;
  if (frames_peek(host->frames, &frame, &seen->clock_set) != 0)
    return false;
  seen->ts = (double)frame.ts / 1000 - START;
  seen->interval = (double)frame.interval / 1000;
  memcpy(seen->values, frame.values, sizeof(seen->values));
  frames_pop(host->frames);
  return true;
}

bool same(double a, double b) { return (isnan(a) && isnan(b)) || a == b; }

bool close_to(double a, double b) {
  return same(a, b) || fabs(a - b) <= 1e-12 * fabs(b);
}

void expect_frames_at(host_t *host, const seen_t *expected, const char *file,
                      int line) {
  seen_t seen;
  for (; expected->ts >= 0; expected++) {
    double interval = expected->interval == 0 ? 10 : expected->interval;
    if (!take(host, &seen))
      fail_msg("%s:%d: no frame at %g", file, line, expected->ts);
    if (seen.ts != expected->ts || seen.interval != interval ||
        seen.clock_set != expected->clock_set ||
        !same(seen.values[0], expected->values[0]) ||
        !same(seen.values[1], expected->values[1]))
      fail_msg("%s:%d: at %g (%g s)%s %g %g, not at %g (%g s)%s %g %g", file,
               line, seen.ts, seen.interval, seen.clock_set ? " clock set" : "",
               seen.values[0], seen.values[1], expected->ts, interval,
               expected->clock_set ? " clock set" : "", expected->values[0],
               expected->values[1]);
  }
  if (take(host, &seen))
    fail_msg("%s:%d: one more frame at %g", file, line, seen.ts);
}

void skip_frames(host_t *host) {
  seen_t seen;
  while (take(host, &seen))
    ;
}

host_t host_with_two(void) {
  host_t host = host_begin();
  put(&host, "g/gauge-a", 1, 1);
  put(&host, "g/gauge-b", 1, 2);
  tick(&host, 16);
  expect_frames(&host, {.ts = 0, .values = G(3)});
  return host;
}

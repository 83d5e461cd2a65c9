/* SPDX-License-Identifier: MIT */
#include "tests/unit/intake_fixture.h"

fixture_t begin(const char *text) {
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

void end(fixture_t *f) {
  intake_destroy(f->intake);
  options_destroy(f->options);
  free(f->judged);
  fake_reset();
}

int write_list(fixture_t *f, const fake_list_t *list, double now) {
  return intake_write(f->intake, list->ds, &list->vl,
                      DOUBLE_TO_CDTIME_T(START + now));
}

int put_at(fixture_t *f, const char *identifier, double time, double number,
           double now) {
  fake_list_t list;
  fake_list(&list, identifier, START + time, 10,
            (double[]){number, number, number});
  return write_list(f, &list, now);
}

void put(fixture_t *f, const char *identifier, double time, double number) {
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

void drop(void *user, stream_t *stream) {
  fixture_t *f = user;
  assert_non_null(stream->host);
  f->dropped++;
}

void read_at(fixture_t *f, double now) {
  intake_read(f->intake, DOUBLE_TO_CDTIME_T(START + now), judge, drop, f);
}

intake_stats_t stats_of(fixture_t *f) {
  intake_stats_t stats = {0};
  intake_stats(f->intake, &stats);
  return stats;
}

double newest(const fixture_t *f, int feature) {
  assert_true(f->judged_num > 0);
  return f->judged[f->judged_num - 1].values[feature];
}

bool near(double a, double b) {
  return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

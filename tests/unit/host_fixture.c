/* SPDX-License-Identifier: MIT */
#include "tests/unit/host_fixture.h"

#include <math.h>

host_t start(uint64_t seed, int64_t interval) {
  host_t host = {.detector = DETECTOR_INIT,
                 .series = {.random = {seed}, .interval = interval}};
  host.detector.features = series_features;
  host.detector.features_num = SERIES_FEATURES;
  host.detector.seed = seed;
  return host;
}

void stop(host_t *host) { model_destroy(host->model); }

/* Checks what holds of every verdict. */
static void check(const host_t *host) {
  const verdict_t *verdict = &host->verdict;
  suspect_t suspects[DETECTOR_FEATURES_MAX];
  size_t n = model_explain(host->model, suspects);
  if (isnan(verdict->score)) {
    assert_true(isnan(verdict->threshold) && !verdict->flagged && n == 0);
    return;
  }
  assert_true(verdict->score >= 0 && verdict->score <= 1);
  assert_true(verdict->threshold >= 0 && verdict->threshold <= 1);
  assert_true(!verdict->flagged ||
              (verdict->score > verdict->threshold && n > 0));
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    assert_true(suspects[i].share > 0);
    assert_true(i == 0 || suspects[i].share <= suspects[i - 1].share);
    sum += suspects[i].share;
  }
  assert_true(n == 0 || fabs(sum - 1) < 1e-9);
}

void judge(host_t *host, const frame_t *frame) {
  if (host->model == NULL)
    host->model = model_create(&host->detector);
  assert_int_equal(model_step(host->model, frame, &host->verdict), 0);
  check(host);
  host->flagged += host->verdict.flagged;
  host->closed += host->verdict.run_state == RUN_CLOSED;
  if (host->verdict.run_state == RUN_OPENED) {
    host->opened++;
    model_explain(host->model, host->suspects);
  }
}

void run(host_t *host, size_t frames) {
  for (size_t i = 0; i < frames; i++) {
    frame_t frame = series_next(&host->series);
    judge(host, &frame);
  }
}

void run_with(host_t *host, size_t frames, size_t feature, double value) {
  for (size_t i = 0; i < frames; i++) {
    frame_t frame = series_next(&host->series);
    host->series.values[feature] = value;
    judge(host, &frame);
  }
}

void recount(host_t *host) { host->flagged = host->opened = host->closed = 0; }

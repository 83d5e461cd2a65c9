/* SPDX-License-Identifier: MIT */
#include "tests/unit/judge_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int setup(void **state) {
  rig_t *rig = calloc(1, sizeof(*rig));
  assert_non_null(rig);
  fake_reset();
  setenv("TZ", "UTC", 1);
  tzset();
  *state = rig;
  return 0;
}

int teardown(void **state) {
  rig_t *rig = *state;
  fake_reset();
  if (rig->judge != NULL)
    return 0; /* the test has failed, and threads are at work */
  rig_free(rig);
  free(rig);
  return 0;
}

void begin(rig_t *rig, const char *options) {
  if (rig->options == NULL)
    rig_begin(rig, options);
  else
    rig_begin_again(rig, options);
}

void read_at(rig_t *rig, double now) {
  judge_read(rig->judge, DOUBLE_TO_CDTIME_T(START + now));
}

size_t scores(void) {
  size_t num = 0;
  for (size_t i = 0; i < fake_values_num(); i++)
    num += strcmp(fake_value(i)->name, "anomaly-d/gauge-score") == 0;
  return num;
}

void read_until(rig_t *rig, double now, size_t num) {
  for (int i = 0; i < PATIENCE && scores() < num; i++) {
    read_at(rig, now);
    rig_nap();
  }
  assert_int_equal(scores(), num);
}

size_t told(rig_t *rig) {
  rig_wait_told(rig);
  return fake_notifications_num();
}

size_t told_of(rig_t *rig, int severity) {
  rig_wait_told(rig);
  return fake_notifications_of(severity);
}

double usual(int i) { return 50 + 10 * sin(i * 1.7) * cos(i * 0.31); }

void put(rig_t *rig, const char *host, double time, double number) {
  char name[64];
  fake_list_t list;
  snprintf(name, sizeof(name), "%s/g/gauge", host);
  fake_list(&list, name, START + time, 10, (double[]){number});
  assert_int_equal(intake_write(rig->intake, list.ds, &list.vl,
                                DOUBLE_TO_CDTIME_T(START + time)),
                   0);
}

void run(rig_t *rig, const char *host, int first, int end, double shift) {
  for (int i = first; i < end; i++) {
    put(rig, host, 10 * i, usual(i) + shift);
    read_at(rig, 10 * i + 1);
  }
}

void run_first(rig_t *rig, const char *host, int first, int end) {
  put(rig, host, 10 * first, usual(first));
  size_t before = scores();
  read_until(rig, 10 * first + 16, before + 1);
  run(rig, host, first + 1, end, 0);
  assert_int_equal(scores(), before + (size_t)(end - first));
}

int run_until_closed(rig_t *rig, const char *host, int first) {
  size_t before = told_of(rig, NOTIF_OKAY);
  int i = first;
  while (i < first + 1000 && told_of(rig, NOTIF_OKAY) == before) {
    run(rig, host, i, i + 1, 0);
    i++;
  }
  assert_int_equal(told_of(rig, NOTIF_OKAY), before + 1);
  return i;
}

/* SPDX-License-Identifier: MIT */
/* test_aggregate.c -- groups of rates become features */
#include "plugin/features/aggregate.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
  const char *instance; /* "+" before it: counts for the whole alone; NULL ends
                           a list */
  double rate;
} rate_t;

/* One frame of one selection's rates. */
static double frame(aggregate_set_t *set, const rate_t *rates) {
  double value = -1;
  aggregate_begin(set);
  for (; rates->instance != NULL; rates++) {
    uint32_t group = 0;
    bool other = rates->instance[0] == '+';
    assert_int_equal(aggregate_group(set, 0, rates->instance + other, &group),
                     0);
    aggregate_add(set, group, !other, rates->rate);
  }
  aggregate_end(set, &value);
  return value;
}

static detector_options_t one_feature(selection_t *selections, size_t num) {
  return (detector_options_t){.detector = {.features_num = 1},
                              .selections = selections,
                              .selections_num = num};
}

static void makes_one_number(void **state) {
  (void)state;
  static const struct {
    aggregate_t aggregate;
    bool percent, invert;
    rate_t rates[6];
    double expected; /* NaN: none */
  } rows[] = {
      {AGGREGATE_SUM, .rates = {{"a", 1}, {"b", 2}, {"b", 3}}, .expected = 6},
      /* a group is one number, however many sources it has */
      {AGGREGATE_AVERAGE, .rates = {{"a", 1}, {"b", 2}, {"b", 3}},
       .expected = 3},
      {AGGREGATE_MIN, .rates = {{"a", 1}, {"b", 2}, {"b", 3}}, .expected = 1},
      {AGGREGATE_MAX, .rates = {{"a", 1}, {"b", 2}, {"b", 3}}, .expected = 5},
      {AGGREGATE_MIN, .rates = {{"a", -1}, {"b", -2}}, .expected = -2},
      {AGGREGATE_MAX, .rates = {{"a", -1}, {"b", -2}}, .expected = -1},
      {AGGREGATE_SUM, .invert = true, .rates = {{"a", 30}, {"b", 20}},
       .expected = 50},
      {AGGREGATE_SUM, .rates = {{"a", 0}}, .expected = 0},
      {AGGREGATE_SUM, .expected = NAN},
      {AGGREGATE_SUM, .invert = true, .expected = NAN},
      /* only the rest of the whole */
      {AGGREGATE_SUM, true, .rates = {{"+a", 5}}, .expected = NAN},
      {AGGREGATE_SUM, true, .rates = {{"a", 1}, {"+a", 3}}, .expected = 25},
      {AGGREGATE_SUM, true, true, {{"a", 1}, {"+a", 3}}, 75},
      /* a share of sums against an average of shares */
      {AGGREGATE_SUM, true,
       .rates = {{"a", 1}, {"+a", 3}, {"b", 60}, {"+b", 36}}, .expected = 61},
      {AGGREGATE_AVERAGE, true,
       .rates = {{"a", 1}, {"+a", 3}, {"b", 60}, {"+b", 20}}, .expected = 50},
      {AGGREGATE_MIN, true,
       .rates = {{"a", 1}, {"+a", 3}, {"b", 60}, {"+b", 20}}, .expected = 25},
      {AGGREGATE_MAX, true,
       .rates = {{"a", 1}, {"+a", 3}, {"b", 60}, {"+b", 20}}, .expected = 75},
      /* nothing happened: no share */
      {AGGREGATE_SUM, true, .rates = {{"a", 0}, {"+a", 0}}, .expected = NAN},
      {AGGREGATE_AVERAGE, true,
       .rates = {{"a", 0}, {"+a", 0}, {"b", 1}, {"+b", 1}}, .expected = 50},
      /* a whole below 0 has no shares */
      {AGGREGATE_SUM, true, .rates = {{"a", 1}, {"+a", -3}}, .expected = NAN},
      /* neither overflow nor underflow */
      {AGGREGATE_SUM, .rates = {{"a", 1e308}, {"b", 1e308}}, .expected = NAN},
      {AGGREGATE_SUM, true, .rates = {{"a", 1e308}, {"+a", 0}},
       .expected = 100},
      {AGGREGATE_SUM, true, .rates = {{"a", 1e307}, {"b", 3e307}, {"b", 0}},
       .expected = 100},
      {AGGREGATE_SUM, true, .rates = {{"a", DBL_MIN}, {"+a", DBL_MIN}},
       .expected = 50},
      {AGGREGATE_SUM, .rates = {{"a", 4e-320}, {"b", 4e-320}},
       .expected = 8e-320},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    selection_t selection = {.aggregate = rows[i].aggregate,
                             .percent = rows[i].percent,
                             .invert = rows[i].invert};
    detector_options_t options = one_feature(&selection, 1);
    aggregate_set_t *set = aggregate_set_create(&options);
    double value = frame(set, rows[i].rates), expected = rows[i].expected;
    if (isnan(expected) ? !isnan(value) : !(value == expected))
      fail_msg("row %zu: %g, not %g", i, value, expected);
    aggregate_set_destroy(set);
  }
}

/* What was in a frame before does not matter. */
static void frames_begin_anew(void **state) {
  (void)state;
  selection_t selection = {.aggregate = AGGREGATE_SUM};
  detector_options_t options = one_feature(&selection, 1);
  aggregate_set_t *set = aggregate_set_create(&options);
  assert_true(frame(set, (rate_t[]){{"a", 1}, {"b", 2}, {NULL, 0}}) == 3);
  assert_true(frame(set, (rate_t[]){{"b", 2}, {NULL, 0}}) == 2);
  assert_true(isnan(frame(set, (rate_t[]){{NULL, 0}})));
  assert_true(frame(set, (rate_t[]){{"a", 7}, {NULL, 0}}) == 7);
  aggregate_set_destroy(set);
}

static void the_first_alternative_with_a_number_wins(void **state) {
  (void)state;
  selection_t selections[] = {
      {.feature = 0, .aggregate = AGGREGATE_SUM},
      {.feature = 1, .aggregate = AGGREGATE_SUM},
      {.feature = 0, .aggregate = AGGREGATE_SUM},
  };
  detector_options_t options = one_feature(selections, 3);
  options.detector.features_num = 2;
  aggregate_set_t *set = aggregate_set_create(&options);
  uint32_t groups[3];
  for (uint32_t i = 0; i < 3; i++)
    assert_int_equal(aggregate_group(set, i, "a", &groups[i]), 0);
  double values[2];
  aggregate_begin(set);
  aggregate_add(set, groups[0], true, 10);
  aggregate_add(set, groups[2], true, 30);
  aggregate_end(set, values);
  assert_true(values[0] == 10 && isnan(values[1]));
  aggregate_begin(set);
  aggregate_add(set, groups[1], true, 20);
  aggregate_add(set, groups[2], true, 30);
  aggregate_end(set, values);
  assert_true(values[0] == 30 && values[1] == 20);
  aggregate_set_destroy(set);
}

/* A full image counts for nothing, a file system that fills up does. */
static void never_had_any(void **state) {
  (void)state;
  selection_t selection = {.aggregate = AGGREGATE_SUM,
                           .percent = true,
                           .invert = true,
                           .ignore_zero = true};
  detector_options_t options = one_feature(&selection, 1);
  aggregate_set_t *set = aggregate_set_create(&options);
  assert_true(
      isnan(frame(set, (rate_t[]){{"iso", 0}, {"+iso", 9}, {NULL, 0}})));
  assert_true(frame(set, (rate_t[]){{"iso", 0},
                                    {"+iso", 900},
                                    {"root", 3},
                                    {"+root", 1},
                                    {NULL, 0}}) == 25);
  assert_true(frame(set, (rate_t[]){{"iso", 0},
                                    {"+iso", 900},
                                    {"root", 0},
                                    {"+root", 4},
                                    {NULL, 0}}) == 100);
  aggregate_set_destroy(set);
}

/* Groups that are not kept go, time and again, and the others stay. */
static void forgets_what_is_not_kept(void **state) {
  (void)state;
  selection_t selection = {.aggregate = AGGREGATE_SUM};
  detector_options_t options = one_feature(&selection, 1);
  aggregate_set_t *set = aggregate_set_create(&options);
  uint32_t stays = 0, group = 0;
  assert_int_equal(aggregate_group(set, 0, "stays", &stays), 0);
  for (int round = 0; round < 100; round++) {
    char name[32];
    for (int i = 0; i < 3; i++) {
      snprintf(name, sizeof(name), "veth%d-%d", round, i);
      assert_int_equal(aggregate_group(set, 0, name, &group), 0);
      assert_in_range(group, 0, 5); /* numbers are given anew */
    }
    /* the last and the one that stays, in this order */
    aggregate_keep_none(set);
    aggregate_keep(set, group);
    aggregate_keep(set, stays);
    aggregate_compact(set);
    group = aggregate_moved(set, group);
    stays = aggregate_moved(set, stays);
    assert_int_not_equal(group, stays);
    uint32_t found = 0;
    assert_int_equal(aggregate_group(set, 0, "stays", &found), 0);
    assert_int_equal(found, stays);
    assert_int_equal(aggregate_group(set, 0, name, &found), 0);
    assert_int_equal(found, group);
  }
  aggregate_set_destroy(set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(makes_one_number),
      cmocka_unit_test(frames_begin_anew),
      cmocka_unit_test(the_first_alternative_with_a_number_wins),
      cmocka_unit_test(never_had_any),
      cmocka_unit_test(forgets_what_is_not_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

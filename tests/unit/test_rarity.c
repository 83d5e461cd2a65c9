/* SPDX-License-Identifier: MIT */
#include "plugin/detector/fixed.h"
#include "plugin/detector/random.h"
#include "plugin/detector/rarity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS 10000

/* Against the share that is as large, counted: residuals uniform in 0..10. */
static void test_counted(void **state) {
  (void)state;
  random_t random = {1};
  rarity_t *rarity = rarity_create(1);
  static int16_t all[ROWS];
  for (size_t i = 0; i < ROWS; i++) {
    all[i] = fixed_from(20 * random_unit(&random) - 10);
    rarity_learn(rarity, &all[i], 1e9);
  }
  for (double r = 0.5; r < 10; r += 0.5) {
    int16_t probe = fixed_from(-r);
    size_t larger = 0;
    for (size_t i = 0; i < ROWS; i++)
      larger += abs(all[i]) >= abs(probe);
    float found = -1;
    double squares = rarity_judge(rarity, &probe, &found);
    double expected = -log((double)larger / ROWS);
    assert_true(fabs((double)found - expected) < 0.15 + 0.1 * expected);
    assert_true(fabs(squares - (double)found * (double)found) < 1e-3);
  }
  /* Larger than all: one in twice the rows. */
  int16_t probe = fixed_from(25);
  float found = 0;
  rarity_judge(rarity, &probe, &found);
  assert_true(fabs((double)found - log(2.0 * ROWS)) < 0.1);
  rarity_destroy(rarity);
}

/* A small residual is no sensation in a column that never moved. */
static void test_small(void **state) {
  (void)state;
  rarity_t *rarity = rarity_create(1);
  int16_t zero = 0, small = fixed_from(0.3), large = fixed_from(10);
  for (size_t i = 0; i < ROWS; i++)
    rarity_learn(rarity, &zero, 1e9);
  float found = 0;
  rarity_judge(rarity, &zero, &found);
  assert_true(found < 0.1f);
  rarity_judge(rarity, &small, &found);
  assert_true(found > 1 && found < 3.1f);
  rarity_judge(rarity, &large, &found);
  assert_true(found > 9);
  rarity_destroy(rarity);
}

/* What was usual a few windows ago is forgotten, over millions of rows too. */
static void test_forgotten(void **state) {
  (void)state;
  rarity_t *rarity = rarity_create(1);
  int16_t large = fixed_from(10), one = fixed_from(1);
  float before = 0, after = 0;
  for (size_t i = 0; i < 1000; i++)
    rarity_learn(rarity, &large, 100);
  rarity_judge(rarity, &large, &before);
  for (size_t i = 0; i < 3000; i++)
    rarity_learn(rarity, &one, 100);
  rarity_judge(rarity, &large, &after);
  assert_true(before < 1 && after > 4);
  rarity_destroy(rarity);
}

/* What is as usual as ever is as rare as ever, also when weights have grown so
 * large that all are scaled down. */
static void test_steady(void **state) {
  (void)state;
  rarity_t *rarity = rarity_create(1);
  int16_t residuals[] = {fixed_from(1), fixed_from(10)};
  float first = NAN, found = 0;
  for (size_t i = 0; i < 10000; i++) {
    rarity_learn(rarity, &residuals[i % 2], 100);
    if (i < 1000)
      continue;
    rarity_judge(rarity, &residuals[1], &found);
    if (isnan(first))
      first = found;
    assert_true(fabsf(found - first) < 0.05f);
  }
  assert_true(first > 0.5f && first < 2);
  rarity_destroy(rarity);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_counted), cmocka_unit_test(test_small),
      cmocka_unit_test(test_steady), cmocka_unit_test(test_forgotten)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "plugin/detector/explain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const detector_feature_t features[] = {
    {"cpu", "%", 0},        {"errors", "/s", 0},  {"network", "B/s", 0},
    {"jobs", "", 0},        {"latency", "ms", 0}, {"clock", "Hz", 0},
    {"calls", "calls/s", 0}};
static const detector_t detector = {.features = features, .features_num = 7};

static void test_sentences(void **state) {
  (void)state;
  static const struct {
    suspect_t suspects[3];
    size_t n;
    const char *expected;
  } cases[] = {
      {.n = 0, .expected = ""},
      {{{0, 1, 97.12, 12, 43.4}}, 1, "cpu 97.1 %, usual 12 to 43.4 %"},
      {{{0, 0.7, 97.1, 12, 43}, {1, 0.3, 31, 0, 1}},
       2,
       "cpu 97.1 %, usual 12 to 43 %; errors 31/s, usual 0 to 1/s"},
      {{{0, 0.97, 97.1, 12, 43}, {1, 0.03, 0, 0, 1}},
       2,
       "cpu 97.1 %, usual 12 to 43 %"},
      {{{0, 0.01, 97.1, 12, 43}}, 1, "cpu 97.1 %, usual 12 to 43 %"},
      {{{0, 1, NAN, 12, 43}}, 1, "cpu has fallen silent, usual 12 to 43 %"},
      {{{3, 1, 5, NAN, NAN}}, 1, "jobs 5"},
      {{{3, 1, 5, 2, 2}}, 1, "jobs 5, usual 2"},
      {{{2, 1, 1234567, 900, 20000}},
       1,
       "network 1.23 MB/s, usual 0.9 to 20 kB/s"},
      {{{2, 1, 1e12, 0.001, 1e9}},
       1,
       "network 1 TB/s, usual 0.001 B/s to 1 GB/s"},
      {{{2, 1, NAN, 9962089, 17500000}},
       1,
       "network has fallen silent, usual 9.96 to 17.5 MB/s"},
      {{{0, 0.6, 20, 12, 43}, {1, 0.2, 0, 0, 1}, {2, 0.2, 50, 5, 40}},
       3,
       "cpu 20 %, within its usual 12 to 43 %; network 50 B/s, usual 5 to 40 "
       "B/s"},
      {{{3, 1, 2, 2, 2}}, 1, "jobs 2, within its usual 2"},
      /* one prefix where that reads well */
      {{{2, 1, 950e6, 1.1e9, 1.5e9}},
       1,
       "network 0.95 GB/s, usual 1.1 to 1.5 GB/s"},
      {{{2, 1, 12e6, 1.1e9, 1.5e9}},
       1,
       "network 12 MB/s, usual 1.1 to 1.5 GB/s"},
      {{{2, 1, 0, 1.1e9, 1.5e9}}, 1, "network 0 GB/s, usual 1.1 to 1.5 GB/s"},
      {{{2, 1, 4e9, 367, 604}}, 1, "network 4 GB/s, usual 367 to 604 B/s"},
      {{{5, 1, 4e9, 1e9, 2.5e9}}, 1, "clock 4 GHz, usual 1 to 2.5 GHz"},
      /* nobody speaks of kms */
      {{{4, 1, 5200, 104, 1320}}, 1, "latency 5200 ms, usual 104 to 1320 ms"},
      {{{6, 1, 51900, 1070, 1300}},
       1,
       "calls 51900 calls/s, usual 1070 to 1300 calls/s"},
      /* what is outside looks so */
      {{{0, 1, 100.4, 100, 100}}, 1, "cpu 100.4 %, usual 100 %"},
      {{{0, 1, 30.44, 30.36, 30.42}}, 1, "cpu 30.44 %, usual 30.36 to 30.42 %"},
      {{{3, 1, 1000.4, 1000, 1000}}, 1, "jobs 1000.4, usual 1000.0"},
      {{{3, 1, 30.05, 30.05f, 30.05f}}, 1, "jobs 30, within its usual 30"},
      {{{3, 1, 999.7, 1, 2}}, 1, "jobs 1000, usual 1 to 2"},
      {{{3, 1, -0.5, -999.6, -998.9}}, 1, "jobs -0.5, usual -1000 to -999"},
      {{{3, 1, 1e300, 1, 2}}, 1, "jobs 1e+300, usual 1 to 2"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char buffer[200];
    size_t length = explain_sentence(&detector, cases[i].suspects, cases[i].n,
                                     buffer, sizeof(buffer));
    assert_string_equal(buffer, cases[i].expected);
    assert_int_equal(length, strlen(buffer));
  }
}

/* Whole suspects or none, and never a byte too many. */
static void test_every_size(void **state) {
  (void)state;
  static const suspect_t suspects[] = {{0, 0.7, 97.1, 12, 43},
                                       {1, 0.3, 31, 0, 1}};
  static const char both[] =
      "cpu 97.1 %, usual 12 to 43 %; errors 31/s, usual 0 to 1/s";
  static const char first[] = "cpu 97.1 %, usual 12 to 43 %";
  for (size_t size = 1; size < sizeof(both) + 2; size++) {
    char buffer[100];
    memset(buffer, '#', sizeof(buffer));
    explain_sentence(&detector, suspects, 2, buffer, size);
    assert_string_equal(buffer, size >= sizeof(both)    ? both
                                : size >= sizeof(first) ? first
                                                        : "");
    assert_true(buffer[size] == '#');
  }
  assert_int_equal(explain_sentence(&detector, suspects, 2, NULL, 0), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentences),
                                     cmocka_unit_test(test_every_size)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

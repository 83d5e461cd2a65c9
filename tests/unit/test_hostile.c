/* SPDX-License-Identifier: MIT */
/*
 * test_hostile.c -- hosts that send anything, from the intake to the file
 *
 * Two honest hosts live among some hundred hostile ones. Whatever these send,
 * all that is dispatched and notified of the honest ones is the same as without
 * them, bit for bit; every score is one, every name in the file is text, and
 * memory is bounded. ANOMALY_SEEDS says how many random streams (default: 3).
 */
#include "plugin/storage/utf8.h"
#include "tests/unit/rig.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <sqlite3.h>

#define START 1699999200.0
#define YEAR 31557600.0
#define INTERVAL 10
#define FRAMES 200
#define HONEST 2

static const char *const honest[HONEST] = {"honest", "honest-too"};

/* Light and soon warm, for the number of hosts. */
#define LIGHT                                                                  \
  "<Detector \"system\">\nWarmUp 300\nWindow 3600\nTrees 20\n"                 \
  "SampleSize 64\nFalseAlarms 5\n</Detector>\n"

/* --- random numbers, the same everywhere --- */

static uint64_t state_;

static uint64_t any_bits(void) { /* splitmix64 */
  uint64_t z = (state_ += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static size_t below(size_t n) { return (size_t)(any_bits() % n); }

static double any_double(void) {
  static const double numbers[] = {
      0,       -0.0,    NAN,      INFINITY, -INFINITY,  1e308, -1e308,
      DBL_MAX, DBL_MIN, 4.9e-324, 1e18,     4294967295, -1,    100};
  size_t choice = below(STATIC_ARRAY_SIZE(numbers) + 2);
  double number = 0;
  uint64_t bits = any_bits();
  memcpy(&number, &bits, sizeof(number)); /* any of them */
  return choice < STATIC_ARRAY_SIZE(numbers) ? numbers[choice] : number;
}

/* --- hosts --- */

static void put_list(rig_t *p, const fake_list_t *list, double now) {
  int status = intake_write(p->intake, list->ds, &list->vl,
                            DOUBLE_TO_CDTIME_T(START + now));
  assert_true(status == 0 || status == EUSERS || status == E2BIG);
}

static void be_honest(rig_t *p, int i) {
  for (unsigned j = 0; j < HONEST; j++) {
    uint64_t kept = state_;
    state_ = 1000 * (uint64_t)i + j;
    double busy = i / 3 == 40 ? 900 : (double)below(50);
    const struct {
      const char *name;
      double number;
    } values[] = {
        {"cpu-0/percent-idle", 95 - busy / 10},
        {"cpu-0/percent-user", 5 + busy / 10},
        {"memory/memory-used", 1e9 + 1e6 * (double)below(40) + j},
        {"memory/memory-free", 3e9},
        {"df-root/df_complex-free", 1e10 - 1e6 * i},
        {"df-root/df_complex-used", 1e10},
        {"interface-eth0/if_octets", 1e5 * i + (double)below(1000)},
    };
    for (size_t k = 0; k < STATIC_ARRAY_SIZE(values); k++) {
      char name[96];
      fake_list_t list;
      snprintf(name, sizeof(name), "%s/%s", honest[j], values[k].name);
      fake_list(&list, name, START + INTERVAL * i + 1, INTERVAL,
                (double[]){values[k].number, values[k].number});
      put_list(p, &list, INTERVAL * i + 1);
    }
    state_ = kept;
  }
}

/* Their numbers, their clocks and their intervals; each of them with each of
 * the names. */
enum {
  NOT_A_NUMBER,
  INFINITE,
  DENORMAL,
  HUGE_NUMBERS,
  HUGE_BOTH_WAYS,
  RESETS,
  WRAPS,
  A_YEAR_BACK,
  A_YEAR_AHEAD,
  NO_INTERVAL,
  NEGATIVE_INTERVAL,
  ABSURD_INTERVAL,
  ANYTHING,
  KINDS
};

static const char *const names[] = {
    "'; DROP TABLE runs; --",
    "\"quoted\" and \\back\\",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "b\303\274cher.example.org",
    "latin1-\374\337",
    "cut-\342\202",
    "\355\240\200\364\220\200\200",
    "%FF%00",
    "line\nfeed\ttab\001\177",
    " ",
    ("long-"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
};

static double number_of(size_t kind, int i) {
  switch (kind) {
  case NOT_A_NUMBER:
    return i % 7 == 0 ? 1 : NAN;
  case INFINITE:
    return i % 2 == 0 ? INFINITY : -INFINITY;
  case DENORMAL:
    return 4.9e-324 * (double)below(5);
  case HUGE_NUMBERS:
    return 1e308 * (1 + 0.1 * (double)below(5));
  case HUGE_BOTH_WAYS:
    return i % 2 == 0 ? DBL_MAX : -DBL_MAX;
  case ANYTHING:
    return any_double();
  default:
    return (double)below(100);
  }
}

static uint64_t counter_of(size_t kind, int i) {
  switch (kind) {
  case RESETS:
    return UINT64_C(1) << (i % 64);
  case WRAPS:
    return (i % 2 == 0 ? UINT32_MAX : UINT64_MAX) - below(3) + (size_t)i % 5;
  case ANYTHING:
    return any_bits();
  default:
    return 1000 * (uint64_t)i;
  }
}

static cdtime_t time_of(size_t kind, int i) {
  double time = START + INTERVAL * i;
  if (kind == A_YEAR_BACK && i >= 40 && i < 90)
    time -= YEAR;
  if (kind == A_YEAR_AHEAD && i >= 40 && i < 90)
    time += YEAR;
  if (kind == ANYTHING && below(4) == 0)
    return (cdtime_t)any_bits();
  return DOUBLE_TO_CDTIME_T(time);
}

static cdtime_t interval_of(size_t kind) {
  static const cdtime_t absurd[] = {1, 1 << 20, UINT64_C(1) << 62, UINT64_MAX};
  switch (kind) {
  case NO_INTERVAL:
    return 0;
  case NEGATIVE_INTERVAL:
    return (cdtime_t)-DOUBLE_TO_CDTIME_T(10);
  case ABSURD_INTERVAL:
    return absurd[below(STATIC_ARRAY_SIZE(absurd))];
  default:
    return kind == ANYTHING ? (cdtime_t)any_bits()
                            : DOUBLE_TO_CDTIME_T(INTERVAL);
  }
}

static void any_text(char text[DATA_MAX_NAME_LEN]) {
  size_t length = below(DATA_MAX_NAME_LEN);
  for (size_t i = 0; i < length; i++)
    text[i] = (char)(1 + below(255));
  text[length] = '\0';
}

static void be_hostile(rig_t *p, int i) {
  static const char *const series[] = {
      "h/cpu-0/percent-idle",      "h/memory/memory-used",
      "h/memory/memory-free",      "h/df-root/df_complex-free",
      "h/df-root/df_complex-used", "h/interface-eth0/if_octets",
      "h/interface-eth0/if_errors"};
  for (size_t kind = 0; kind < KINDS; kind++)
    for (size_t j = 0; j < STATIC_ARRAY_SIZE(names); j++) {
      fake_list_t list;
      fake_list(&list, series[below(STATIC_ARRAY_SIZE(series))], 0, INTERVAL,
                (double[]){0, 0, 0});
      for (size_t k = 0; k < list.ds->ds_num; k++)
        if (list.ds->ds[k].type == DS_TYPE_GAUGE)
          list.values[k].gauge = number_of(kind, i);
        else
          list.values[k].counter = counter_of(kind, i);
      list.vl.time = time_of(kind, i);
      list.vl.interval = interval_of(kind);
      snprintf(list.vl.host, sizeof(list.vl.host), "%zu%s", kind, names[j]);
      if (kind == ANYTHING && below(2) == 0)
        any_text(list.vl.plugin_instance);
      if (kind == ANYTHING && below(2) == 0)
        any_text(list.vl.type_instance);
      if (kind == ANYTHING && below(20) == 0)
        any_text(list.vl.host);
      put_list(p, &list, INTERVAL * i + 2);
    }
}

/* --- what is told of the honest --- */

typedef struct {
  fake_value_t *values;
  size_t values_num;
  notification_t *notifications;
  size_t notifications_num;
} told_t;

/* Host by host, each in its order: that of hosts in a read is no matter. */
static told_t told(void) {
  told_t t = {.values = calloc(fake_values_num() + 1, sizeof(*t.values)),
              .notifications = calloc(fake_notifications_num() + 1,
                                      sizeof(*t.notifications))};
  assert_non_null(t.values);
  assert_non_null(t.notifications);
  for (size_t host = 0; host < HONEST; host++) {
    for (size_t i = 0; i < fake_values_num(); i++)
      if (strcmp(fake_value(i)->host, honest[host]) == 0)
        t.values[t.values_num++] = *fake_value(i);
    for (size_t i = 0; i < fake_notifications_num(); i++)
      if (strcmp(fake_notification(i)->host, honest[host]) == 0)
        t.notifications[t.notifications_num++] = *fake_notification(i);
  }
  return t;
}

static void forget_told(told_t *t) {
  free(t->values);
  free(t->notifications);
}

static void expect_the_same(const told_t *t, const told_t *expected,
                            unsigned seed) {
  if (t->values_num != expected->values_num ||
      t->notifications_num != expected->notifications_num)
    fail_msg("seed %u: %zu values and %zu notifications, not %zu and %zu", seed,
             t->values_num, t->notifications_num, expected->values_num,
             expected->notifications_num);
  for (size_t i = 0; i < t->values_num; i++) {
    const fake_value_t *a = t->values + i, *b = expected->values + i;
    if (a->time != b->time || strcmp(a->name, b->name) != 0 ||
        memcmp(&a->value, &b->value, sizeof(a->value)) != 0)
      fail_msg("seed %u: value %zu, %s of %s, differs", seed, i, a->name,
               a->host);
  }
  for (size_t i = 0; i < t->notifications_num; i++) {
    const notification_t *a = t->notifications + i;
    assert_string_equal(a->message, expected->notifications[i].message);
    assert_int_equal(a->severity, expected->notifications[i].severity);
  }
}

/* --- the tests --- */

static void live(rig_t *p, bool among_hostile) {
  for (int i = 0; i < FRAMES; i++) {
    be_honest(p, i);
    if (among_hostile)
      be_hostile(p, i);
    judge_read(p->judge, DOUBLE_TO_CDTIME_T(START + INTERVAL * i + 9));
  }
  rig_read_all(p, DOUBLE_TO_CDTIME_T(START + INTERVAL * FRAMES + 30));
  rig_wait_told(p);
}

static void every_score_is_one(void) {
  for (size_t i = 0; i < fake_values_num(); i++) {
    const fake_value_t *value = fake_value(i);
    if (strstr(value->name, "gauge-score") == NULL &&
        strstr(value->name, "gauge-threshold") == NULL)
      continue;
    if (!isnan(value->value.gauge) &&
        (value->value.gauge < 0 || value->value.gauge > 1))
      fail_msg("%s of %s is %g", value->name, value->host, value->value.gauge);
  }
}

static void every_name_is_text(const rig_t *p) {
  static const char *const queries[] = {
      "SELECT DISTINCT host FROM samples_system", "SELECT host FROM models",
      "SELECT host FROM runs", "SELECT note FROM anomalies",
      "SELECT suspects FROM anomalies"};
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(queries); i++) {
    sqlite3_stmt *statement = NULL;
    size_t rows = 0;
    assert_int_equal(sqlite3_prepare_v2(db, queries[i], -1, &statement, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(statement) == SQLITE_ROW; rows++) {
      const char *text = (const char *)sqlite3_column_text(statement, 0);
      assert_non_null(text);
      assert_true(text_is_utf8(text, strlen(text)));
    }
    sqlite3_finalize(statement);
    assert_true(rows > 0);
  }
  sqlite3_close(db);
  assert_string_equal(sql_text(p->path, "PRAGMA integrity_check"), "ok");
}

static void honest_scores_are_unchanged(void **state) {
  (void)state;
  rig_t p;
  fake_reset();
  rig_begin(&p, LIGHT);
  live(&p, false);
  told_t expected = told();
  rig_stop(&p);
  rig_free(&p);
  assert_int_equal(expected.values_num, HONEST * FRAMES * 7);
  assert_true(expected.notifications_num >= 4); /* an incident each */

  unsigned seeds = rig_setting("ANOMALY_SEEDS", 3);
  for (unsigned seed = 1; seed <= seeds; seed++) {
    fake_reset();
    state_ = seed;
    rig_begin(&p, LIGHT);
    live(&p, true);
    told_t among = told();
    expect_the_same(&among, &expected, seed);
    judge_stats_t stats = {0};
    judge_stats(p.judge, &stats);
    assert_true(stats.frames > 20 * HONEST * FRAMES); /* of the others */
    forget_told(&among);
    every_score_is_one();
    rig_stop(&p);
    every_name_is_text(&p);
    rig_free(&p);
  }
  forget_told(&expected);
  fake_reset();
}

/* 100,000 new hosts a minute, each with one value, and then some; MaxHosts of
 * them are watched at a time, and dropped after ten silent minutes. By then
 * SQLite has filled its cache; what may grow is what the storage notes of a
 * name, see hosts.h. */
static void hosts_by_the_hundred_thousand(void **state) {
  (void)state;
  enum {
    MAX = 50,
    ROUNDS = 60,
    MANY = 100000,
    FEW = 1000,
    SETTLED = 45,
    NOTE = 128
  };
  rig_t rig;
  fake_reset();
  rig_begin(&rig, "MaxHosts 50\n" LIGHT);
  size_t settled = 0;
  fake_list_t list;
  fake_list(&list, "h/cpu-0/percent-idle", 0, INTERVAL, (double[]){50});
  for (unsigned round = 0; round < ROUNDS; round++) {
    cdtime_t now = DOUBLE_TO_CDTIME_T(START + 700.0 * round);
    unsigned num = round % 20 == 0 ? MANY : FEW;
    size_t taken = 0;
    for (unsigned i = 0; i < num; i++) {
      snprintf(list.vl.host, sizeof(list.vl.host), "host-%u", round * MANY + i);
      list.vl.time = now;
      taken += intake_write(rig.intake, list.ds, &list.vl, now) == 0;
    }
    assert_int_equal(taken, MAX);
    rig_read_all(&rig, now + DOUBLE_TO_CDTIME_T(30));
    judge_read(rig.judge, now + DOUBLE_TO_CDTIME_T(690));
    intake_stats_t stats = {0};
    intake_stats(rig.intake, &stats);
    assert_int_equal(stats.hosts, 0);
    rig_wait_written(&rig, 0);
    fake_reset();
    if (round == SETTLED)
      settled = rig_heap();
  }
  assert_in_range(rig_heap(), 0,
                  settled + (ROUNDS - SETTLED) * MAX * NOTE + (16 << 10));
  rig_stop(&rig);
  rig_free(&rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(honest_scores_are_unchanged),
      cmocka_unit_test(hosts_by_the_hundred_thousand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_intake_hostile.c -- no host may disturb another
 */
#include "tests/unit/intake_fixture.h"

/* Two honest hosts, each interval with other numbers. */
static void be_honest(fixture_t *f, int i) {
  static const char *const hosts[] = {"honest", "honest-too"};
  for (int j = 0; j < 2; j++) {
    const struct {
      const char *name;
      double number;
    } values[] = {
        {"cpu-0/cpu-idle", 1000.0 * i - i % 13},
        {"cpu-0/cpu-user", 20.0 * i + i % 13},
        {"memory/memory-used", 1e9 + 1e6 * (i % 17) + j},
        {"memory/memory-free", 3e9},
        {"df-root/df_complex-free", 1e10 - 1e6 * i},
        {"df-root/df_complex-used", 1e10},
        {"interface-eth0/if_octets", 1e5 * i + 10 * (i % 19)},
    };
    for (size_t k = 0; k < STATIC_ARRAY_SIZE(values); k++) {
      char name[64];
      snprintf(name, sizeof(name), "%s/%s", hosts[j], values[k].name);
      put(f, name, 10 * i + 1, values[k].number);
    }
  }
}

static void keep_the_honest(fixture_t *f) {
  size_t kept = 0;
  for (size_t i = 0; i < f->judged_num; i++)
    if (strncmp(f->judged[i].host, "honest", 6) == 0)
      f->judged[kept++] = f->judged[i];
  f->judged_num = kept;
}

/* The order of hosts in a read is no matter. */
static int compare(const void *a, const void *b) {
  const judged_t *x = a, *y = b;
  int order = strcmp(x->host, y->host);
  return order != 0 ? order : (x->ts > y->ts) - (x->ts < y->ts);
}

static void expect_the_same(fixture_t *f, fixture_t *expected, unsigned seed) {
  keep_the_honest(f);
  qsort(f->judged, f->judged_num, sizeof(*f->judged), compare);
  qsort(expected->judged, expected->judged_num, sizeof(*f->judged), compare);
  assert_int_equal(f->judged_num, expected->judged_num);
  for (size_t i = 0; i < f->judged_num; i++)
    if (f->judged[i].ts != expected->judged[i].ts ||
        memcmp(f->judged[i].values, expected->judged[i].values,
               sizeof(f->judged[i].values)) != 0)
      fail_msg("seed %u: frame %zu differs", seed, i);
}

static void honest_alone(fixture_t *f, int frames) {
  *f = begin("");
  for (int i = 0; i < frames; i++) {
    be_honest(f, i);
    read_at(f, 10 * i + 9);
  }
  read_at(f, 10 * frames + 30);
  assert_int_equal(f->judged_num, 2 * frames);
}

/* A million identifiers go through a cache of 65,536. */
static void the_cache_of_series_is_shared(void **state) {
  (void)state;
  enum { FRAMES = 20, NAMES = 50000 };
  fixture_t expected, f = begin("");
  honest_alone(&expected, FRAMES);
  for (int i = 0; i < FRAMES; i++) {
    be_honest(&f, i);
    for (int j = 0; j < NAMES; j++) {
      char name[64];
      snprintf(name, sizeof(name), "hostile/interface-%d/if_octets",
               i * NAMES + j);
      (void)put_at(&f, name, 10 * i + 2, 1, 10 * i + 2);
    }
    read_at(&f, 10 * i + 9);
  }
  read_at(&f, 10 * FRAMES + 30);
  expect_the_same(&f, &expected, 0);
  end(&f);
  end(&expected);
}

static double any_number(void) {
  static const double numbers[] = {0,    -0.0,     1,     -1,
                                   NAN,  INFINITY, 1e308, -1e308,
                                   1e18, 4e-320,   100,   4294967295};
  return numbers[(size_t)random() % STATIC_ARRAY_SIZE(numbers)];
}

static double any_time(double now) {
  switch (random() % 8) {
  case 0:
    return now + (double)(random() % 20000) - 10000;
  case 1:
    return now + 3e7 * (double)(random() % 200 - 50);
  case 2:
    return -START + (double)(random() % 100);
  case 3:
    return (double)random();
  default:
    return now + (double)(random() % 40) - 20;
  }
}

static void any_name(char *name, size_t size) {
  static const char *const kept[] = {"",     "0",    "eth0", "root", "idle",
                                     "free", "used", "lo",   "total"};
  size_t choice = (size_t)random() % (STATIC_ARRAY_SIZE(kept) + 3);
  if (choice < STATIC_ARRAY_SIZE(kept)) {
    snprintf(name, size, "%s", kept[choice]);
    return;
  }
  size_t length = (size_t)random() % size;
  for (size_t i = 0; i < length; i++)
    name[i] = (char)(1 + random() % 255);
  name[length] = '\0';
}

/* Values are given in numbers as such: any 64 bits. */
static void be_hostile(fixture_t *f, double now) {
  static const char *const plugins[] = {"cpu", "memory", "df", "interface"};
  static const char *const types[] = {"cpu",          "percent",   "memory",
                                      "df_complex",   "if_octets", "if_errors",
                                      "percent_bytes"};
  static const double intervals[] = {0, 1e-9, 0.01, 1, 10, 60, 1e5, 1e9};
  fake_list_t list;
  char name[64];
  snprintf(name, sizeof(name), "hostile-%ld/%s/%s", random() % 20,
           plugins[(size_t)random() % STATIC_ARRAY_SIZE(plugins)],
           types[(size_t)random() % STATIC_ARRAY_SIZE(types)]);
  fake_list(&list, name, 0,
            intervals[(size_t)random() % STATIC_ARRAY_SIZE(intervals)],
            (double[]){0, 0, 0});
  list.vl.time = DOUBLE_TO_CDTIME_T(START + any_time(now));
  if (random() % 100 == 0)
    list.vl.time = (cdtime_t)random() << 33;
  any_name(list.vl.plugin_instance, sizeof(list.vl.plugin_instance));
  any_name(list.vl.type_instance, sizeof(list.vl.type_instance));
  if (random() % 10 == 0)
    any_name(list.vl.host, 40);
  for (size_t i = 0; i < list.ds->ds_num; i++)
    if (list.ds->ds[i].type == DS_TYPE_GAUGE)
      list.values[i].gauge = any_number();
    else
      list.values[i].derive =
          (derive_t)((uint64_t)random() << 33 ^ (uint64_t)random());
  (void)write_list(f, &list, now);
}

/* Whatever others send, the frames of honest hosts are unchanged. */
static void hostile_neighbours(void **state) {
  (void)state;
  enum { FRAMES = 60, HOSTILE = 200 };
  fixture_t expected;
  honest_alone(&expected, FRAMES);
  for (unsigned seed = 1; seed <= 20; seed++) {
    srandom(seed);
    fixture_t f = begin("");
    for (int i = 0; i < FRAMES; i++) {
      for (int j = 0; j < HOSTILE; j++)
        be_hostile(&f, 10 * i);
      be_honest(&f, i);
      for (int j = 0; j < HOSTILE; j++)
        be_hostile(&f, 10 * i + 2);
      read_at(&f, 10 * i + 9);
    }
    read_at(&f, 10 * FRAMES + 30);
    expect_the_same(&f, &expected, seed);
    end(&f);
  }
  end(&expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_cache_of_series_is_shared),
      cmocka_unit_test(hostile_neighbours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

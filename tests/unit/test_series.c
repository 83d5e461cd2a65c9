/* SPDX-License-Identifier: MIT */
/* test_series.c -- what the detectors make of an identifier, and remember */
#include "plugin/collectd/hash.h"
#include "plugin/collectd/series.h"
#include "tests/unit/fake_collectd.h"

#include "collectd/core/utils/common/common.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
  options_t *options;
  series_cache_t *cache;
} fixture_t;

static fixture_t begin(const char *text) {
  fixture_t f = {.options = options_create()};
  oconfig_item_t *block = fake_config(text);
  assert_int_equal(options_read(f.options, block), 0);
  fake_config_free(block);
  assert_int_equal(options_complete(f.options), 0);
  f.cache = series_cache_create(f.options);
  assert_non_null(f.cache);
  return f;
}

static void end(fixture_t *f) {
  series_cache_destroy(f->cache);
  options_destroy(f->options);
  fake_reset();
}

static const series_t *find(fixture_t *f, const char *identifier) {
  fake_list_t list;
  fake_list(&list, identifier, 1, 10, (double[]){0, 0, 0});
  const series_t *series = series_find(f->cache, list.ds, &list.vl);
  assert_non_null(series);
  return series;
}

#define TWO_DETECTORS                                                          \
  "<Detector \"one\">\n"                                                       \
  "<Feature \"a\">\nPlugin \"cpu\"\nPluginInstance \"0\"\n</Feature>\n"        \
  "<Feature \"b\">\nPlugin \"/^(cpu|interface)$/\"\n</Feature>\n"              \
  "<Feature \"c\">\nPlugin \"interface\"\nDataSource \"tx\"\n"                 \
  "IgnorePluginInstance \"lo\"\n</Feature>\n"                                  \
  "</Detector>\n"                                                              \
  "<Detector \"two\">\n"                                                       \
  "<Feature \"a\">\nType \"cpu\"\nTypeInstance \"idle\"\nPercent true\n"       \
  "</Feature>\n"                                                               \
  "<Feature \"b\">\nType \"cpu\"\nTypeInstance \"idle\"\n</Feature>\n"         \
  "</Detector>\n"

static void tells_the_uses(void **state) {
  (void)state;
  static const struct {
    const char *identifier;
    source_kind_t kind;
    double min;
    size_t num;
    struct {
      uint32_t detector, selection, source;
      bool selected;
    } uses[5];
  } rows[] = {
      {"h/cpu-0/cpu-idle",
       SOURCE_DERIVE,
       0,
       4,
       {{0, 0, 0, true}, {0, 1, 0, true}, {1, 0, 0, true}, {1, 1, 0, true}}},
      {"h/cpu-1/cpu-user",
       SOURCE_DERIVE,
       0,
       2,
       {{0, 1, 0, true}, {1, 0, 0, false}}},
      {"h/interface-eth0/if_octets",
       SOURCE_DERIVE,
       0,
       3,
       {{0, 1, 0, true}, {0, 1, 1, true}, {0, 2, 1, true}}},
      {"h/interface-lo/if_octets",
       SOURCE_DERIVE,
       0,
       2,
       {{0, 1, 0, true}, {0, 1, 1, true}}},
      {"h/memory/memory-used", SOURCE_GAUGE, 0, 0, {{0, 0, 0, false}}},
      {"h/cp/gauge", SOURCE_GAUGE, 0, 0, {{0, 0, 0, false}}},
  };
  fixture_t f = begin(TWO_DETECTORS);
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++) {
    const series_t *series = find(&f, rows[i].identifier);
    assert_int_equal(series->uses_num, rows[i].num);
    for (size_t j = 0; j < rows[i].num; j++) {
      const use_t *use = series->uses + j;
      if (use->detector != rows[i].uses[j].detector ||
          use->selection != rows[i].uses[j].selection ||
          use->source != rows[i].uses[j].source ||
          use->selected != rows[i].uses[j].selected ||
          use->kind != rows[i].kind || use->min != rows[i].min ||
          !isnan(use->max))
        fail_msg("%s: use %zu", rows[i].identifier, j);
    }
  }
  end(&f);
}

static void hosts_share_their_series(void **state) {
  (void)state;
  fixture_t f = begin("");
  uint64_t number = find(&f, "a/cpu-0/cpu-idle")->number;
  assert_true(find(&f, "b/cpu-0/cpu-idle")->number == number);
  assert_true(find(&f, "a/cpu-1/cpu-idle")->number != number);
  end(&f);
}

/* The parts of an identifier are not run together. */
static void parts_are_kept_apart(void **state) {
  (void)state;
  static const char *const parts[][4] = {{"ab", "c", "gauge", ""},
                                         {"a", "bc", "gauge", ""},
                                         {"abc", "", "gauge", ""},
                                         {"ab", "", "gauge", "c"},
                                         {"", "ab", "gauge", "c"}};
  fixture_t f = begin("");
  uint64_t numbers[STATIC_ARRAY_SIZE(parts)];
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(parts); i++) {
    value_list_t vl = VALUE_LIST_INIT;
    sstrncpy(vl.plugin, parts[i][0], sizeof(vl.plugin));
    sstrncpy(vl.plugin_instance, parts[i][1], sizeof(vl.plugin_instance));
    sstrncpy(vl.type, parts[i][2], sizeof(vl.type));
    sstrncpy(vl.type_instance, parts[i][3], sizeof(vl.type_instance));
    numbers[i] = series_find(f.cache, fake_data_set("gauge"), &vl)->number;
    for (size_t j = 0; j < i; j++)
      assert_true(numbers[i] != numbers[j]);
  }
  end(&f);
}

static void long_names_are_whole(void **state) {
  (void)state;
  char one[600], two[600], name[DATA_MAX_NAME_LEN];
  memset(name, 'x', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  snprintf(one, sizeof(one), "h/cpu-%s/cpu-%s", name, name);
  name[sizeof(name) - 2] = 'y';
  snprintf(two, sizeof(two), "h/cpu-%s/cpu-%s", name, name);
  fixture_t f = begin("");
  uint64_t number = find(&f, one)->number;
  assert_true(find(&f, two)->number != number);
  assert_true(find(&f, one)->number == number);
  end(&f);
}

/* Memory is bounded whatever comes, and who is pushed out comes back as the one
 * it was: the frames know series by their number. */
static void a_million_names(void **state) {
  (void)state;
  fixture_t f = begin(TWO_DETECTORS);
  uint64_t number = find(&f, "h/cpu-0/cpu-idle")->number;
  size_t bound = 0;
  for (int i = 0; i < 1000000; i++) {
    char name[64];
    snprintf(name, sizeof(name), "h/cpu-%d/cpu-idle", i + 1);
    assert_true(find(&f, name)->number != number);
    if (i == 500000)
      bound = mallinfo2().uordblks;
  }
  assert_true(mallinfo2().uordblks <= bound + 65536);
  const series_t *again = find(&f, "h/cpu-0/cpu-idle");
  assert_true(again->number == number);
  assert_int_equal(again->uses_num, 4);
  end(&f);
}

/* Who does not know the secret cannot make names of one hash: neither by
 * differences that would cancel out nor by chance. */
static void names_do_not_collide(void **state) {
  (void)state;
  const hash_secret_t secret = hash_secret();
  char name[48];
  for (size_t i = 0; i < sizeof(name); i++)
    name[i] = (char)('a' + i % 26);
  uint64_t hash = hash_bytes(&secret, name, sizeof(name));
  for (size_t i = 0; i < 2 * 64; i++)
    for (size_t j = i + 1; j < 4 * 64; j++)
      for (size_t k = j; k < 4 * 64; k++) {
        char other[sizeof(name)];
        memcpy(other, name, sizeof(name));
        other[i / 8] ^= (char)(1 << i % 8);
        other[j / 8] ^= (char)(1 << j % 8);
        if (k > j)
          other[k / 8] ^= (char)(1 << k % 8);
        if (hash_bytes(&secret, other, sizeof(other)) == hash)
          fail_msg("bits %zu, %zu and %zu", i, j, k);
      }
}

static void the_secret_counts(void **state) {
  (void)state;
  const hash_secret_t one = hash_secret(), two = hash_secret();
  assert_true(hash_bytes(&one, "web-1", 5) != hash_bytes(&two, "web-1", 5));
  assert_true(hash_bytes(&one, "web-1", 5) == hash_bytes(&one, "web-1", 5));
  assert_true(hash_bytes(&one, "", 0) != hash_bytes(&one, "\0", 1));
}

/* As CPython 3.11 and later hash bytes when PYTHONHASHSEED is 0. */
static void is_siphash_1_3(void **state) {
  (void)state;
  const hash_secret_t secret = {{0, 0}};
  static const struct {
    size_t length;
    uint64_t hash;
  } rows[] = {
      {1, UINT64_C(0x68a914128e01e473)},  {2, UINT64_C(0x010bac45c41e3669)},
      {7, UINT64_C(0x2f098ab0c751325a)},  {8, UINT64_C(0xead411e67ebe2eea)},
      {9, UINT64_C(0x75927f9d95124362)},  {13, UINT64_C(0xa0cf3211850f8e0d)},
      {15, UINT64_C(0xf30eb725bb91c9ea)}, {16, UINT64_C(0x8972188433a5c5b7)},
      {17, UINT64_C(0x4883c49a2c009c1d)}, {33, UINT64_C(0x7fb71d24dfa4c9f6)},
  };
  char bytes[64];
  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (char)i;
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(rows); i++)
    assert_true(hash_bytes(&secret, bytes, rows[i].length) == rows[i].hash);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_the_uses),
      cmocka_unit_test(hosts_share_their_series),
      cmocka_unit_test(parts_are_kept_apart),
      cmocka_unit_test(long_names_are_whole),
      cmocka_unit_test(a_million_names),
      cmocka_unit_test(names_do_not_collide),
      cmocka_unit_test(the_secret_counts),
      cmocka_unit_test(is_siphash_1_3),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

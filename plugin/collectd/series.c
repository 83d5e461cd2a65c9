/* SPDX-License-Identifier: MIT */
/* The cache of identifiers: see the header. */
#include "plugin/collectd/series.h"
#include "plugin/collectd/hash.h"

#include <errno.h>

#define KEY_MAX (4 * DATA_MAX_NAME_LEN)

typedef struct {
  series_t series;
  uint64_t used; /* when, in look-ups */
  size_t key_size;
  char *key;
} entry_t;

struct series_cache_s {
  const options_t *options;
  hash_secret_t secret;
  uint64_t look_ups;
  entry_t *sets[SERIES_SETS]; /* SERIES_WAYS each, made at the first use */
};

series_cache_t *series_cache_create(const options_t *options) {
  series_cache_t *cache = calloc(1, sizeof(*cache));
  if (cache == NULL)
    return NULL;
  cache->options = options;
  cache->secret = hash_secret();
  return cache;
}

static void entry_clear(entry_t *entry) {
  free(entry->series.uses);
  free(entry->key);
  *entry = (entry_t){0};
}

void series_cache_destroy(series_cache_t *cache) {
  if (cache == NULL)
    return;
  for (size_t i = 0; i < SERIES_SETS; i++)
    for (size_t j = 0; cache->sets[i] != NULL && j < SERIES_WAYS; j++)
      entry_clear(cache->sets[i] + j);
  for (size_t i = 0; i < SERIES_SETS; i++)
    free(cache->sets[i]);
  free(cache);
}

/* --- collectd's types become ours --------------------------------------- */

_Static_assert(DS_TYPE_COUNTER == (int)SOURCE_COUNTER &&
                   DS_TYPE_GAUGE == (int)SOURCE_GAUGE &&
                   DS_TYPE_DERIVE == (int)SOURCE_DERIVE &&
                   DS_TYPE_ABSOLUTE == (int)SOURCE_ABSOLUTE,
               "kinds go by collectd's numbers");
_Static_assert(sizeof(value_t) == sizeof(number_t),
               "numbers lie as collectd's values do");

static int match(const options_t *options, const data_set_t *ds,
                 const value_list_t *vl, series_t *series) {
  size_t num = ds->ds_num < vl->values_len ? ds->ds_num : vl->values_len;
  source_t *sources = calloc(num + 1, sizeof(*sources));
  if (sources == NULL)
    return ENOMEM;
  for (size_t i = 0; i < num; i++)
    sources[i] = (source_t){.name = ds->ds[i].name,
                            .kind = (source_kind_t)ds->ds[i].type,
                            .min = ds->ds[i].min,
                            .max = ds->ds[i].max};
  const metric_t metric = {.plugin = vl->plugin,
                           .plugin_instance = vl->plugin_instance,
                           .type = vl->type,
                           .type_instance = vl->type_instance,
                           .sources = sources,
                           .sources_num = num};
  int status = match_metric(options->detectors, options->detectors_num, &metric,
                            &series->uses, &series->uses_num);
  free(sources);
  return status;
}

reading_t series_reading(const series_t *series, const value_list_t *vl) {
  return (reading_t){.series = series->number,
                     .uses = series->uses,
                     .uses_num = series->uses_num,
                     .plugin_instance = vl->plugin_instance,
                     .values = (const number_t *)vl->values,
                     .time = vl->time,
                     .interval = vl->interval == 0 ? cf_get_default_interval()
                                                   : vl->interval};
}

/* --- the cache ----------------------------------------------------------- */

static size_t make_key(const value_list_t *vl, char *key) {
  const char *const parts[] = {vl->plugin, vl->plugin_instance, vl->type,
                               vl->type_instance};
  size_t size = 0;
  for (size_t i = 0; i < 4; i++) {
    size_t length = strnlen(parts[i], DATA_MAX_NAME_LEN - 1);
    memcpy(key + size, parts[i], length);
    key[size + length] = '\0';
    size += length + 1;
  }
  return size;
}

static int entry_fill(series_cache_t *cache, entry_t *entry, uint64_t hash,
                      const char *key, size_t key_size, const data_set_t *ds,
                      const value_list_t *vl) {
  entry_t made = {.series.number = hash, .key_size = key_size};
  made.key = malloc(key_size);
  if (made.key == NULL)
    return ENOMEM;
  memcpy(made.key, key, key_size);
  if (match(cache->options, ds, vl, &made.series) != 0) {
    free(made.key);
    return ENOMEM;
  }
  entry_clear(entry);
  *entry = made;
  return 0;
}

const series_t *series_find(series_cache_t *cache, const data_set_t *ds,
                            const value_list_t *vl) {
  char key[KEY_MAX];
  size_t key_size = make_key(vl, key);
  uint64_t hash = hash_bytes(&cache->secret, key, key_size);
  entry_t **set = cache->sets + hash % SERIES_SETS;
  if (*set == NULL)
    *set = calloc(SERIES_WAYS, sizeof(**set));
  if (*set == NULL)
    return NULL;
  entry_t *oldest = *set;
  cache->look_ups++;
  for (size_t i = 0; i < SERIES_WAYS; i++) {
    entry_t *entry = *set + i;
    if (entry->series.number == hash && entry->key_size == key_size &&
        memcmp(entry->key, key, key_size) == 0) {
      entry->used = cache->look_ups;
      return &entry->series;
    }
    if (entry->used < oldest->used)
      oldest = entry;
  }
  if (entry_fill(cache, oldest, hash, key, key_size, ds, vl) != 0)
    return NULL;
  oldest->used = cache->look_ups;
  return &oldest->series;
}

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

/* --- matching ------------------------------------------------------------ */

typedef struct {
  use_t *uses;
  size_t num;
  size_t max;
} use_list_t;

static int append(use_list_t *list, use_t use) {
  if (list->num == list->max) {
    size_t max = list->max == 0 ? 4 : 2 * list->max;
    use_t *uses = realloc(list->uses, max * sizeof(*uses));
    if (uses == NULL)
      return ENOMEM;
    list->uses = uses;
    list->max = max;
  }
  list->uses[list->num++] = use;
  return 0;
}

static int match_selection(use_list_t *list, use_t use, const selection_t *s,
                           const data_set_t *ds, const value_list_t *vl) {
  if (!selector_match(&s->plugin, vl->plugin) ||
      !selector_match(&s->plugin_instance, vl->plugin_instance) ||
      selector_match(&s->ignore_plugin_instance, vl->plugin_instance) ||
      !selector_match(&s->type, vl->type))
    return 0;
  use.selected = selector_match(&s->type_instance, vl->type_instance);
  if (!use.selected && !s->percent)
    return 0;
  for (size_t i = 0; i < ds->ds_num && i < vl->values_len; i++) {
    use.source = (uint32_t)i;
    if (selector_match(&s->data_source, ds->ds[i].name) &&
        append(list, use) != 0)
      return ENOMEM;
  }
  return 0;
}

static int match(const options_t *options, const data_set_t *ds,
                 const value_list_t *vl, series_t *series) {
  use_list_t list = {0};
  for (size_t i = 0; i < options->detectors_num; i++) {
    const detector_options_t *detector = options->detectors + i;
    for (size_t j = 0; j < detector->selections_num; j++) {
      use_t use = {.detector = (uint32_t)i, .selection = (uint32_t)j};
      if (match_selection(&list, use, detector->selections + j, ds, vl) != 0) {
        free(list.uses);
        return ENOMEM;
      }
    }
  }
  series->uses = list.uses;
  series->uses_num = list.num;
  return 0;
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

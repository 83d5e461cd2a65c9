/* SPDX-License-Identifier: MIT */
/* The daemon's side of the plugin's interface: see the header. */
#include "tests/unit/fake_collectd.h"

#include "plugin/collectd/report.h"

#include "collectd/core/utils/common/common.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define LEVELS (LOG_DEBUG + 1)

char *hostname_g = (char[]){FAKE_HOST};

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t log_num[LEVELS];
static char log_newest[LEVELS][1024];

static fake_value_t *values;
static size_t values_num;
static size_t values_max;

static pthread_mutex_t notifications_lock = PTHREAD_MUTEX_INITIALIZER;
static notification_t *notifications;
static size_t notifications_num;

static atomic_size_t meta_living;

static void *must(void *memory) {
  if (memory == NULL)
    abort();
  return memory;
}

/* --- the log --- */

void plugin_log(int level, const char *format, ...) {
  if (level < 0 || level >= LEVELS)
    abort();
  va_list arguments;
  va_start(arguments, format);
  pthread_mutex_lock(&log_lock);
  vsnprintf(log_newest[level], sizeof(log_newest[level]), format, arguments);
  log_num[level]++;
  pthread_mutex_unlock(&log_lock);
  va_end(arguments);
}

size_t fake_log_num(int level) {
  pthread_mutex_lock(&log_lock);
  size_t num = log_num[level];
  pthread_mutex_unlock(&log_lock);
  return num;
}

const char *fake_log(int level) { return log_newest[level]; }

/* --- time --- */

static atomic_bool clock_hurried;
static atomic_uint hours; /* that cdtime() has gone ahead */

void fake_hurry_clock(bool hurried) {
  atomic_store(&clock_hurried, hurried);
  atomic_store(&hours, 0);
}

cdtime_t cdtime(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_REALTIME, &ts);
  if (atomic_load(&clock_hurried))
    ts.tv_sec += 3600 * atomic_fetch_add(&hours, 1);
  return TIMESPEC_TO_CDTIME_T(&ts);
}

cdtime_t plugin_get_interval(void) { return TIME_T_TO_CDTIME_T_STATIC(10); }
cdtime_t cf_get_default_interval(void) { return TIME_T_TO_CDTIME_T_STATIC(10); }

/* --- threads --- */

static atomic_bool threads_refused;

void fake_refuse_threads(bool refused) {
  atomic_store(&threads_refused, refused);
}

int plugin_thread_create(pthread_t *thread, void *(*start)(void *),
                         void *argument, char const *name) {
  (void)name;
  if (atomic_load(&threads_refused))
    return EAGAIN;
  return pthread_create(thread, NULL, start, argument);
}

/* --- common --- */

char *sstrncpy(char *dest, const char *src, size_t n) {
  snprintf(dest, n, "%s", src);
  return dest;
}

static double counted(const value_t *old, const value_t *new, int type) {
  if (type == DS_TYPE_DERIVE)
    return (double)(int64_t)((uint64_t) new->derive - (uint64_t)old->derive);
  if (type == DS_TYPE_ABSOLUTE)
    return (double)new->absolute;
  uint64_t difference = new->counter - old->counter;
  if (new->counter < old->counter && old->counter <= UINT32_MAX)
    difference = (uint32_t)difference; /* the counter has 32 bits */
  return (double)difference;
}

int value_to_rate(gauge_t *rate, value_t value, int type, cdtime_t time,
                  value_to_rate_state_t *state) {
  if (time <= state->last_time) {
    *state = (value_to_rate_state_t){0};
    return EINVAL;
  }
  value_to_rate_state_t last = *state;
  *state = (value_to_rate_state_t){.last_value = value, .last_time = time};
  if (last.last_time == 0)
    return EAGAIN;
  *rate = type == DS_TYPE_GAUGE ? value.gauge
                                : counted(&last.last_value, &value, type) /
                                      CDTIME_T_TO_DOUBLE(time - last.last_time);
  return 0;
}

/* --- meta data of values: keys alone, their values are of no interest --- */

struct meta_data_s {
  char key[DATA_MAX_NAME_LEN];
};

meta_data_t *meta_data_create(void) {
  meta_living++;
  return must(calloc(1, sizeof(meta_data_t)));
}

void meta_data_destroy(meta_data_t *md) {
  meta_living -= md != NULL;
  free(md);
}

int meta_data_add_boolean(meta_data_t *md, const char *key, bool value) {
  (void)value;
  sstrncpy(md->key, key, sizeof(md->key));
  return 0;
}

int meta_data_exists(meta_data_t *md, const char *key) {
  return strcmp(md->key, key) == 0;
}

/* --- values --- */

static void join(char *buffer, size_t size, const char *name,
                 const char *instance) {
  snprintf(buffer, size, "%s%s%s", name, instance[0] == '\0' ? "" : "-",
           instance);
}

int plugin_dispatch_values(value_list_t const *vl) {
  if (values_num == values_max) {
    values_max = values_max == 0 ? 64 : 2 * values_max;
    values = must(realloc(values, values_max * sizeof(*values)));
  }
  fake_value_t *value = values + values_num++;
  *value = (fake_value_t){.value = vl->values[0],
                          .values_len = vl->values_len,
                          .time = vl->time,
                          .interval = vl->interval,
                          .has_meta = vl->meta != NULL,
                          .is_own = report_is_own(vl)};
  char plugin[2 * DATA_MAX_NAME_LEN], type[2 * DATA_MAX_NAME_LEN];
  join(plugin, sizeof(plugin), vl->plugin, vl->plugin_instance);
  join(type, sizeof(type), vl->type, vl->type_instance);
  snprintf(value->name, sizeof(value->name), "%s/%s", plugin, type);
  sstrncpy(value->host, vl->host, sizeof(value->host));
  return 0;
}

size_t fake_values_num(void) { return values_num; }
const fake_value_t *fake_value(size_t i) { return values + i; }

const fake_value_t *fake_value_find(const char *host, const char *name) {
  for (size_t i = values_num; i-- > 0;)
    if (strcmp(values[i].host, host) == 0 && strcmp(values[i].name, name) == 0)
      return values + i;
  return NULL;
}

/* --- notifications --- */

static void meta_append(notification_meta_t **list, notification_meta_t meta,
                        const char *name) {
  while (*list != NULL)
    list = &(*list)->next;
  *list = must(malloc(sizeof(meta)));
  **list = meta;
  sstrncpy((*list)->name, name, sizeof((*list)->name));
}

int plugin_notification_meta_add_double(notification_t *n, const char *name,
                                        double value) {
  meta_living++;
  meta_append(&n->meta,
              (notification_meta_t){.type = NM_TYPE_DOUBLE,
                                    .nm_value.nm_double = value},
              name);
  return 0;
}

int plugin_notification_meta_add_signed_int(notification_t *n, const char *name,
                                            int64_t value) {
  meta_living++;
  meta_append(&n->meta,
              (notification_meta_t){.type = NM_TYPE_SIGNED_INT,
                                    .nm_value.nm_signed_int = value},
              name);
  return 0;
}

static size_t meta_free(notification_meta_t *meta) {
  size_t freed = 0;
  for (notification_meta_t *next; meta != NULL; meta = next, freed++) {
    next = meta->next;
    free(meta);
  }
  return freed;
}

int plugin_notification_meta_free(notification_meta_t *meta) {
  meta_living -= meta_free(meta);
  return 0;
}

static pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;

void fake_hold_notifications(bool held) {
  if (held)
    pthread_mutex_lock(&hold);
  else
    pthread_mutex_unlock(&hold);
}

int plugin_dispatch_notification(const notification_t *n) {
  pthread_mutex_lock(&hold);
  pthread_mutex_unlock(&hold);
  pthread_mutex_lock(&notifications_lock);
  notifications = must(
      realloc(notifications, (notifications_num + 1) * sizeof(*notifications)));
  notification_t *kept = notifications + notifications_num++;
  *kept = *n;
  kept->meta = NULL;
  for (const notification_meta_t *m = n->meta; m != NULL; m = m->next) {
    notification_meta_t copy = *m;
    copy.next = NULL;
    meta_append(&kept->meta, copy, m->name);
  }
  pthread_mutex_unlock(&notifications_lock);
  return 0;
}

size_t fake_notifications_num(void) {
  pthread_mutex_lock(&notifications_lock);
  size_t num = notifications_num;
  pthread_mutex_unlock(&notifications_lock);
  return num;
}

const notification_t *fake_notification(size_t i) { return notifications + i; }
size_t fake_meta_living(void) { return meta_living; }

size_t fake_notifications_of(int severity) {
  size_t num = 0;
  pthread_mutex_lock(&notifications_lock);
  for (size_t i = 0; i < notifications_num; i++)
    num += notifications[i].severity == severity;
  pthread_mutex_unlock(&notifications_lock);
  return num;
}

static const notification_meta_t *find_meta(const notification_t *n,
                                            const char *name, int type) {
  for (const notification_meta_t *m = n->meta; m != NULL; m = m->next)
    if (strcmp(m->name, name) == 0 && (int)m->type == type)
      return m;
  return NULL;
}

double fake_meta_double(const notification_t *n, const char *name) {
  const notification_meta_t *m = find_meta(n, name, NM_TYPE_DOUBLE);
  return m == NULL ? NAN : m->nm_value.nm_double;
}

int64_t fake_meta_int(const notification_t *n, const char *name) {
  const notification_meta_t *m = find_meta(n, name, NM_TYPE_SIGNED_INT);
  return m == NULL ? 0 : m->nm_value.nm_signed_int;
}

void fake_reset(void) {
  memset(log_num, 0, sizeof(log_num));
  memset(log_newest, 0, sizeof(log_newest));
  free(values);
  values = NULL;
  values_num = values_max = 0;
  for (size_t i = 0; i < notifications_num; i++)
    meta_free(notifications[i].meta);
  free(notifications);
  notifications = NULL;
  notifications_num = 0;
}

int fake_teardown(void **state) {
  (void)state;
  fake_reset();
  return 0;
}

/* --- configuration --- */

/* The next word of a line: its end in *text, NULL at the end of the line. */
static char *next_word(char **text, bool *quoted) {
  char *start = *text + strspn(*text, " \t<>");
  if (*start == '\0')
    return NULL;
  *quoted = *start == '"';
  start += *quoted;
  char *end = start + strcspn(start, *quoted ? "\"" : " \t<>");
  *text = *end == '\0' ? end : end + 1;
  *end = '\0';
  return start;
}

static void add_value(oconfig_item_t *item, const char *word, bool quoted) {
  item->values = must(realloc(item->values, (size_t)(item->values_num + 1) *
                                                sizeof(*item->values)));
  oconfig_value_t *value = item->values + item->values_num++;
  char *end = NULL;
  double number = strtod(word, &end);
  if (!quoted && *end == '\0')
    *value =
        (oconfig_value_t){.type = OCONFIG_TYPE_NUMBER, .value.number = number};
  else if (!quoted && (!strcmp(word, "true") || !strcmp(word, "false")))
    *value = (oconfig_value_t){.type = OCONFIG_TYPE_BOOLEAN,
                               .value.boolean = word[0] == 't'};
  else
    *value = (oconfig_value_t){.type = OCONFIG_TYPE_STRING,
                               .value.string = must(strdup(word))};
}

/* Reads lines into `block` until its end. */
static void read_lines(oconfig_item_t *block, char **lines) {
  char *line = NULL;
  while ((line = strsep(lines, "\n")) != NULL) {
    line += strspn(line, " \t");
    if (*line == '\0')
      continue;
    if (line[0] == '<' && line[1] == '/')
      return;
    bool is_block = line[0] == '<', quoted = false;
    const char *key = next_word(&line, &quoted);
    if (key == NULL)
      continue; /* collectd's parser would refuse it */
    oconfig_item_t item = {.key = must(strdup(key))};
    for (char *word; (word = next_word(&line, &quoted)) != NULL;)
      add_value(&item, word, quoted);
    if (is_block)
      read_lines(&item, lines);
    block->children =
        must(realloc(block->children, (size_t)(block->children_num + 1) *
                                          sizeof(*block->children)));
    block->children[block->children_num++] = item;
  }
}

oconfig_item_t *fake_config(const char *text) {
  oconfig_item_t *block = must(calloc(1, sizeof(*block)));
  block->key = must(strdup("Plugin"));
  add_value(block, "anomaly", true);
  char *copy = must(strdup(text)), *lines = copy;
  read_lines(block, &lines);
  free(copy);
  return block;
}

static void clear_item(oconfig_item_t *item) {
  for (int i = 0; i < item->children_num; i++)
    clear_item(item->children + i);
  for (int i = 0; i < item->values_num; i++)
    if (item->values[i].type == OCONFIG_TYPE_STRING)
      free(item->values[i].value.string);
  free(item->children);
  free(item->values);
  free(item->key);
}

void fake_config_free(oconfig_item_t *block) {
  clear_item(block);
  free(block);
}

/* --- value lists --- */

static data_source_t positive[] = {{"value", DS_TYPE_GAUGE, 0, NAN}};
static data_source_t percentage[] = {{"value", DS_TYPE_GAUGE, 0, 100.1}};
static data_source_t any_gauge[] = {{"value", DS_TYPE_GAUGE, NAN, NAN}};
static data_source_t counter[] = {{"value", DS_TYPE_COUNTER, NAN, NAN}};
static data_source_t any_derive[] = {{"value", DS_TYPE_DERIVE, NAN, NAN}};
static data_source_t derive[] = {{"value", DS_TYPE_DERIVE, 0, NAN}};
static data_source_t absolute[] = {{"value", DS_TYPE_ABSOLUTE, 0, NAN}};
static data_source_t rx_tx[] = {{"rx", DS_TYPE_DERIVE, 0, NAN},
                                {"tx", DS_TYPE_DERIVE, 0, NAN}};
static data_source_t averages[] = {{"shortterm", DS_TYPE_GAUGE, 0, 5000},
                                   {"midterm", DS_TYPE_GAUGE, 0, 5000},
                                   {"longterm", DS_TYPE_GAUGE, 0, 5000}};

const data_set_t *fake_data_set(const char *type) {
  static const data_set_t sets[] = {
      {"cpu", 1, derive},
      {"percent", 1, percentage},
      {"memory", 1, positive},
      {"df_complex", 1, positive},
      {"percent_bytes", 1, percentage},
      {"if_octets", 2, rx_tx},
      {"if_errors", 2, rx_tx},
      {"if_dropped", 2, rx_tx},
      {"gauge", 1, any_gauge},
      {"counter", 1, counter},
      {"derive", 1, any_derive},
      {"absolute", 1, absolute},
      {"load", 3, averages},
      {"count", 1, positive},
      {"df_inodes", 1, positive},
      {"percent_inodes", 1, percentage},
      {"if_packets", 2, rx_tx},
  };
  for (size_t i = 0; i < STATIC_ARRAY_SIZE(sets); i++)
    if (strcmp(sets[i].type, type) == 0)
      return sets + i;
  return NULL;
}

/* "NAME-INSTANCE", or "NAME". */
static void split(const char *part, size_t length, char *name, char *instance) {
  const char *dash = memchr(part, '-', length);
  size_t name_length = dash == NULL ? length : (size_t)(dash - part);
  snprintf(name, DATA_MAX_NAME_LEN, "%.*s", (int)name_length, part);
  instance[0] = '\0';
  if (dash != NULL)
    snprintf(instance, DATA_MAX_NAME_LEN, "%.*s",
             (int)(length - name_length - 1), dash + 1);
}

static value_t make_value(int type, double number) {
  switch (type) {
  case DS_TYPE_GAUGE:
    return (value_t){.gauge = number};
  case DS_TYPE_DERIVE:
    return (value_t){.derive = (derive_t)number};
  case DS_TYPE_ABSOLUTE:
    return (value_t){.absolute = (absolute_t)number};
  default:
    return (value_t){.counter = (counter_t)number};
  }
}

void fake_list(fake_list_t *list, const char *identifier, double time,
               double interval, const double *numbers) {
  size_t host = strcspn(identifier, "/");
  const char *plugin = identifier + host + 1;
  const char *type = plugin + strcspn(plugin, "/") + 1;
  *list = (fake_list_t){
      .vl = {.time = DOUBLE_TO_CDTIME_T(time),
             .interval = DOUBLE_TO_CDTIME_T(interval)},
  };
  snprintf(list->vl.host, DATA_MAX_NAME_LEN, "%.*s", (int)host, identifier);
  split(plugin, strcspn(plugin, "/"), list->vl.plugin,
        list->vl.plugin_instance);
  split(type, strlen(type), list->vl.type, list->vl.type_instance);
  list->ds = must((void *)fake_data_set(list->vl.type));
  list->vl.values = list->values;
  list->vl.values_len = list->ds->ds_num;
  for (size_t i = 0; i < list->ds->ds_num; i++)
    list->values[i] = make_value(list->ds->ds[i].type, numbers[i]);
}

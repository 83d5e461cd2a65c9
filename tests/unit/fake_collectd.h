/* SPDX-License-Identifier: MIT */
/*
 * fake_collectd.h -- stands in for the daemon that the plugin is loaded into
 *
 * Linked instead of collectd: what the plugin logs and dispatches is kept and
 * can be asked for, configurations are read from a text, and value lists are
 * made from an identifier. Its rules are those of collectd 5.12.
 */
#ifndef ANOMALY_FAKE_COLLECTD_H
#define ANOMALY_FAKE_COLLECTD_H

#include "collectd/core/daemon/plugin.h"

#define FAKE_HOST "collectd.example.org" /* hostname_g */

/* Forgets all that was logged and dispatched; the second for cmocka. */
void fake_reset(void);
int fake_teardown(void **state);

/* --- the log --- */

/* How many messages of a level there were, and the newest ("" if none). */
size_t fake_log_num(int level);
const char *fake_log(int level);

/* --- time and threads --- */

/* cdtime() goes ahead by an hour at each call, as if somebody set the clock. */
void fake_hurry_clock(bool hurried);

/* plugin_thread_create() fails. */
void fake_refuse_threads(bool refused);

/* --- dispatched values --- */

typedef struct {
  char host[DATA_MAX_NAME_LEN];
  char name[4 * DATA_MAX_NAME_LEN + 4]; /* "anomaly-system/gauge-score" */
  value_t value;
  size_t values_len;
  cdtime_t time;
  cdtime_t interval;
  bool has_meta;
  bool is_own; /* by report_is_own() when it was dispatched */
} fake_value_t;

size_t fake_values_num(void);
const fake_value_t *fake_value(size_t i);
/* The newest of a host with that name; NULL if there is none. */
const fake_value_t *fake_value_find(const char *host, const char *name);

/* --- dispatched notifications, by any thread --- */

/* Whoever dispatches one is held up until it is let go. */
void fake_hold_notifications(bool held);
size_t fake_notifications_num(void);
/* Its meta is kept too. Valid until there is another one. */
const notification_t *fake_notification(size_t i);
size_t fake_notifications_of(int severity);
/* NaN if there is no such double. */
double fake_meta_double(const notification_t *n, const char *name);
/* 0 if there is no such integer. */
int64_t fake_meta_int(const notification_t *n, const char *name);
/* Meta data of either kind that the plugin has made and not freed. */
size_t fake_meta_living(void);

/* --- configuration --- */

/* The children of `text`, one option or <Block> a line, within
 * <Plugin "anomaly">. Parents are not set: collectd's parser leaves them out
 * as well. */
oconfig_item_t *fake_config(const char *text);
void fake_config_free(oconfig_item_t *block);

/* --- value lists --- */

/* Types as in types.db: cpu, percent, memory, df_complex, percent_bytes,
 * if_octets, if_errors, if_dropped, gauge, counter, derive (no minimum),
 * absolute, load (three sources), count, df_inodes, percent_inodes,
 * if_packets. NULL for another. */
const data_set_t *fake_data_set(const char *type);

typedef struct {
  const data_set_t *ds;
  value_list_t vl;
  value_t values[3];
} fake_list_t;

/* "HOST/PLUGIN-INSTANCE/TYPE-INSTANCE", with the times in seconds and as many
 * numbers as the type has sources. `list` must stay where it is. */
void fake_list(fake_list_t *list, const char *identifier, double time,
               double interval, const double *numbers);

#endif /* ANOMALY_FAKE_COLLECTD_H */

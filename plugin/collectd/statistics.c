/* SPDX-License-Identifier: MIT */
/* What the plugin says of itself: see the header. */
#include "plugin/collectd/statistics.h"

#include "collectd/core/utils/common/common.h"

static void dispatch(const char *type, const char *type_instance,
                     value_t value) {
  value_list_t vl = VALUE_LIST_INIT;
  vl.values = &value;
  vl.values_len = 1;
  sstrncpy(vl.plugin, "collectd", sizeof(vl.plugin));
  sstrncpy(vl.plugin_instance, "anomaly", sizeof(vl.plugin_instance));
  sstrncpy(vl.type, type, sizeof(vl.type));
  sstrncpy(vl.type_instance, type_instance, sizeof(vl.type_instance));
  plugin_dispatch_values(&vl);
}

static void dispatch_gauge(const char *type, const char *type_instance,
                           double number) {
  dispatch(type, type_instance, (value_t){.gauge = number});
}

/* Events since the start. */
static void dispatch_events(const char *type_instance, uint64_t number) {
  dispatch("derive", type_instance, (value_t){.derive = (derive_t)number});
}

void statistics_dispatch(judge_t *judge, intake_t *intake, storage_t *storage) {
  judge_stats_t judged = {0};
  intake_stats_t taken = {0};
  storage_stats_t stored = {0};
  judge_stats(judge, &judged);
  intake_stats(intake, &taken);
  storage_stats(storage, &stored);

  dispatch_gauge("count", "hosts", (double)taken.hosts);
  dispatch_gauge("count", "models", (double)judged.models);
  dispatch_gauge("duration", "read", judged.read_seconds);
  dispatch_gauge("queue_length", "frames", (double)taken.waiting);
  dispatch_gauge("queue_length", "records", (double)stored.queue_length);
  dispatch_events("frames", judged.frames);
  dispatch_events("frames-dropped", taken.dropped);
  dispatch_events("records-dropped", stored.lost);
  dispatch_events("values-refused", taken.refused_hosts + taken.refused_series);
  dispatch_events("database_errors", stored.errors);
}

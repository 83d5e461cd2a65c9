/* SPDX-License-Identifier: MIT */
/*
 * The built-in detector, in the terms of <Feature> blocks: each row below could
 * be written in collectd.conf, and collectd-anomaly(5) shows how.
 */
#include "plugin/features/builtin.h"

#include <errno.h>
#include <string.h>

/* File systems that hold no data of their own, or an image that never
 * changes; df names a mount point by its path with - for /, or a device by its
 * name. */
#define PSEUDO_FILE_SYSTEMS                                                    \
  "/^(dev|proc|run|sys|snap|var-lib-docker|var-lib-containers|var-lib-snapd|"  \
  "tmpfs|devtmpfs|udev|overlay|shm|efivarfs)(-|$)/"

static const struct {
  const char *feature;
  const char *unit;
  double noise;
  const char *plugin;
  const char *ignore_plugin_instance;
  const char *type;
  const char *type_instance;
  aggregate_t aggregate;
  bool percent;
  bool invert;
  bool ignore_zero;
} table[] = {
    /* cpu-N/cpu-idle in jiffies, or percent-idle with ValuesPercentage; a share
     * of sums is the same for both */
    {"cpu", "%", 2, "cpu", NULL, "/^(cpu|percent)$/", "idle", AGGREGATE_SUM,
     .percent = true, .invert = true},
    /* ReportByState false leaves percent-active alone: a percentage as it is */
    {"cpu", "%", 2, "cpu", NULL, "percent", "active", AGGREGATE_AVERAGE,
     .percent = false},

    {"memory", "%", 1, "memory", NULL, "memory", "used", AGGREGATE_SUM,
     .percent = true},
    {"memory", "%", 1, "memory", NULL, "percent", "used", AGGREGATE_SUM,
     .percent = true},

    /* The share of what is not free, reserved blocks included: what is left is
     * what runs out. A read-only image has never had any free space. */
    {"disk", "%", 0.5, "df", PSEUDO_FILE_SYSTEMS, "df_complex", "free",
     AGGREGATE_SUM, .percent = true, .invert = true, .ignore_zero = true},
    {"disk", "%", 0.5, "df", PSEUDO_FILE_SYSTEMS, "percent_bytes", "free",
     AGGREGATE_SUM, .percent = true, .invert = true, .ignore_zero = true},

    {"network", "B/s", 1000, "interface", "lo", "if_octets", NULL,
     AGGREGATE_SUM, .percent = false},

    {"errors", "/s", 0.1, "interface", "lo", "/^if_(errors|dropped)$/", NULL,
     AGGREGATE_SUM, .percent = false},
};

static int set(selector_t *selector, const char *text) {
  char error[128] = "";
  return text == NULL ? 0 : selector_set(selector, text, error, sizeof(error));
}

int builtin_features(detector_options_t *detector) {
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
    selection_t *s = detector_options_select(detector, table[i].feature);
    if (s == NULL)
      return ENOMEM;
    if (detector_options_describe(detector, s->feature, table[i].unit,
                                  table[i].noise) != 0 ||
        set(&s->plugin, table[i].plugin) != 0 ||
        set(&s->ignore_plugin_instance, table[i].ignore_plugin_instance) != 0 ||
        set(&s->type, table[i].type) != 0 ||
        set(&s->type_instance, table[i].type_instance) != 0)
      return ENOMEM;
    s->aggregate = table[i].aggregate;
    s->percent = table[i].percent;
    s->invert = table[i].invert;
    s->ignore_zero = table[i].ignore_zero;
  }
  return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Reads <Plugin anomaly>:
 *
 *   <Plugin anomaly>
 *     Database "/var/lib/collectd/anomaly.db"
 *     Retention 604800
 *     MaxSize 0
 *     MaxHosts 10000
 *     HostTimeout 86400
 *     <Detector "web">        # see detector_block.c
 *     </Detector>
 *     <Simulate>
 *       Hosts 2
 *       Seed 42
 *       Backfill 7200
 *     </Simulate>
 *   </Plugin>
 *
 * An option that is wrong stops collectd, since a monitor that silently watches
 * less than it was told to is worse than none.
 */
#include "plugin/collectd/options.h"
#include "plugin/collectd/oconfig.h"
#include "plugin/features/detector_block.h"
#include "plugin/features/option.h"

#include <math.h>
#include <strings.h>

/* --- <Simulate> and <Plugin> --------------------------------------------- */

static int read_simulate(const config_item_t *block, options_t *options) {
  options->simulate = true;
  if (block->values_num > 0) /* "Simulate true": a block may not be empty */
    return option_boolean(block, &options->simulate);
  for (size_t i = 0; i < block->children_num; i++) {
    const config_item_t *option = block->children + i;
    double number = 0;
    if (strcasecmp("Hosts", option->key) == 0) {
      if (option_count(option, 1, 100000, &number) != 0)
        return -1;
      options->simulator.hosts = (unsigned)number;
    } else if (strcasecmp("Seed", option->key) == 0) {
      if (option_count(option, 0, 9007199254740992.0, &number) != 0)
        return -1;
      options->simulator.seed = (uint64_t)number;
    } else if (strcasecmp("Backfill", option->key) == 0) {
      if (option_number(option, 0, 31622400, &options->simulator.backfill) != 0)
        return -1;
    } else
      return option_complain(option,
                             "<Simulate> knows Hosts, Seed and Backfill only.");
  }
  return 0;
}

static int read_database(const config_item_t *option, options_t *options) {
  const char *path = NULL;
  if (option_string(option, &path) != 0)
    return -1;
  if (path[0] == '\0')
    return option_complain(option, "expects the path of a file.");
  char *copy = strdup(path);
  if (copy == NULL)
    return option_complain(option, "out of memory.");
  free(options->database);
  options->database = copy;
  return 0;
}

static int read_option(const config_item_t *option, options_t *options) {
  double number = 0;
  if (strcasecmp("Database", option->key) == 0)
    return read_database(option, options);
  if (strcasecmp("Retention", option->key) == 0) {
    if (option_number(option, 0, 1e9, &number) != 0)
      return -1;
    options->retention = (int64_t)ceil(number);
    return 0;
  }
  if (strcasecmp("MaxSize", option->key) == 0) {
    if (option_number(option, 0, 1e9, &number) != 0)
      return -1;
    options->max_size = (int64_t)ceil(number * (1 << 20));
    return 0;
  }
  if (strcasecmp("MaxHosts", option->key) == 0) {
    if (option_count(option, 1, 1000000, &number) != 0)
      return -1;
    options->max_hosts = (size_t)number;
    return 0;
  }
  if (strcasecmp("HostTimeout", option->key) == 0) {
    if (option_number(option, 60, 1e9, &number) != 0)
      return -1;
    options->host_timeout = DOUBLE_TO_CDTIME_T(number);
    return 0;
  }
  if (strcasecmp("Detector", option->key) == 0)
    return detector_block_read(option, &options->detectors,
                               &options->detectors_num);
  if (strcasecmp("Simulate", option->key) == 0)
    return read_simulate(option, options);
  return option_complain(option, "the plugin has no such option; "
                                 "collectd-anomaly(5) lists them.");
}

static void complain(const char *message) {
  ERROR("anomaly plugin: %s", message);
}

int options_read(options_t *options, const oconfig_item_t *block) {
  static const config_origin_t origin = {.complain = complain};
  config_item_t *root = oconfig_convert(block, &origin);
  if (root == NULL) {
    complain("out of memory.");
    return -1;
  }
  int status = 0;
  for (size_t i = 0; i < root->children_num && status == 0; i++)
    status = read_option(root->children + i, options);
  config_clear(root);
  free(root);
  return status;
}

/* --- the whole ----------------------------------------------------------- */

options_t *options_create(void) {
  options_t *options = calloc(1, sizeof(*options));
  if (options == NULL)
    return NULL;
  *options = (options_t){
      .database = strdup("/var/lib/collectd/anomaly.db"),
      .retention = 604800,
      .max_hosts = 10000,
      .host_timeout = TIME_T_TO_CDTIME_T(86400),
      .simulator = SIMULATOR_OPTIONS_INIT,
  };
  if (options->database == NULL) {
    free(options);
    return NULL;
  }
  return options;
}

int options_complete(options_t *options) {
  return detector_block_default(&options->detectors, &options->detectors_num);
}

void options_destroy(options_t *options) {
  if (options == NULL)
    return;
  for (size_t i = 0; i < options->detectors_num; i++)
    detector_options_clear(options->detectors + i);
  free(options->detectors);
  free(options->database);
  free(options);
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_options.c -- <Plugin anomaly>, as collectd hands it over
 */
#include "tests/fuzz/fuzz.h"

#include "plugin/collectd/options.h"
#include "plugin/features/detector_block.h"
#include "plugin/features/match.h"
#include "tests/unit/fake_collectd.h"

#include <math.h>
#include <string.h>

const char fuzz_name[] = "options";

static void check_detector(const detector_options_t *options) {
  const detector_t *detector = &options->detector;
  REQUIRE(detector_check(detector) == NULL);
  REQUIRE(strlen(detector->name) <= DETECTOR_NAME_MAX);
  for (size_t i = 0; i < detector->features_num; i++)
    REQUIRE(strlen(detector->features[i].name) <= DETECTOR_NAME_MAX);
  for (size_t i = 0; i < options->selections_num; i++)
    REQUIRE(options->selections[i].feature < detector->features_num);
}

static void check_options(const options_t *options) {
  static const source_t sources[] = {{.name = "value", .min = 0, .max = NAN}};
  static const metric_t metric = {.plugin = "cpu",
                                  .plugin_instance = "0",
                                  .type = "percent",
                                  .type_instance = "idle",
                                  .sources = sources,
                                  .sources_num = 1};
  use_t *uses = NULL;
  size_t uses_num = 0;
  REQUIRE(options->retention >= 0 && options->max_size >= 0);
  REQUIRE(options->database != NULL && options->detectors_num > 0);
  for (size_t i = 0; i < options->detectors_num; i++)
    check_detector(options->detectors + i);
  REQUIRE(match_metric(options->detectors, options->detectors_num, &metric,
                       &uses, &uses_num) == 0);
  free(uses);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = fuzz_text(data, size);
  fake_reset();
  oconfig_item_t *block = fake_config(text);
  options_t *options = options_create();
  REQUIRE(options != NULL);
  int status = options_read(options, block);
  fake_config_free(block);
  REQUIRE((status == 0) == (fake_log_num(LOG_ERR) == 0));
  if (status == 0) {
    REQUIRE(options_complete(options) == 0);
    check_options(options);
  }
  options_destroy(options);
  free(text);
  return 0;
}

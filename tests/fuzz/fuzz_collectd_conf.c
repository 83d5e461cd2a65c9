/* SPDX-License-Identifier: MIT */
/*
 * fuzz_collectd_conf.c -- a collectd.conf, as anomaly-replay reads it
 */
#include "config.h"
#include "tests/fuzz/fuzz.h"

#include "plugin/replay/detectors.h"

const char fuzz_name[] = "collectd_conf";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *path = fuzz_path("collectd.conf");
  const options_t options = {.config = (char *)path};
  detectors_t detectors = {0};
  fuzz_write(path, data, size);
  if (detectors_make(&detectors, &options) == 0) {
    REQUIRE(detectors.num > 0);
    for (size_t i = 0; i < detectors.num; i++)
      REQUIRE(detector_check(&detectors.items[i].detector) == NULL);
  }
  detectors_clear(&detectors);
  return 0;
}

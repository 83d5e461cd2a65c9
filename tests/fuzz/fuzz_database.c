/* SPDX-License-Identifier: MIT */
/*
 * fuzz_database.c -- the database as any file, read by the plugin and by the
 * dashboard
 */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/fake_http.h"
#include "tests/fuzz/world.h"

#include <unistd.h>

const char fuzz_name[] = "database";

/* Every way to read, and to write, what is in the file. */
static const char *const requests[] = {
    "GET /api/summary",
    "GET /api/hosts",
    "GET /api/series?host=web&detector=system",
    "GET /api/series?host=web&from=0&to=1767225200000&points=3",
    "GET /api/series?run=4",
    "GET /api/samples",
    "GET /api/samples?host=mail&flagged=1&format=csv",
    "GET /runs",
    "GET /runs/1",
    "GET /runs/4",
    "POST /runs/1/verdict {\"verdict\":\"expected\",\"note\":\"x\"}",
    "POST /detect {\"points\":[{\"ts\":1,\"cpu\":2}]}",
    "DELETE /api/models?host=web&detector=system",
    "DELETE /runs/4",
};

static void remove_file(void) {
  unlink(fuzz_path("anomaly.db"));
  unlink(fuzz_path("anomaly.db-wal"));
  unlink(fuzz_path("anomaly.db-shm"));
  unlink(fuzz_path("anomaly.db-journal"));
}

static void read_as_dashboard(const char *path) {
  app_t app;
  world_begin(&app, path);
  for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
    fake_http(&app, requests[i]);
  world_end(&app);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[128];
  snprintf(path, sizeof(path), "%s", fuzz_path("anomaly.db"));
  remove_file();
  fuzz_write(path, data, size);
  read_as_dashboard(path);
  /* The plugin may mend, or at least replace, what is there. */
  fuzz_write(path, data, size);
  world_open_as_plugin(path);
  read_as_dashboard(path);
  remove_file();
  return 0;
}

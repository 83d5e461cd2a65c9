/* SPDX-License-Identifier: MIT */
/* Models into the plugin's database: see the header. */
#include "config.h"

#include "plugin/replay/save.h"

#include "plugin/replay/complain.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

/* What is there is left as it is: samples may be older than any Retention. */
#define RETENTION 1000000000

#define CLOSE_TIMEOUT 60.0 /* seconds */

struct save_s {
  const char *path;
  const detector_t **detectors;
  storage_t *storage;
};

static void log_storage(int level, const char *message) {
  if (level <= LOG_WARNING)
    complain("%s", message);
}

static int create_thread(pthread_t *thread, void *(*start)(void *),
                         void *argument) {
  return pthread_create(thread, NULL, start, argument);
}

static void wait_a_little(void) {
  nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* Until the file has been opened, or could not be: that has been logged. */
static int wait_until_ready(storage_t *storage) {
  storage_stats_t stats = {0};
  for (;;) {
    storage_stats(storage, &stats);
    if (stats.state != STORAGE_STARTING)
      return stats.state == STORAGE_READY ? 0 : -1;
    wait_a_little();
  }
}

save_t *save_open(const char *path, const detector_options_t *detectors,
                  size_t detectors_num) {
  save_t *save = calloc(1, sizeof(*save));
  if (save != NULL)
    save->detectors = calloc(detectors_num, sizeof(*save->detectors));
  if (save == NULL || save->detectors == NULL) {
    complain("out of memory");
    free(save);
    return NULL;
  }
  save->path = path;
  for (size_t i = 0; i < detectors_num; i++)
    save->detectors[i] = &detectors[i].detector;
  const storage_options_t options = {.path = path,
                                     .retention = RETENTION,
                                     .detectors = save->detectors,
                                     .detectors_num = detectors_num,
                                     .log = log_storage,
                                     .thread_create = create_thread};
  save->storage = storage_start(&options);
  if (save->storage == NULL)
    complain("%s: %s", path, strerror(errno));
  else if (wait_until_ready(save->storage) == 0)
    return save;
  if (save->storage != NULL)
    storage_stop(save->storage, 0);
  free(save->detectors);
  free(save);
  return NULL;
}

bool save_is_newer(save_t *save, const char *host, int64_t ts) {
  int64_t last = INT64_MIN;
  return storage_last_ts(save->storage, host, &last) == 0 && last > ts;
}

static int wait_for_room(const save_t *save, size_t size) {
  storage_stats_t stats = {0};
  for (;;) {
    storage_stats(save->storage, &stats);
    if (stats.state == STORAGE_FAILING)
      return -1; /* it has been logged why */
    if (stats.queue_bytes + size <= STORAGE_QUEUE_BYTES / 2)
      return 0;
    wait_a_little();
  }
}

int save_model(save_t *save, const char *host, const detector_t *detector,
               const model_t *model) {
  size_t size = model_image_max(detector);
  void *image = malloc(size);
  if (image == NULL) {
    complain("out of memory");
    return -1;
  }
  if (wait_for_room(save, size) != 0) {
    free(image);
    return -1;
  }
  size = model_save(model, image);
  /* a wish to forget the host's model was about one before this */
  if (storage_put_model(save->storage, host, detector, model_last_ts(model),
                        wall_ms(), image, size) == 0)
    return 0;
  complain("out of memory");
  return -1;
}

int save_close(save_t *save) {
  if (save == NULL)
    return 0;
  size_t lost = storage_stop(save->storage, CLOSE_TIMEOUT);
  if (lost > 0)
    complain("%s: %zu model%s could not be written: make room or see who "
             "locks it, and save again",
             save->path, lost, lost == 1 ? "" : "s");
  free(save->detectors);
  free(save);
  return lost == 0 ? 0 : -1;
}

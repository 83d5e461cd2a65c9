/* SPDX-License-Identifier: MIT */
/*
 * The plugin's callbacks, and who calls them:
 *
 *   config, init, shutdown   collectd's main thread
 *   write                    any of its write threads: only collects
 *   read                     one read thread at a time: simulates, judges,
 *                            reports
 *   read of statistics       another one, perhaps at the same time
 *   flush                    any thread: only asks the next read to save;
 *                            main thread: a stop has begun
 *   storage, notifier        threads of the plugin's own, see storage.h and
 *                            notifier.h
 */
#include "plugin/collectd/intake.h"
#include "plugin/collectd/judge.h"
#include "plugin/collectd/notifier.h"
#include "plugin/collectd/options.h"
#include "plugin/collectd/report.h"
#include "plugin/collectd/simulator.h"
#include "plugin/collectd/statistics.h"

#include "collectd/core/utils/common/common.h"

#include <pthread.h>
#include <time.h>

/* Seconds at the stop; Debian kills collectd after 30. */
#define TELL_TIMEOUT 3.0  /* for the notifications */
#define SAVE_TIMEOUT 13.0 /* then for the models */
#define WRITE_TIMEOUT 5.0 /* then for what is queued */
/* Ticks emitted at a time, over all hosts, and at most in one read, also of a
 * single host: a backfill should neither hold up the reads nor flood collectd's
 * write queue, and a host's frames must find room (FRAMES_QUEUE_MAX) until they
 * are judged. */
#define SIMULATED_TICKS 20
#define SIMULATED_TICKS_MAX 1200
#define SIMULATED_TICKS_HOST_MAX 600

/* Main thread until init has registered the other callbacks, constant then. */
static options_t *options;
static intake_t *intake;
static storage_t *storage;
static notifier_t *notifier;
static judge_t *judge; /* NULL from shutdown on, under stop_lock */
static const detector_t **detectors; /* the storage's view of the options */

static simulator_t *simulator; /* NULL: none */

/* collectd joins the threads that read and write before shutdown, but not those
 * that flush: a client of the plugin unixsock may ask until the very end. */
static pthread_mutex_t stop_lock = PTHREAD_MUTEX_INITIALIZER;

static pthread_t main_thread;

/* The read callback's, and the main thread's when that has ended. */
static bool *simulated; /* whether host i has been started */

static cdtime_t monotonic(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return TIMESPEC_TO_CDTIME_T(&ts);
}

/* --- read ---------------------------------------------------------------- */

/* History begins where the database ends, so that no interval is learned
 * twice. Hosts wait until that is known. */
static void start_simulated(cdtime_t now) {
  cdtime_t backfill = DOUBLE_TO_CDTIME_T(options->simulator.backfill);
  for (size_t i = 0; i < options->simulator.hosts; i++) {
    int64_t last = 0;
    if (simulated[i] ||
        storage_last_ts(storage, simulator_host(simulator, i), &last) != 0)
      continue;
    cdtime_t first = now > backfill ? now - backfill : 0;
    if (last > 0 && MS_TO_CDTIME_T(last) >= first)
      first = MS_TO_CDTIME_T(last + 1);
    simulator_start(simulator, i, first);
    simulated[i] = true;
  }
}

static void simulate(void) {
  intake_stats_t stats = {0};
  intake_stats(intake, &stats);
  if (stats.waiting > 0)
    return; /* models are still asked for: more would only queue up */
  cdtime_t now = cdtime();
  start_simulated(now);
  cdtime_t deadline = monotonic() + plugin_get_interval() / 4;
  size_t ticks = SIMULATED_TICKS / options->simulator.hosts + 1;
  size_t most = SIMULATED_TICKS_MAX / options->simulator.hosts + 1;
  if (most > SIMULATED_TICKS_HOST_MAX)
    most = SIMULATED_TICKS_HOST_MAX;
  size_t due = SIZE_MAX;
  for (size_t i = 0; i < most && monotonic() < deadline; i += ticks) {
    size_t left = simulator_emit(simulator, now, ticks);
    if (left == 0 || left == due)
      break; /* all done, or all held back */
    due = left;
  }
}

/* Always 0: an error would double the interval. */
static int anomaly_read(__attribute__((unused)) user_data_t *user_data) {
  notifier_begin(notifier);
  judge_read(judge, monotonic());
  if (simulator != NULL)
    simulate();
  return 0;
}

static int anomaly_read_statistics(__attribute__((unused))
                                   user_data_t *user_data) {
  statistics_dispatch(judge, intake, storage);
  return 0;
}

/* --- write and flush ----------------------------------------------------- */

static int anomaly_write(const data_set_t *ds, const value_list_t *vl,
                         __attribute__((unused)) user_data_t *user_data) {
  if (simulator != NULL)
    simulator_arrived(simulator, vl);
  /* What is refused is counted, and told by the reader once in a while. */
  if (!report_is_own(vl))
    (void)intake_write(intake, ds, vl, monotonic());
  return 0;
}

static int anomaly_flush(cdtime_t timeout,
                         __attribute__((unused)) const char *identifier,
                         __attribute__((unused)) user_data_t *user_data) {
  /* On the main thread that is collectd's stop: nothing is read or written any
   * more, but all other plugins are still there to be told something. */
  if (pthread_equal(pthread_self(), main_thread)) {
    notifier_stop(notifier, TELL_TIMEOUT);
    return 0;
  }
  cdtime_t now = monotonic();
  pthread_mutex_lock(&stop_lock);
  if (judge != NULL)
    judge_request_save(judge, timeout < now ? now - timeout : 0);
  pthread_mutex_unlock(&stop_lock);
  return 0;
}

/* --- init and shutdown --------------------------------------------------- */

static void storage_log(int level, const char *message) {
  plugin_log(level, "anomaly plugin: %s", message);
}

static int create_thread(pthread_t *thread, void *(*start)(void *),
                         void *argument) {
  return plugin_thread_create(thread, start, argument, "anomaly");
}

static storage_t *start_storage(void) {
  detectors = calloc(options->detectors_num, sizeof(*detectors));
  if (detectors == NULL)
    return NULL;
  for (size_t i = 0; i < options->detectors_num; i++)
    detectors[i] = &options->detectors[i].detector;
  storage_options_t storage_options = {.path = options->database,
                                       .retention = options->retention,
                                       .size_max = options->max_size,
                                       .models_max = 2 * options->max_hosts,
                                       .detectors = detectors,
                                       .detectors_num = options->detectors_num,
                                       .log = storage_log,
                                       .thread_create = create_thread};
  return storage_start(&storage_options);
}

static int start_simulator(void) {
  simulator = simulator_create(&options->simulator, plugin_get_interval());
  simulated = calloc(options->simulator.hosts, sizeof(*simulated));
  return simulator == NULL || simulated == NULL ? ENOMEM : 0;
}

static int anomaly_shutdown(void) {
  pthread_mutex_lock(&stop_lock);
  judge_t *stopped = judge;
  judge = NULL;
  pthread_mutex_unlock(&stop_lock);
  if (stopped != NULL)
    judge_shutdown(stopped, SAVE_TIMEOUT);
  notifier_leave(notifier);
  if (storage != NULL) {
    size_t lost = storage_stop(storage, WRITE_TIMEOUT);
    if (lost > 0)
      WARNING("anomaly plugin: %zu records could not be written to %s before "
              "the end.",
              lost, options->database);
  }
  /* All is saved: should a notification plugin hang, and somebody lose his
   * patience, this does no harm. */
  notifier_destroy(notifier);
  judge_destroy(stopped);
  intake_destroy(intake);
  simulator_destroy(simulator);
  free(simulated);
  free(detectors);
  options_destroy(options);
  notifier = NULL;
  storage = NULL;
  intake = NULL;
  simulator = NULL;
  simulated = NULL;
  detectors = NULL;
  options = NULL;
  return 0;
}

static int anomaly_init(void) {
  main_thread = pthread_self();
  if (options == NULL) /* there is no <Plugin anomaly> */
    options = options_create();
  if (options == NULL || options_complete(options) != 0)
    goto fail;
  intake = intake_create(options);
  if (intake == NULL)
    goto fail;
  storage = start_storage();
  if (storage == NULL)
    goto fail;
  notifier = notifier_create(storage, options->database);
  judge = judge_create(options, intake, storage);
  if (notifier == NULL || judge == NULL ||
      (options->simulate && start_simulator() != 0))
    goto fail;

  INFO("anomaly plugin: version %s, %zu detector%s, database %s.",
       ANOMALY_VERSION, options->detectors_num,
       options->detectors_num == 1 ? "" : "s", options->database);
  /* Twice an interval: all plugins are read at the same moment, so that a frame
   * is complete just after a read, and would wait a whole interval. */
  plugin_register_complex_read(NULL, "anomaly", anomaly_read,
                               plugin_get_interval() / 2, NULL);
  if (IS_TRUE(global_option_get("CollectInternalStats")))
    plugin_register_complex_read(NULL, "anomaly_statistics",
                                 anomaly_read_statistics, 0, NULL);
  plugin_register_flush("anomaly", anomaly_flush, NULL);
  /* Last: values would come in even after an init that failed. */
  plugin_register_write("anomaly", anomaly_write, NULL);
  return 0;
fail:
  ERROR("anomaly plugin: out of memory or threads; it does nothing.");
  anomaly_shutdown();
  return -1;
}

static int anomaly_config(oconfig_item_t *block) {
  if (options == NULL)
    options = options_create();
  return options == NULL ? -1 : options_read(options, block);
}

void module_register(void) {
  plugin_register_complex_config("anomaly", anomaly_config);
  plugin_register_init("anomaly", anomaly_init);
  plugin_register_shutdown("anomaly", anomaly_shutdown);
}

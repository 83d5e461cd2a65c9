/* SPDX-License-Identifier: MIT */
/*
 * The write side: finds the series (shared by all hosts) and the host, and lets
 * frames.c do the rest. The read side: goes through the hosts by number, taking
 * the lock for one stream at a time, so that no write thread waits for more
 * than a few microseconds however many hosts there are.
 */
#include "plugin/collectd/intake.h"
#include "plugin/collectd/hash.h"
#include "plugin/collectd/series.h"

#include <errno.h>
#include <pthread.h>

#define YOUNG_FRAMES 64
#define UNWANTED_HOSTS 4096
#define YOUNG_TIMEOUT TIME_T_TO_CDTIME_T_STATIC(600)
#define YOUNG_INTERVALS 3 /* or so many of its own, if they are longer */

typedef struct host_s host_t;
struct host_s {
  host_t *next; /* in its bucket */
  uint64_t hash;
  char *name;
  cdtime_t last_arrival; /* monotonic */
  size_t streams_num;
  stream_t streams[]; /* one a detector; options NULL: it does not want it */
};

struct intake_s {
  /* set at creation */
  const options_t *options;
  hash_secret_t secret;

  pthread_mutex_t lock; /* of all below, and of the streams' frames */
  series_cache_t *series;
  uint64_t unwanted[UNWANTED_HOSTS]; /* hashes; 0: none */
  host_t **buckets;
  size_t buckets_num; /* a power of two */
  host_t **hosts;     /* dense, in no order; only the reader removes */
  size_t hosts_num;
  intake_stats_t counted; /* all but what living hosts count themselves */
};

intake_t *intake_create(const options_t *options) {
  intake_t *intake = calloc(1, sizeof(*intake));
  if (intake == NULL)
    return NULL;
  intake->options = options;
  intake->secret = hash_secret();
  pthread_mutex_init(&intake->lock, NULL);
  intake->buckets_num = 16;
  while (intake->buckets_num < options->max_hosts)
    intake->buckets_num *= 2;
  intake->buckets = calloc(intake->buckets_num, sizeof(*intake->buckets));
  intake->hosts = calloc(options->max_hosts, sizeof(*intake->hosts));
  intake->series = series_cache_create(options);
  if (intake->buckets == NULL || intake->hosts == NULL ||
      intake->series == NULL) {
    intake_destroy(intake);
    return NULL;
  }
  return intake;
}

static void host_destroy(host_t *host) {
  for (size_t i = 0; i < host->streams_num; i++)
    frames_destroy(host->streams[i].frames);
  free(host->name);
  free(host);
}

void intake_destroy(intake_t *intake) {
  if (intake == NULL)
    return;
  for (size_t i = 0; i < intake->hosts_num; i++)
    host_destroy(intake->hosts[i]);
  free(intake->hosts);
  free(intake->buckets);
  series_cache_destroy(intake->series);
  pthread_mutex_destroy(&intake->lock);
  free(intake);
}

/* --- hosts --------------------------------------------------------------- */

static host_t *host_create(const intake_t *intake, const char *name,
                           uint64_t hash) {
  size_t num = intake->options->detectors_num;
  host_t *host = calloc(1, sizeof(*host) + num * sizeof(host->streams[0]));
  if (host == NULL)
    return NULL;
  host->hash = hash;
  host->streams_num = num;
  host->name = strdup(name);
  if (host->name == NULL)
    goto fail;
  for (size_t i = 0; i < num; i++) {
    const detector_options_t *options = intake->options->detectors + i;
    if (!selector_match(&options->host, name))
      continue;
    stream_t *stream = host->streams + i;
    stream->host = host->name;
    stream->options = options;
    stream->frames = frames_create(options);
    if (stream->frames == NULL)
      goto fail;
  }
  return host;
fail:
  host_destroy(host);
  return NULL;
}

/* Hosts that nobody wants take no room: of some of them the hash is kept, so
 * that their values seldom meet the selectors. */
static bool host_is_wanted(intake_t *intake, const char *name, uint64_t hash) {
  uint64_t *unwanted = intake->unwanted + hash % UNWANTED_HOSTS;
  if (*unwanted == hash)
    return false;
  for (size_t i = 0; i < intake->options->detectors_num; i++)
    if (selector_match(&intake->options->detectors[i].host, name))
      return true;
  *unwanted = hash;
  return false;
}

/* Finds or makes a host. 0; ENOMEM; EUSERS; or ENOENT: no detector wants it. */
static int host_get(intake_t *intake, const char *name, cdtime_t now,
                    host_t **found) {
  size_t length = strnlen(name, DATA_MAX_NAME_LEN);
  uint64_t hash = hash_bytes(&intake->secret, name, length);
  host_t **bucket = intake->buckets + (hash & (intake->buckets_num - 1));
  for (host_t *host = *bucket; host != NULL; host = host->next)
    if (host->hash == hash && strcmp(host->name, name) == 0) {
      *found = host;
      return 0;
    }
  if (!host_is_wanted(intake, name, hash))
    return ENOENT;
  if (intake->hosts_num == intake->options->max_hosts)
    return EUSERS;
  host_t *host = host_create(intake, name, hash);
  if (host == NULL)
    return ENOMEM;
  host->last_arrival = now;
  host->next = *bucket;
  *bucket = host;
  intake->hosts[intake->hosts_num++] = host;
  *found = host;
  return 0;
}

/* --- writing ------------------------------------------------------------- */

static int write_locked(intake_t *intake, const data_set_t *ds,
                        const value_list_t *vl, cdtime_t now) {
  const series_t *series = series_find(intake->series, ds, vl);
  if (series == NULL)
    return ENOMEM;
  if (series->uses_num == 0)
    return 0;
  host_t *host = NULL;
  int status = host_get(intake, vl->host, now, &host);
  if (status == ENOENT)
    return 0;
  intake->counted.values++;
  if (status != 0)
    return status;
  host->last_arrival = now;
  /* The uses are sorted by detector: one call for each of them. */
  reading_t reading = series_reading(series, vl);
  for (size_t i = 0; i < series->uses_num; i += reading.uses_num) {
    reading.uses = series->uses + i;
    reading.uses_num = match_same_detector(reading.uses, series->uses_num - i);
    frames_t *frames = host->streams[reading.uses->detector].frames;
    if (frames == NULL)
      continue;
    int failed = frames_write(frames, &reading, now);
    status = failed != 0 ? failed : status;
  }
  return status;
}

int intake_write(intake_t *intake, const data_set_t *ds, const value_list_t *vl,
                 cdtime_t now) {
  pthread_mutex_lock(&intake->lock);
  int status = write_locked(intake, ds, vl, now);
  intake->counted.refused_hosts += status == EUSERS;
  intake->counted.refused_series += status == E2BIG;
  pthread_mutex_unlock(&intake->lock);
  return status;
}

/* --- reading ------------------------------------------------------------- */

static void read_stream(intake_t *intake, stream_t *stream, cdtime_t now,
                        intake_judge_cb judge, void *user) {
  double values[DETECTOR_FEATURES_MAX];
  frame_t frame = {0};
  bool clock_set = false;

  pthread_mutex_lock(&intake->lock);
  frames_tick(stream->frames, now);
  while (frames_peek(stream->frames, &frame, &clock_set) == 0) {
    memcpy(values, frame.values,
           stream->options->detector.features_num * sizeof(*values));
    frame.values = values;
    pthread_mutex_unlock(&intake->lock);
    bool taken = judge(user, stream, &frame, clock_set);
    pthread_mutex_lock(&intake->lock);
    if (!taken)
      break;
    frames_pop(stream->frames);
  }
  pthread_mutex_unlock(&intake->lock);
}

/* Under the lock. */
static bool host_is_gone(const intake_t *intake, const host_t *host,
                         cdtime_t now) {
  uint64_t closed = 0;
  cdtime_t young = YOUNG_TIMEOUT;
  for (size_t i = 0; i < host->streams_num; i++) {
    const frames_t *frames = host->streams[i].frames;
    if (frames == NULL)
      continue;
    if (frames_waiting(frames) > 0)
      return false;
    closed += frames_closed(frames);
    if (young < YOUNG_INTERVALS * frames_interval(frames))
      young = YOUNG_INTERVALS * frames_interval(frames);
  }
  cdtime_t timeout = intake->options->host_timeout;
  if (closed < YOUNG_FRAMES && timeout > young)
    timeout = young;
  return host->last_arrival + timeout < now;
}

/* Under the lock: nobody finds the host any more. */
static void host_unlink(intake_t *intake, size_t number) {
  host_t *host = intake->hosts[number];
  host_t **link = intake->buckets + (host->hash & (intake->buckets_num - 1));
  while (*link != host)
    link = &(*link)->next;
  *link = host->next;
  intake->hosts[number] = intake->hosts[--intake->hosts_num];
  for (size_t i = 0; i < host->streams_num; i++)
    if (host->streams[i].frames != NULL) {
      intake->counted.late += frames_late(host->streams[i].frames);
      intake->counted.dropped += frames_dropped(host->streams[i].frames);
    }
}

static void host_visit(host_t *host, intake_drop_cb visit, void *user) {
  for (size_t i = 0; i < host->streams_num; i++)
    if (host->streams[i].options != NULL)
      visit(user, host->streams + i);
}

/* The host of a number below what hosts_num has been: it only shrinks in the
 * reader's own hands, but writers make it grow. */
static host_t *host_number(intake_t *intake, size_t number) {
  pthread_mutex_lock(&intake->lock);
  host_t *host = number < intake->hosts_num ? intake->hosts[number] : NULL;
  pthread_mutex_unlock(&intake->lock);
  return host;
}

void intake_read(intake_t *intake, cdtime_t now, intake_judge_cb judge,
                 intake_drop_cb drop, void *user) {
  host_t *host = NULL;
  for (size_t number = 0; (host = host_number(intake, number)) != NULL;) {
    for (size_t i = 0; i < host->streams_num; i++)
      if (host->streams[i].options != NULL)
        read_stream(intake, host->streams + i, now, judge, user);

    pthread_mutex_lock(&intake->lock);
    bool gone = host_is_gone(intake, host, now);
    if (gone)
      host_unlink(intake, number);
    pthread_mutex_unlock(&intake->lock);
    if (gone) {
      host_visit(host, drop, user);
      host_destroy(host);
    } else
      number++;
  }
}

stream_t *intake_touch(intake_t *intake, const char *name, size_t detector,
                       cdtime_t now) {
  host_t *host = NULL;
  pthread_mutex_lock(&intake->lock);
  int status = host_get(intake, name, now, &host);
  pthread_mutex_unlock(&intake->lock);
  if (status != 0 || host->streams[detector].options == NULL)
    return NULL;
  return host->streams + detector;
}

bool intake_has_heard(intake_t *intake, const stream_t *stream) {
  pthread_mutex_lock(&intake->lock);
  bool heard = frames_last_arrival(stream->frames) > 0;
  pthread_mutex_unlock(&intake->lock);
  return heard;
}

void intake_visit(intake_t *intake, intake_drop_cb visit, void *user) {
  host_t *host = NULL;
  for (size_t i = 0; (host = host_number(intake, i)) != NULL; i++)
    host_visit(host, visit, user);
}

static void add_host(const host_t *host, intake_stats_t *stats) {
  for (size_t i = 0; i < host->streams_num; i++) {
    const frames_t *frames = host->streams[i].frames;
    if (frames == NULL)
      continue;
    stats->streams++;
    stats->late += frames_late(frames);
    stats->dropped += frames_dropped(frames);
    stats->waiting += frames_waiting(frames);
  }
}

/* Adds what the host of that number counts; false: there is none. The reader
 * may be another thread that drops hosts: none is looked at without the lock.
 */
static bool add_number(intake_t *intake, size_t number, intake_stats_t *stats) {
  pthread_mutex_lock(&intake->lock);
  bool there = number < intake->hosts_num;
  if (there)
    add_host(intake->hosts[number], stats);
  pthread_mutex_unlock(&intake->lock);
  return there;
}

void intake_stats(intake_t *intake, intake_stats_t *stats) {
  pthread_mutex_lock(&intake->lock);
  *stats = intake->counted;
  pthread_mutex_unlock(&intake->lock);
  while (add_number(intake, stats->hosts, stats))
    stats->hosts++;
}

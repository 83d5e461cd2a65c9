/* SPDX-License-Identifier: MIT */
/* The reader's side of the plugin, frame by frame; its models are watched.c's.
 */
#include "plugin/collectd/watched.h"
#include "plugin/detector/explain.h"
#include "plugin/storage/clock.h"

#define LESSON_TIMEOUT TIME_T_TO_CDTIME_T_STATIC(60)
#define COMPLAIN_INTERVAL TIME_T_TO_CDTIME_T_STATIC(3600)
#define HANGING_AFTER TIME_T_TO_CDTIME_T_STATIC(60)
#define REPEATED_MAX 10 /* frames that were learned already, in a row */

judge_t *judge_create(const options_t *options, intake_t *intake,
                      storage_t *storage) {
  judge_t *judge = calloc(1, sizeof(*judge));
  if (judge == NULL)
    return NULL;
  judge->options = options;
  judge->intake = intake;
  judge->storage = storage;
  return judge;
}

void judge_request_save(judge_t *judge, cdtime_t time) {
  cdtime_t before = atomic_load(&judge->save_before);
  while (before < time &&
         !atomic_compare_exchange_weak(&judge->save_before, &before, time)) {
  }
}

void judge_destroy(judge_t *judge) {
  if (judge == NULL)
    return;
  while (judge->abandoned != NULL) {
    watched_t *next = judge->abandoned->next_abandoned;
    watched_free(judge->abandoned);
    judge->abandoned = next;
  }
  free(judge->lesson.values);
  free(judge);
}

/* --- what somebody has called expected ----------------------------------- */

/* The model is saved soon: a crash must not lose what a person has said. */
static void teach(watched_t *watched, const storage_lesson_t *lesson) {
  size_t news = model_expect(watched->model, lesson->values, lesson->rows);
  if (news == 0)
    return; /* after a restart: the image knew */
  watched->changed = true;
  watched->saved = 0;
  INFO("anomaly plugin: run %" PRId64 " of %s was expected; its %zu flagged "
       "intervals are learned as normal.",
       lesson->run_id, watched->host, lesson->rows);
}

/* False: the model is not there yet. */
static bool take_lesson(judge_t *judge) {
  const storage_lesson_t *lesson = &judge->lesson;
  size_t detector = 0; /* one of ours: the storage has them from the options */
  while (&judge->options->detectors[detector].detector != lesson->detector)
    detector++;
  stream_t *stream =
      intake_touch(judge->intake, lesson->host, detector, judge->now);
  if (stream == NULL)
    return true;
  if (stream->model == NULL)
    stream->model = watched_ask(judge, lesson->host, stream->options);
  watched_t *watched = stream->model;
  if (watched == NULL || watched->model == NULL)
    return judge->now >= judge->lesson_since + LESSON_TIMEOUT;
  teach(watched, lesson);
  return true;
}

/* One after the other; the rest waits in the storage. */
static void take_lessons(judge_t *judge) {
  for (;;) {
    if (judge->lesson.values == NULL) {
      if (storage_take_expected(judge->storage, &judge->lesson) != 0)
        return;
      judge->lesson_since = judge->now;
    }
    if (!take_lesson(judge))
      return;
    free(judge->lesson.values);
    judge->lesson.values = NULL;
  }
}

/* --- one frame ----------------------------------------------------------- */

/* Frames that were learned already come in a burst when history is sent once
 * more. At the pace of the clock they come from a host that is behind what it
 * was: its clock was set back while nobody watched. */
static bool is_behind(const judge_t *judge, watched_t *watched,
                      const frame_t *frame) {
  if (watched->repeated++ == 0) {
    watched->repeated_from = frame->ts;
    watched->repeated_since = judge->now;
  }
  int64_t span = frame->ts - watched->repeated_from;
  int64_t took = (int64_t)CDTIME_T_TO_MS(judge->now - watched->repeated_since);
  return watched->repeated > REPEATED_MAX && span <= took + took / 2;
}

/* 0, or EINVAL for a frame that was learned already: a backfill that overlaps
 * what the database holds. */
static int step(const judge_t *judge, watched_t *watched, const frame_t *frame,
                bool clock_set, verdict_t *verdict) {
  int64_t last = model_last_ts(watched->model);
  /* What was learned lies in the future: the clock was wrong then. */
  bool ahead = last > wall_ms() + 10 * frame->interval;
  if (frame->ts > last)
    watched->repeated = 0;
  else if (clock_set || ahead || is_behind(judge, watched, frame)) {
    NOTICE("anomaly plugin: the clock of %s was set back; its model goes on "
           "from there.",
           watched->host);
    model_set_back(watched->model, frame->ts);
    watched->repeated = 0;
  }
  return model_step(watched->model, frame, verdict);
}

/* NULL: nothing. */
static storage_notice_t *to_be_told(const report_t *report, bool begins) {
  if (report->verdict->run.silent)
    return NULL;
  if (begins)
    return report_opened(report);
  return report->verdict->run_state == RUN_CLOSED ? report_closed(report)
                                                  : NULL;
}

static void keep(judge_t *judge, const report_t *report, bool begins) {
  const verdict_t *verdict = report->verdict;
  storage_sample_t sample = {.host = report->host,
                             .detector = &report->options->detector,
                             .frame = report->frame,
                             .verdict = verdict};
  storage_put_sample(judge->storage, &sample);
  if (report->run_id == 0)
    return;
  storage_notice_t *notice = to_be_told(report, begins);
  storage_run_t run = {.id = report->run_id,
                       .host = report->host,
                       .detector = report->options->detector.name,
                       .run = verdict->run,
                       .open = verdict->run_state != RUN_CLOSED,
                       .notice = notice};
  storage_put_run(judge->storage, &run);
  free(notice);
  if (!verdict->flagged)
    return;
  char note[1024];
  explain_sentence(&report->options->detector, report->suspects,
                   report->suspects_num, note, sizeof(note));
  storage_anomaly_t anomaly = {.run_id = report->run_id,
                               .ts = report->frame->ts,
                               .score = verdict->score,
                               .threshold = verdict->threshold,
                               .detector = &report->options->detector,
                               .suspects = report->suspects,
                               .suspects_num = report->suspects_num,
                               .note = note};
  storage_put_anomaly(judge->storage, &anomaly);
}

/* Follows the model's run; the id is that of the storage, and of the
 * notifications. Whether this frame begins it for the outside: a model restored
 * from an image may have one open that nobody was told of. */
static bool follow_run(judge_t *judge, watched_t *watched, report_t *report) {
  const verdict_t *verdict = report->verdict;
  if (watched->run_id != 0 && watched->run.silent && !report->frame->silent) {
    /* it ends with the silence, not with a frame */
    watched_close_run(judge, watched);
    watched->run_id = 0;
  }
  bool running =
      verdict->run_state == RUN_OPENED || verdict->run_state == RUN_OPEN;
  bool begins = running && watched->run_id == 0;
  if (begins) {
    watched->run_id = storage_run_id();
    watched->peak[0] = '\0';
  }
  if (watched->run_id != 0 && verdict->run_state != RUN_NONE)
    watched->run = verdict->run;
  if (running && verdict->flagged && verdict->run.peak_at == report->frame->ts)
    explain_sentence(&report->options->detector, report->suspects,
                     report->suspects_num, watched->peak,
                     sizeof(watched->peak));
  report->run_id = watched->run_id;
  report->peak = watched->peak;
  return begins;
}

static bool judge_frame(void *user, stream_t *stream, const frame_t *frame,
                        bool clock_set) {
  judge_t *judge = user;
  watched_t *watched = stream->model;
  if (watched == NULL || watched->model == NULL)
    return false;

  frame_t marked = *frame;
  marked.silent = silence_covers(&stream->options->silence, frame->ts);
  verdict_t verdict = {0};
  if (step(judge, watched, &marked, clock_set, &verdict) != 0)
    return true;
  atomic_fetch_add(&judge->frames, 1);
  watched->changed = true;
  watched->flagged_total += verdict.flagged && !marked.silent;

  suspect_t suspects[DETECTOR_FEATURES_MAX];
  report_t report = {.host = stream->host,
                     .options = stream->options,
                     .frame = &marked,
                     .verdict = &verdict,
                     .suspects = suspects,
                     .flagged_total = watched->flagged_total};
  if (verdict.flagged || stream->options->report_features)
    report.suspects_num = model_explain(watched->model, suspects);
  bool begins = follow_run(judge, watched, &report);
  keep(judge, &report, begins);
  if (begins || verdict.run_state == RUN_CLOSED)
    storage_hurry(judge->storage);
  report_values(&report);
  if (verdict.run_state == RUN_CLOSED)
    watched->run_id = 0;
  return true;
}

/* --- the read callback --------------------------------------------------- */

static void complain_of_losses(judge_t *judge) {
  if (judge->now < judge->next_complaint)
    return;
  intake_stats_t stats = {0};
  intake_stats(judge->intake, &stats);
  if (stats.refused_hosts > judge->complained.refused_hosts)
    WARNING("anomaly plugin: %" PRIu64 " values of hosts beyond MaxHosts %zu "
            "were not looked at; raise it if these hosts are yours.",
            stats.refused_hosts - judge->complained.refused_hosts,
            judge->options->max_hosts);
  if (stats.refused_series > judge->complained.refused_series)
    WARNING("anomaly plugin: %" PRIu64 " values were not looked at, since a "
            "host has more than %d series for one detector; let its features "
            "select fewer.",
            stats.refused_series - judge->complained.refused_series,
            FRAMES_SLOTS_MAX);
  if (stats.dropped > judge->complained.dropped)
    WARNING("anomaly plugin: %" PRIu64 " intervals were not judged, since "
            "they came faster than they are read; lower the plugin's Interval.",
            stats.dropped - judge->complained.dropped);
  bool any = stats.refused_hosts + stats.refused_series + stats.dropped >
             judge->complained.refused_hosts +
                 judge->complained.refused_series + judge->complained.dropped;
  judge->complained = stats;
  judge->next_complaint =
      judge->now + (any ? COMPLAIN_INTERVAL : SAVE_INTERVAL / 10);
}

/* The notifier cannot say it, since it is its thread that hangs. */
static void complain_of_hanging(judge_t *judge, const storage_stats_t *stats) {
  if (!stats->telling || stats->told != judge->told) {
    if (judge->hanging)
      NOTICE("anomaly plugin: notifications go out again.");
    judge->hanging = false;
    judge->told = stats->told;
    judge->told_at = judge->now;
  } else if (!judge->hanging && judge->now - judge->told_at >= HANGING_AFTER) {
    judge->hanging = true;
    WARNING("anomaly plugin: a notification plugin has been at work for a "
            "minute; what there is to tell waits for it. See to the mail "
            "server, or to whatever it sends to.");
  }
}

static void save_if_due(void *user, stream_t *stream) {
  judge_t *judge = user;
  const watched_t *watched = stream->model;
  if (watched == NULL || watched->model == NULL)
    return;
  judge->visited++;
  if (!watched->changed)
    return;
  bool due = watched->saved + SAVE_INTERVAL <= judge->now ||
             watched->saved < judge->flushed;
  if (!due || judge->save_room < model_image_max(&stream->options->detector))
    return;
  judge->save_room -= watched_save(judge, stream);
}

/* Asks for the model at the first value, since it takes a while to come. After
 * a failure the next read asks again. */
static void meet(void *user, stream_t *stream) {
  judge_t *judge = user;
  if (stream->model == NULL && intake_has_heard(judge->intake, stream))
    stream->model = watched_ask(judge, stream->host, stream->options);
}

static uint64_t monotonic_ns(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void judge_read(judge_t *judge, cdtime_t now) {
  uint64_t began = monotonic_ns();
  judge->now = now;
  intake_visit(judge->intake, meet, judge);
  watched_take_answers(judge);
  watched_take_orphans(judge);
  watched_forget(judge);
  take_lessons(judge);
  intake_read(judge->intake, now, judge_frame, watched_drop, judge);

  storage_stats_t stats = {0};
  storage_stats(judge->storage, &stats);
  complain_of_losses(judge);
  complain_of_hanging(judge, &stats);

  cdtime_t save_before = atomic_load(&judge->save_before);
  bool flush = judge->flushed != save_before;
  judge->flushed = save_before;
  judge->save_room = stats.queue_bytes < STORAGE_QUEUE_BYTES / 2
                         ? STORAGE_QUEUE_BYTES / 2 - stats.queue_bytes
                         : 0;
  judge->visited = 0;
  intake_visit(judge->intake, save_if_due, judge);
  atomic_store(&judge->models, judge->visited);
  if (flush)
    storage_flush(judge->storage);
  atomic_store(&judge->read_ns, monotonic_ns() - began);
}

void judge_stats(const judge_t *judge, judge_stats_t *stats) {
  *stats = (judge_stats_t){.models = atomic_load(&judge->models),
                           .frames = atomic_load(&judge->frames),
                           .read_seconds =
                               (double)atomic_load(&judge->read_ns) / 1e9};
}

/* --- the end ------------------------------------------------------------- */

/* Waits until the storage has room for an image. False: it will have none
 * before `deadline`, in monotonic milliseconds. */
static bool wait_for_room(const judge_t *judge, size_t size, int64_t deadline) {
  for (;;) {
    storage_stats_t stats = {0};
    storage_stats(judge->storage, &stats);
    if (monotonic_ms() >= deadline)
      return false;
    if (stats.queue_bytes + size <= STORAGE_QUEUE_BYTES / 2)
      return true;
    if (stats.state != STORAGE_READY)
      return false;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

/* The streams whose models have learned something since they were saved. */
typedef struct {
  const stream_t **streams;
  size_t num;
} unsaved_t;

static void note_unsaved(void *user, stream_t *stream) {
  unsaved_t *unsaved = user;
  const watched_t *watched = stream->model;
  if (watched != NULL && watched->model != NULL && watched->changed)
    unsaved->streams[unsaved->num++] = stream;
}

static int compare_saved(const void *a, const void *b) {
  const watched_t *left = (*(const stream_t *const *)a)->model;
  const watched_t *right = (*(const stream_t *const *)b)->model;
  return (left->saved > right->saved) - (left->saved < right->saved);
}

/* Those that were saved longest ago come first. Returns how many were left. */
static size_t save_unsaved(judge_t *judge, const unsaved_t *unsaved,
                           int64_t deadline) {
  qsort(unsaved->streams, unsaved->num, sizeof(*unsaved->streams),
        compare_saved);
  for (size_t i = 0; i < unsaved->num; i++) {
    const stream_t *stream = unsaved->streams[i];
    size_t size = model_image_max(&stream->options->detector);
    if (!wait_for_room(judge, size, deadline))
      return unsaved->num - i;
    watched_save(judge, stream);
  }
  return 0;
}

static void free_model(__attribute__((unused)) void *user, stream_t *stream) {
  watched_free(stream->model);
  stream->model = NULL;
}

void judge_shutdown(judge_t *judge, double seconds) {
  int64_t deadline = monotonic_ms() + (int64_t)(seconds * 1000);
  intake_stats_t stats = {0};
  intake_stats(judge->intake, &stats);
  unsaved_t unsaved = {.streams =
                           calloc(stats.streams + 1, sizeof(*unsaved.streams))};
  if (unsaved.streams != NULL) {
    intake_visit(judge->intake, note_unsaved, &unsaved);
    size_t left = save_unsaved(judge, &unsaved, deadline);
    if (left > 0)
      WARNING(
          "anomaly plugin: %zu of %zu models could not be saved at the end; "
          "what they have learned since they were saved before, in about "
          "%d minutes, is lost.",
          left, unsaved.num, SAVE_MINUTES);
  }
  free(unsaved.streams);
  intake_visit(judge->intake, free_model, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * The reader's side of the plugin. A model lives in three stages: asked for
 * (its frames wait in the intake until the storage has answered), judging, and
 * dropped. It never waits for the disk: images go in and out by the storage's
 * queues.
 */
#include "plugin/collectd/judge.h"
#include "plugin/collectd/report.h"
#include "plugin/detector/explain.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <time.h>

#define SAVE_INTERVAL TIME_T_TO_CDTIME_T_STATIC(300)
#define LESSON_TIMEOUT TIME_T_TO_CDTIME_T_STATIC(60)
#define COMPLAIN_INTERVAL TIME_T_TO_CDTIME_T_STATIC(3600)

/* What the reader keeps of a stream (stream_t.model). */
typedef struct watched_s watched_t;
struct watched_s {
  const detector_options_t *options;
  model_t *model; /* NULL: the storage has not answered yet */
  bool changed;   /* since it was saved */
  cdtime_t saved; /* monotonic */
  uint64_t flagged_total;
  int64_t run_id;                  /* 0: no run that anybody has been told of */
  run_t run;                       /* valid unless run_id is 0 */
  char peak[REPORT_SENTENCE_SIZE]; /* of the run's worst frame */

  /* There is no stream (any more), but the storage has us as its token. */
  bool abandoned;
  watched_t *next_abandoned;

  char host[];
};

struct judge_s {
  const options_t *options;
  intake_t *intake;
  storage_t *storage;
  cdtime_t now; /* of this read, monotonic */
  watched_t *abandoned;

  /* the lesson under way; values are NULL when there is none */
  storage_lesson_t lesson;
  cdtime_t lesson_since;

  bool database_failing;
  bool save_all;    /* in this read, whether they are due or not */
  size_t save_room; /* bytes of images that the storage's queue may take */
  uint64_t restored;
  uint64_t fresh; /* models begun anew, since both were last logged */
  cdtime_t next_complaint;
  intake_stats_t complained;

  atomic_bool save_requested; /* any thread */
};

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

void judge_request_save(judge_t *judge) {
  atomic_store(&judge->save_requested, true);
}

static void watched_free(watched_t *watched) {
  if (watched == NULL)
    return;
  model_destroy(watched->model);
  free(watched);
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

/* --- who is not watched any more ----------------------------------------- */

static void close_run(judge_t *judge, const watched_t *watched) {
  storage_run_t run = {.id = watched->run_id,
                       .host = watched->host,
                       .detector = watched->options->detector.name,
                       .run = watched->run,
                       .open = false};
  storage_put_run(judge->storage, &run);
  report_t report = {.host = watched->host,
                     .options = watched->options,
                     .run_id = watched->run_id,
                     .peak = watched->peak};
  report_abandoned(&report, &watched->run);
}

static void abandon(judge_t *judge, watched_t *watched) {
  watched->abandoned = true;
  watched->next_abandoned = judge->abandoned;
  judge->abandoned = watched;
}

/* The storage has answered: closes the run that it knows of. */
static void finish_abandoned(judge_t *judge, watched_t *watched,
                             const storage_answer_t *answer) {
  watched_t **link = &judge->abandoned;
  while (*link != watched)
    link = &(*link)->next_abandoned;
  *link = watched->next_abandoned;
  if (answer->run_open) {
    watched->run_id = answer->run_id;
    watched->run = answer->run;
    close_run(judge, watched);
  }
  watched_free(watched);
}

/* --- models come --------------------------------------------------------- */

/* NULL: out of memory. */
static watched_t *ask(judge_t *judge, const char *host,
                      const detector_options_t *options) {
  size_t host_size = strlen(host) + 1;
  watched_t *watched = calloc(1, sizeof(*watched) + host_size);
  if (watched == NULL)
    return NULL;
  watched->options = options;
  memcpy(watched->host, host, host_size);
  if (storage_ask_model(judge->storage, host, &options->detector, watched) !=
      0) {
    free(watched);
    return NULL;
  }
  return watched;
}

/* Models are saved in turns, whenever they have begun. */
static cdtime_t first_saved(const judge_t *judge) {
  uint64_t number = judge->restored + judge->fresh;
  return judge->now - number * TIME_T_TO_CDTIME_T_STATIC(7) % SAVE_INTERVAL;
}

static void take_answer(judge_t *judge, const storage_answer_t *answer) {
  watched_t *watched = answer->token;
  const detector_t *detector = &watched->options->detector;
  if (watched->abandoned) {
    finish_abandoned(judge, watched, answer);
    return;
  }
  if (answer->image != NULL) {
    const char *why = "";
    watched->model =
        model_restore(detector, answer->image, answer->image_size, &why);
    if (watched->model == NULL)
      NOTICE("anomaly plugin: the saved model of %s for the detector \"%s\" "
             "is not used, and the host is learned anew: %s.",
             watched->host, detector->name, why);
  }
  watched->saved = first_saved(judge);
  if (watched->model != NULL)
    judge->restored++;
  else {
    watched->model = model_create(detector);
    judge->fresh++;
  }
  if (watched->model == NULL) {
    ERROR("anomaly plugin: out of memory for a model of %s.", watched->host);
    return;
  }
  if (answer->run_open) {
    watched->run_id = answer->run_id;
    watched->run = answer->run;
    model_adopt_run(watched->model, &answer->run);
  }
}

static void take_answers(judge_t *judge) {
  storage_answer_t answer = {0};
  while (storage_take_answer(judge->storage, &answer) == 0) {
    take_answer(judge, &answer);
    free(answer.image);
  }
  if (judge->restored + judge->fresh > 0)
    INFO("anomaly plugin: %" PRIu64 " models restored, %" PRIu64 " begun anew.",
         judge->restored, judge->fresh);
  judge->restored = 0;
  judge->fresh = 0;
}

static void take_orphan(judge_t *judge, const char *host, size_t detector) {
  const detector_options_t *options = judge->options->detectors + detector;
  stream_t *stream = intake_touch(judge->intake, host, detector, judge->now);
  if (stream != NULL && stream->model != NULL)
    return;
  watched_t *watched = ask(judge, host, options);
  if (stream != NULL)
    stream->model = watched;
  else if (watched != NULL)
    abandon(judge, watched);
}

/* A run that was open when collectd died is closed like any other; if its host
 * is not heard of any more, when that is dropped; if the detector does not want
 * it any more, at once. */
static void take_orphans(judge_t *judge) {
  storage_orphan_t orphan = {0};
  while (storage_take_orphan(judge->storage, &orphan) == 0)
    for (size_t i = 0; i < judge->options->detectors_num; i++)
      if (strcmp(judge->options->detectors[i].detector.name, orphan.detector) ==
          0)
        take_orphan(judge, orphan.host, i);
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
    stream->model = ask(judge, lesson->host, stream->options);
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

static int64_t wall_clock_ms(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_REALTIME, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 0, or EINVAL for a frame that was learned already: a backfill that overlaps
 * what the database holds. */
static int step(watched_t *watched, const stream_t *stream,
                const frame_t *frame, bool clock_set, verdict_t *verdict) {
  int64_t last = model_last_ts(watched->model);
  /* What was learned lies in the future: the clock was wrong then. */
  bool ahead = last != INT64_MIN && frame->ts <= last &&
               last > wall_clock_ms() + 10 * frame->interval;
  if ((clock_set && frame->ts <= last) || ahead) {
    NOTICE("anomaly plugin: the clock of %s was set back; its model goes on "
           "from there.",
           stream->host);
    model_set_back(watched->model, frame->ts);
  }
  return model_step(watched->model, frame, verdict);
}

static void keep(judge_t *judge, const report_t *report) {
  const verdict_t *verdict = report->verdict;
  storage_sample_t sample = {.host = report->host,
                             .detector = &report->options->detector,
                             .frame = report->frame,
                             .verdict = verdict};
  storage_put_sample(judge->storage, &sample);
  if (report->run_id == 0)
    return;
  storage_run_t run = {.id = report->run_id,
                       .host = report->host,
                       .detector = report->options->detector.name,
                       .run = verdict->run,
                       .open = verdict->run_state != RUN_CLOSED};
  storage_put_run(judge->storage, &run);
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
static bool follow_run(watched_t *watched, report_t *report) {
  const verdict_t *verdict = report->verdict;
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
  if (stream->model == NULL) /* after a failure the next read asks again */
    stream->model = ask(judge, stream->host, stream->options);
  watched_t *watched = stream->model;
  if (watched == NULL || watched->model == NULL)
    return false;

  verdict_t verdict = {0};
  if (step(watched, stream, frame, clock_set, &verdict) != 0)
    return true;
  watched->changed = true;
  watched->flagged_total += verdict.flagged;

  suspect_t suspects[DETECTOR_FEATURES_MAX];
  report_t report = {.host = stream->host,
                     .options = stream->options,
                     .frame = frame,
                     .verdict = &verdict,
                     .suspects = suspects,
                     .flagged_total = watched->flagged_total};
  if (verdict.flagged || stream->options->report_features)
    report.suspects_num = model_explain(watched->model, suspects);
  bool begins = follow_run(watched, &report);
  keep(judge, &report);
  report_values(&report);
  if (begins)
    report_opened(&report);
  if (verdict.run_state == RUN_CLOSED && watched->run_id != 0) {
    report_closed(&report);
    watched->run_id = 0;
  }
  return true;
}

/* --- models are saved and go --------------------------------------------- */

static void save(judge_t *judge, const stream_t *stream) {
  watched_t *watched = stream->model;
  const detector_t *detector = &stream->options->detector;
  char *image = malloc(model_image_max(detector));
  if (image == NULL)
    return; /* tried again in the next interval */
  size_t size = model_save(watched->model, image);
  char *fitting = realloc(image, size);
  if (storage_put_model(judge->storage, stream->host, detector,
                        model_last_ts(watched->model),
                        fitting == NULL ? image : fitting, size) != 0)
    return;
  watched->changed = false;
  watched->saved = judge->now;
}

static void save_if_due(void *user, stream_t *stream) {
  judge_t *judge = user;
  const watched_t *watched = stream->model;
  if (watched == NULL || watched->model == NULL || !watched->changed)
    return;
  size_t size = model_image_max(&stream->options->detector);
  bool due = judge->save_all || watched->saved + SAVE_INTERVAL <= judge->now;
  if (!due || judge->save_room < size)
    return;
  judge->save_room -= size;
  save(judge, stream);
}

static void drop(void *user, stream_t *stream) {
  judge_t *judge = user;
  watched_t *watched = stream->model;
  if (watched == NULL)
    return;
  if (watched->model == NULL) {
    abandon(judge, watched);
    return;
  }
  if (watched->changed)
    save(judge, stream);
  if (watched->run_id != 0)
    close_run(judge, watched);
  watched_free(watched);
}

/* --- the read callback --------------------------------------------------- */

static void watch_database(judge_t *judge, const storage_stats_t *stats) {
  bool failing = stats->state == STORAGE_FAILING;
  if (failing == judge->database_failing)
    return;
  judge->database_failing = failing;
  report_database(judge->options->database, failing, stats->error);
}

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

void judge_read(judge_t *judge, cdtime_t now) {
  judge->now = now;
  take_answers(judge);
  take_orphans(judge);
  take_lessons(judge);
  intake_read(judge->intake, now, judge_frame, drop, judge);

  storage_stats_t stats = {0};
  storage_stats(judge->storage, &stats);
  watch_database(judge, &stats);
  complain_of_losses(judge);

  judge->save_all = atomic_exchange(&judge->save_requested, false);
  judge->save_room = stats.queue_bytes < STORAGE_QUEUE_BYTES / 2
                         ? STORAGE_QUEUE_BYTES / 2 - stats.queue_bytes
                         : 0;
  intake_visit(judge->intake, save_if_due, judge);
  if (judge->save_all)
    storage_flush(judge->storage);
}

/* --- the end ------------------------------------------------------------- */

typedef struct {
  judge_t *judge;
  cdtime_t deadline; /* by collectd's clock */
} shutdown_t;

static void wait_for_room(const shutdown_t *shutdown, size_t size) {
  storage_stats_t stats = {0};
  storage_stats(shutdown->judge->storage, &stats);
  while (stats.queue_bytes + size > STORAGE_QUEUE_BYTES / 2 &&
         stats.state == STORAGE_READY && cdtime() < shutdown->deadline) {
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    storage_stats(shutdown->judge->storage, &stats);
  }
}

static void save_at_shutdown(void *user, stream_t *stream) {
  shutdown_t *shutdown = user;
  watched_t *watched = stream->model;
  if (watched == NULL)
    return;
  if (watched->model != NULL && watched->changed) {
    wait_for_room(shutdown, model_image_max(&stream->options->detector));
    save(shutdown->judge, stream);
  }
  stream->model = NULL;
  watched_free(watched);
}

void judge_shutdown(judge_t *judge, cdtime_t timeout) {
  shutdown_t shutdown = {.judge = judge, .deadline = cdtime() + timeout};
  intake_visit(judge->intake, save_at_shutdown, &shutdown);
}

/* SPDX-License-Identifier: MIT */
/* How models come and go: see the header. */
#include "plugin/collectd/watched.h"
#include "plugin/storage/clock.h"

#include "collectd/core/utils/common/common.h"

#include <time.h>

void watched_free(watched_t *watched) {
  if (watched == NULL)
    return;
  model_destroy(watched->model);
  free(watched);
}

/* --- who is not watched any more ----------------------------------------- */

void watched_close_run(judge_t *judge, const watched_t *watched) {
  report_t report = {.host = watched->host,
                     .options = watched->options,
                     .run_id = watched->run_id,
                     .peak = watched->peak};
  storage_notice_t *notice =
      watched->run.silent ? NULL : report_abandoned(&report, &watched->run);
  storage_run_t run = {.id = watched->run_id,
                       .host = watched->host,
                       .detector = watched->options->detector.name,
                       .run = watched->run,
                       .open = false,
                       .notice = notice};
  storage_put_run(judge->storage, &run);
  storage_hurry(judge->storage);
  free(notice);
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
    watched_close_run(judge, watched);
  }
  watched_free(watched);
}

static void say_forgotten(const watched_t *watched) {
  INFO("anomaly plugin: the model of %s for the detector \"%s\" has been "
       "forgotten on request; the host is learned anew.",
       watched->host, watched->options->detector.name);
}

/* --- models come --------------------------------------------------------- */

watched_t *watched_ask(judge_t *judge, const char *host,
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
  cdtime_t ago = number * TIME_T_TO_CDTIME_T_STATIC(7) % SAVE_INTERVAL;
  return judge->now > ago ? judge->now - ago : 0;
}

/* One line for the many models of a detector whose options have changed. */
static void say_changed(judge_t *judge, const detector_t *detector,
                        const char *changes) {
  if (judge->changed == detector && strcmp(judge->changes, changes) == 0)
    return;
  judge->changed = detector;
  sstrncpy(judge->changes, changes, sizeof(judge->changes));
  NOTICE(
      "anomaly plugin: models of the detector \"%s\" were learned with other "
      "options (%s); what is usual for each feature is kept, the rest is "
      "learned anew.",
      detector->name, changes);
}

/* NULL: it cannot be used. */
static model_t *restore(judge_t *judge, const watched_t *watched,
                        const storage_answer_t *answer) {
  const detector_t *detector = &watched->options->detector;
  char why[MODEL_WHY_SIZE] = "";
  model_t *model =
      model_restore(detector, answer->image, answer->image_size, why);
  if (model == NULL)
    NOTICE("anomaly plugin: the saved model of %s for the detector \"%s\" "
           "is not used, and the host is learned anew: %s.",
           watched->host, detector->name, why);
  else if (why[0] != '\0')
    say_changed(judge, detector, why);
  return model;
}

static void take_answer(judge_t *judge, const storage_answer_t *answer) {
  watched_t *watched = answer->token;
  if (watched->abandoned) {
    finish_abandoned(judge, watched, answer);
    return;
  }
  /* A wish may have come while the answer was under way. */
  bool forgotten = watched->forgotten_at != 0;
  if (!forgotten)
    watched->forgotten_at = answer->forgotten_at;
  if (watched->forgotten_at != 0)
    say_forgotten(watched);
  if (answer->image != NULL && !forgotten)
    watched->model = restore(judge, watched, answer);
  /* A wish stands until an image has been saved: soon, then. */
  watched->saved = watched->forgotten_at != 0 ? 0 : first_saved(judge);
  if (watched->model != NULL)
    judge->restored++;
  else {
    watched->model = model_create(&watched->options->detector);
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
  } else
    model_end_run(watched->model, answer->last_run);
}

static bool is_answering(const judge_t *judge) {
  storage_stats_t stats = {0};
  storage_stats(judge->storage, &stats);
  return stats.asked > 0 && stats.state == STORAGE_READY;
}

void watched_take_answers(judge_t *judge) {
  /* in a read callback that is the time from one read to the next */
  int64_t patience = (int64_t)CDTIME_T_TO_MS(plugin_get_interval()) * 3 / 4;
  int64_t deadline = monotonic_ms() + patience;
  storage_answer_t answer = {0};
  while (monotonic_ms() < deadline) {
    if (storage_take_answer(judge->storage, &answer) == 0) {
      take_answer(judge, &answer);
      free(answer.image);
    } else if (is_answering(judge))
      nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    else
      break;
  }
  if (judge->restored + judge->fresh > 0)
    INFO("anomaly plugin: %" PRIu64 " model%s restored, %" PRIu64
         " begun anew.",
         judge->restored, judge->restored == 1 ? "" : "s", judge->fresh);
  judge->restored = 0;
  judge->fresh = 0;
}

static void take_orphan(judge_t *judge, const char *host, size_t detector) {
  const detector_options_t *options = judge->options->detectors + detector;
  stream_t *stream = intake_touch(judge->intake, host, detector, judge->now);
  if (stream != NULL && stream->model != NULL)
    return;
  watched_t *watched = watched_ask(judge, host, options);
  if (stream != NULL)
    stream->model = watched;
  else if (watched != NULL)
    abandon(judge, watched);
}

void watched_take_orphans(judge_t *judge) {
  storage_orphan_t orphan = {0};
  while (storage_take_orphan(judge->storage, &orphan) == 0)
    for (size_t i = 0; i < judge->options->detectors_num; i++)
      if (strcmp(judge->options->detectors[i].detector.name, orphan.detector) ==
          0)
        take_orphan(judge, orphan.host, i);
}

/* --- models are forgotten ------------------------------------------------ */

/* An open run is closed like any other, by the new model. */
static void forget(watched_t *watched, int64_t asked_at) {
  const detector_t *detector = &watched->options->detector;
  model_t *fresh = model_create(detector);
  if (fresh == NULL) {
    ERROR("anomaly plugin: out of memory for a model of %s.", watched->host);
    return; /* the wish comes again */
  }
  if (watched->run_id != 0)
    model_adopt_run(fresh, &watched->run);
  model_destroy(watched->model);
  watched->model = fresh;
  watched->forgotten_at = asked_at;
  /* Until a frame has come there is nothing to save, and the wish stands. */
  watched->changed = false;
  watched->saved = 0;
  say_forgotten(watched);
}

static void forget_if_meant(void *user, stream_t *stream) {
  const storage_forget_t *wish = user;
  watched_t *watched = stream->model;
  if (&stream->options->detector != wish->detector || watched == NULL ||
      watched->forgotten_at >= wish->asked_at ||
      strcmp(stream->host, wish->host) != 0)
    return;
  if (watched->model != NULL)
    forget(watched, wish->asked_at);
  else
    watched->forgotten_at = wish->asked_at; /* see take_answer() */
}

/* A host that is not here is asked for when it comes, and then begun anew. */
void watched_forget(judge_t *judge) {
  storage_forget_t wish = {.asked_at = 0};
  while (storage_take_forget(judge->storage, &wish) == 0)
    intake_visit(judge->intake, forget_if_meant, &wish);
}

/* --- models are saved and go --------------------------------------------- */

size_t watched_save(judge_t *judge, const stream_t *stream) {
  watched_t *watched = stream->model;
  const detector_t *detector = &stream->options->detector;
  char *image = malloc(model_image_max(detector));
  if (image == NULL)
    return 0; /* tried again in the next interval */
  size_t size = model_save(watched->model, image);
  char *fitting = realloc(image, size);
  if (storage_put_model(judge->storage, stream->host, detector,
                        model_last_ts(watched->model), watched->forgotten_at,
                        fitting == NULL ? image : fitting, size) == 0) {
    watched->changed = false;
    watched->saved = judge->now;
  }
  return size;
}

void watched_drop(void *user, stream_t *stream) {
  judge_t *judge = user;
  watched_t *watched = stream->model;
  if (watched == NULL)
    return;
  if (watched->model == NULL) {
    abandon(judge, watched);
    return;
  }
  if (watched->changed)
    watched_save(judge, stream);
  if (watched->run_id != 0)
    watched_close_run(judge, watched);
  watched_free(watched);
}

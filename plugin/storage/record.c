/* SPDX-License-Identifier: MIT */
/*
 * record.c -- copies what callers put, and lists of such copies
 */
#include "plugin/storage/record.h"
#include "plugin/storage/outbox.h"

#include <stdlib.h>
#include <string.h>

/* What malloc adds to a block, roughly; it counts when records are small. */
#define BLOCK_OVERHEAD 16

/* A record with `extra` zeroed bytes behind it; *rest points to them. */
static record_t *record_create(record_kind_t kind, size_t extra, char **rest) {
  record_t *record = calloc(1, sizeof(*record) + extra);
  if (record == NULL)
    return NULL;
  record->kind = kind;
  record->bytes = sizeof(*record) + extra + BLOCK_OVERHEAD;
  *rest = (char *)(record + 1);
  return record;
}

/* Copies `size` bytes to *rest and moves it on. Arrays go before texts, for
 * their alignment. */
static void *keep(char **rest, const void *data, size_t size) {
  char *copy = *rest;
  if (size > 0)
    memcpy(copy, data, size);
  *rest += size;
  return copy;
}

static size_t text_size(const char *text) {
  return text == NULL ? 0 : strlen(text) + 1;
}

static const char *keep_text(char **rest, const char *text) {
  return text == NULL ? NULL : keep(rest, text, text_size(text));
}

record_t *record_run(const storage_run_t *run) {
  char *rest = NULL;
  size_t notice_size = run->notice == NULL ? 0 : notice_bytes(run->notice);
  record_t *record =
      record_create(RECORD_RUN,
                    notice_size + text_size(run->host) +
                        text_size(run->detector) + text_size(run->note),
                    &rest);
  if (record == NULL)
    return NULL;
  record->run = *run;
  if (run->notice != NULL)
    record->run.notice = keep(&rest, run->notice, notice_size);
  record->run.host = keep_text(&rest, run->host);
  record->run.detector = keep_text(&rest, run->detector);
  record->run.note = keep_text(&rest, run->note);
  return record;
}

record_t *record_anomaly(const storage_anomaly_t *anomaly) {
  char *rest = NULL;
  size_t suspects_size = anomaly->suspects_num * sizeof(*anomaly->suspects);
  record_t *record = record_create(
      RECORD_ANOMALY, suspects_size + text_size(anomaly->note), &rest);
  if (record == NULL)
    return NULL;
  record->anomaly = *anomaly;
  record->anomaly.suspects = keep(&rest, anomaly->suspects, suspects_size);
  record->anomaly.note = keep_text(&rest, anomaly->note);
  return record;
}

record_t *record_told(const storage_notice_t *notice) {
  char *rest = NULL;
  record_t *record = record_create(RECORD_TOLD, 0, &rest);
  if (record != NULL)
    record->told = (record_told_t){notice->run_id, notice->okay};
  return record;
}

record_t *record_sample(const storage_sample_t *sample, size_t detector) {
  char *rest = NULL;
  size_t values_num = sample->detector->features_num;
  size_t values_size = values_num * sizeof(*sample->frame->values);
  record_t *record = record_create(
      RECORD_SAMPLE, values_size + text_size(sample->host), &rest);
  if (record == NULL)
    return NULL;
  const double *values = keep(&rest, sample->frame->values, values_size);
  record->sample = (record_sample_t){
      .host = keep_text(&rest, sample->host),
      .detector = detector,
      .ts = sample->frame->ts,
      .values = values,
      .values_num = values_num,
      .score = sample->verdict->score,
      .threshold = sample->verdict->threshold,
      .flagged = sample->verdict->flagged,
  };
  return record;
}

record_t *record_model(const char *host, const char *detector, int64_t saved_at,
                       int64_t forgotten_at, void *image, size_t image_size) {
  char *rest = NULL;
  record_t *record =
      record_create(RECORD_MODEL, text_size(host) + text_size(detector), &rest);
  if (record == NULL) {
    free(image);
    return NULL;
  }
  record->bytes += image_size + BLOCK_OVERHEAD;
  record->model = (record_model_t){
      .host = keep_text(&rest, host),
      .detector = keep_text(&rest, detector),
      .saved_at = saved_at,
      .forgotten_at = forgotten_at,
      .image = image,
      .image_size = image_size,
  };
  return record;
}

void record_destroy(record_t *record) {
  if (record == NULL)
    return;
  if (record->kind == RECORD_MODEL)
    free(record->model.image);
  free(record);
}

void record_list_append(record_list_t *list, record_t *record) {
  record->next = NULL;
  if (list->last == NULL)
    list->first = record;
  else
    list->last->next = record;
  list->last = record;
  list->length++;
}

record_t *record_list_pop(record_list_t *list) {
  record_t *record = list->first;
  if (record == NULL)
    return NULL;
  list->first = record->next;
  if (list->first == NULL)
    list->last = NULL;
  list->length--;
  record->next = NULL;
  return record;
}

void record_list_prepend(record_list_t *list, record_list_t *front) {
  if (front->last == NULL)
    return;
  front->last->next = list->first;
  list->first = front->first;
  if (list->last == NULL)
    list->last = front->last;
  list->length += front->length;
  *front = (record_list_t){0};
}

void record_list_clear(record_list_t *list) {
  for (record_t *record = NULL; (record = record_list_pop(list)) != NULL;)
    record_destroy(record);
}

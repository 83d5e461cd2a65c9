/* SPDX-License-Identifier: MIT */
/*
 * judge.c -- see judge.h
 */
#include "dashboard/api/judge.h"

#include "plugin/detector/batch.h"
#include "plugin/detector/explain.h"

#include <stdlib.h>
#include <string.h>

#define NOTE_SIZE 512

static void describe(const table_t *table, judgement_t *judgement) {
  size_t num = table_features_num(table);
  for (size_t i = 0; i < num; i++)
    judgement->features[i] =
        (detector_feature_t){.name = table_feature_name(table, i), .unit = ""};
  judgement->detector = (detector_t)DETECTOR_INIT;
  judgement->detector.name = "upload";
  judgement->detector.features = judgement->features;
  judgement->detector.features_num = num;
}

static bool make_room(judgement_t *judgement) {
  if (judgement->anomalies_num < judgement->capacity)
    return true;
  size_t capacity = judgement->capacity == 0 ? 64 : 2 * judgement->capacity;
  void *anomalies = reallocarray(judgement->anomalies, capacity,
                                 sizeof(*judgement->anomalies));
  if (anomalies != NULL)
    judgement->anomalies = anomalies;
  void *rows =
      reallocarray(judgement->rows, capacity, sizeof(*judgement->rows));
  if (rows != NULL)
    judgement->rows = rows;
  if (anomalies == NULL || rows == NULL)
    return false;
  judgement->capacity = capacity;
  return true;
}

/* Keeps a copy of what is said of a flagged row. */
static int keep(judgement_t *judgement, int64_t ts, size_t row,
                const batch_verdict_t *verdict) {
  char note[NOTE_SIZE] = "";
  if (!make_room(judgement))
    return -1;
  explain_sentence(&judgement->detector, verdict->suspects,
                   verdict->suspects_num, note, sizeof(note));
  size_t size = verdict->suspects_num * sizeof(verdict->suspects[0]);
  suspect_t *suspects = malloc(size + 1);
  char *copy = strdup(note);
  if (suspects == NULL || copy == NULL) {
    free(suspects);
    free(copy);
    return -1;
  }
  memcpy(suspects, verdict->suspects, size);
  judgement->rows[judgement->anomalies_num] = row;
  judgement->anomalies[judgement->anomalies_num++] = (storage_anomaly_t){
      .ts = ts,
      .score = verdict->score,
      .threshold = judgement->threshold,
      .suspects = suspects,
      .suspects_num = verdict->suspects_num,
      .note = copy,
  };
  return 0;
}

int judge_table(table_t *table, judgement_t *judgement) {
  size_t rows = table_rows(table);
  *judgement = (judgement_t){.scores = calloc(rows, sizeof(double))};
  describe(table, judgement);
  batch_t *batch =
      batch_create(&judgement->detector, table_values(table), rows);
  int status = batch == NULL || judgement->scores == NULL ? -1 : 0;
  if (status == 0)
    judgement->threshold = batch_threshold(batch);
  for (size_t row = 0; status == 0 && row < rows; row++) {
    batch_verdict_t verdict;
    batch_judge(batch, row, &verdict);
    judgement->scores[row] = verdict.score;
    if (verdict.flagged)
      status = keep(judgement, table_ts(table)[row], row, &verdict);
  }
  if (batch != NULL)
    batch_destroy(batch);
  return status;
}

void judgement_free(judgement_t *judgement) {
  for (size_t i = 0; i < judgement->anomalies_num; i++) {
    free((void *)judgement->anomalies[i].suspects);
    free((void *)judgement->anomalies[i].note);
  }
  free(judgement->anomalies);
  free(judgement->rows);
  free(judgement->scores);
}

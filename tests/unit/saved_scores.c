/* SPDX-License-Identifier: MIT */
/*
 * saved_scores.c -- what a model says after it was saved, as bytes
 *
 *   saved_scores make FILE        steps a model for a while, saves it to FILE
 *   saved_scores restore FILE     goes on with the model in FILE instead
 *
 * and prints 10,000 verdicts. Built by several compilers by test_same_bits.py.
 */
#include "tests/unit/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE 3000
#define AFTER 10000

/* A calm host but for an hour a day, in which errors come and the network goes;
 * maintenance on Sundays. */
static frame_t next_frame(series_t *series) {
  frame_t frame = series_next(series);
  if (series->ts / 3600000 % 24 == 17) {
    series->values[3] = NAN;
    series->values[4] += 40;
  }
  frame.silent = series->ts / 86400000 % 7 == 0;
  return frame;
}

static void put_verdict(const model_t *model, const verdict_t *verdict) {
  suspect_t suspects[DETECTOR_FEATURES_MAX];
  double numbers[] = {verdict->score,        verdict->threshold,
                      verdict->false_alarms, verdict->flagged,
                      verdict->warming_up,   verdict->run_state};
  fwrite(numbers, sizeof(numbers), 1, stdout);
  size_t n = model_explain(model, suspects);
  for (size_t i = 0; i < n; i++) {
    double suspect[] = {(double)suspects[i].feature, suspects[i].share,
                        suspects[i].value, suspects[i].low, suspects[i].high};
    fwrite(suspect, sizeof(suspect), 1, stdout);
  }
}

int main(int argc, char **argv) {
  detector_t detector = DETECTOR_INIT;
  detector.features = series_features;
  detector.features_num = SERIES_FEATURES;
  series_t series = {.random = {1}, .interval = 60000};
  model_t *model = model_create(&detector);
  size_t size = model_image_max(&detector);
  uint8_t *image = malloc(size);
  if (argc != 3 || model == NULL || image == NULL)
    return 1;

  for (int i = 0; i < BEFORE + AFTER; i++) {
    frame_t frame = next_frame(&series);
    verdict_t verdict;
    if (model_step(model, &frame, &verdict) != 0)
      return 1;
    if (i >= BEFORE)
      put_verdict(model, &verdict);
    if (i + 1 != BEFORE)
      continue;

    bool makes = strcmp(argv[1], "make") == 0;
    FILE *file = fopen(argv[2], makes ? "wb" : "rb");
    if (file == NULL)
      return 1;
    if (makes)
      fwrite(image, 1, model_save(model, image), file);
    else {
      char why[MODEL_WHY_SIZE];
      model_destroy(model);
      model = model_restore(&detector, image, fread(image, 1, size, file), why);
    }
    if (fclose(file) != 0 || model == NULL)
      return 1;
  }
  model_destroy(model);
  free(image);
  return fflush(stdout) != 0;
}

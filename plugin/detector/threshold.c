/* SPDX-License-Identifier: MIT */
#include "plugin/detector/threshold.h"

#include <math.h>
#include <stdlib.h>

#define BLOCKS 168      /* the window's: hours of a week */
#define BLOCKS_YOUNG 48 /* at most, as long as they are shorter than that */
#define MILLISECONDS_A_DAY 86400e3
#define MILLISECONDS_MAX 1e24

/* The base line: the median of the hourly maxima, plus most of their distance
 * to a high quantile, plus a margin of ln(1 + 320 / features) times 1.25. A
 * level averages over all columns, so one bad feature among many lifts it less;
 * the margin is about what such a feature is worth. Both parts grow as the
 * budget shrinks: by the factor 1 for 0.2 false alarms a day. */
#define HIGH_QUANTILE 0.85
#define STRETCH 0.8
#define MARGIN 1.25
#define FEATURE_WORTH 320.0

/* Added while the history is short and blocks are therefore shorter than an
 * hour: their maxima differ more, and a young model sees all evidence smaller,
 * since nothing is rarer than one in the rows seen. */
#define STRETCH_YOUNG 0.4
#define MARGIN_YOUNG -0.4

/* What recurs daily must be exceeded by so much; 7 days are looked at and the
 * third highest counts. */
#define DAYS 7
#define RECURRENCES 3
#define RECURRENCE_MARGIN 1.0

/* `lower` is so far below the base line. */
#define HYSTERESIS 0.5

/* An alarm raises the offset by two, up to one. It falls by a half for each
 * alarm that the budget allows; ten times as fast when there was none for so
 * long that the budget allowed two. */
#define OFFSET_MAX 1.0
#define OFFSET_RAISE 2.0
#define OFFSET_FALL 0.5
#define HASTE 10.0
#define PATIENCE 2.0

struct threshold_s {
  double false_alarms; /* a day */
  double strictness;   /* factor of the budget on what follows, 1 at 0.2 */
  double margin;
  size_t day;     /* in blocks of full length; 0: they are too long */
  double length;  /* of a block once the window is long enough, ms */
  double present; /* length of a block now, ms: begins at a frame and doubles
                     up to `length` whenever BLOCKS_YOUNG are full */
  double filled;  /* ms of the block under way */
  float highest;  /* of the block under way */
  uint32_t count; /* of full blocks, 0..BLOCKS */
  uint32_t next;  /* once `present` is `length`: the oldest block */
  float maxima[BLOCKS];
  double base;       /* line */
  double recurrence; /* level that the present hour's recurrences reach */
  double offset;     /* -(margin + 1)..OFFSET_MAX */
  double peace;      /* alarms that the budget allowed since the last one */
};

size_t threshold_size(void) { return sizeof(threshold_t); }

threshold_t *threshold_create(const detector_t *detector) {
  threshold_t *threshold = calloc(1, sizeof(*threshold));
  if (threshold == NULL)
    return NULL;
  double alarms = detector->false_alarms;
  threshold->false_alarms = alarms;
  threshold->strictness = fmax(0.1, log(12 / alarms) / log(60));
  threshold->margin = MARGIN * threshold->strictness *
                      log(1 + FEATURE_WORTH / (double)detector->features_num);
  threshold->length = detector->window * 1000 / BLOCKS;
  threshold->day =
      (size_t)fmin(BLOCKS, round(MILLISECONDS_A_DAY / threshold->length));
  threshold->highest = -LEVEL_MAX;
  threshold->base = LEVEL_MAX;
  threshold->recurrence = -LEVEL_MAX;
  return threshold;
}

void threshold_destroy(threshold_t *threshold) { free(threshold); }

double threshold_upper(const threshold_t *threshold) {
  return fmin(LEVEL_MAX, fmax(threshold->base + threshold->offset,
                              threshold->recurrence + RECURRENCE_MARGIN));
}

double threshold_lower(const threshold_t *threshold) {
  return fmin(threshold_upper(threshold),
              threshold->base + threshold->offset - HYSTERESIS);
}

static void sort(float *values, size_t n) {
  for (size_t i = 1; i < n; i++) {
    float value = values[i];
    size_t j = i;
    for (; j > 0 && values[j - 1] > value; j--)
      values[j] = values[j - 1];
    values[j] = value;
  }
}

/* Linear between the two nearest of n >= 1 sorted values. */
static double quantile(const float *sorted, size_t n, double q) {
  double position = q * (double)(n - 1);
  size_t i = (size_t)position;
  double part = position - (double)i;
  return i + 1 < n ? (1 - part) * sorted[i] + part * sorted[i + 1] : sorted[i];
}

static void refresh_base(threshold_t *threshold) {
  float sorted[BLOCKS];
  size_t n = threshold->count;
  for (size_t i = 0; i < n; i++)
    sorted[i] = threshold->maxima[i];
  sort(sorted, n);
  double median = quantile(sorted, n, 0.5);
  double high = quantile(sorted, n, HIGH_QUANTILE);
  double youth = 1 - threshold->present / threshold->length;
  double stretch = (STRETCH + STRETCH_YOUNG * youth) * threshold->strictness;
  threshold->base = median + stretch * (high - median) + threshold->margin +
                    MARGIN_YOUNG * youth;
}

/* The maximum of the block that will be `ago` blocks old when the one under way
 * is full; ago = 1..count. */
static float block_ago(const threshold_t *threshold, size_t ago) {
  size_t n = threshold->count;
  size_t newest = n < BLOCKS ? n : threshold->next + BLOCKS;
  return threshold->maxima[(newest - ago) % BLOCKS];
}

/* The third highest of what this hour and its neighbours reached on each of the
 * last days. */
static void refresh_recurrence(threshold_t *threshold) {
  float days[DAYS];
  size_t known = 0;
  threshold->recurrence = -LEVEL_MAX;
  if (threshold->present < threshold->length || threshold->day < 4)
    return;
  for (size_t d = 1; d <= DAYS; d++) {
    size_t ago = d * threshold->day;
    if (ago > threshold->count)
      break;
    float highest =
        fmaxf(block_ago(threshold, ago), block_ago(threshold, ago - 1));
    if (ago < threshold->count)
      highest = fmaxf(highest, block_ago(threshold, ago + 1));
    days[known++] = highest;
  }
  sort(days, known);
  if (known >= RECURRENCES)
    threshold->recurrence = days[known - RECURRENCES];
}

/* Makes one block of two, twice as long, so that a history of any length has
 * enough blocks to estimate a quantile from. */
static void double_blocks(threshold_t *threshold) {
  for (size_t i = 0; i < BLOCKS_YOUNG / 2; i++)
    threshold->maxima[i] =
        fmaxf(threshold->maxima[2 * i], threshold->maxima[2 * i + 1]);
  threshold->count = BLOCKS_YOUNG / 2;
  threshold->present = fmin(2 * threshold->present, threshold->length);
}

static void close_block(threshold_t *threshold) {
  if (threshold->count < BLOCKS)
    threshold->maxima[threshold->count++] = threshold->highest;
  else {
    threshold->maxima[threshold->next] = threshold->highest;
    threshold->next = (threshold->next + 1) % BLOCKS;
  }
  if (threshold->count == BLOCKS_YOUNG &&
      threshold->present < threshold->length)
    double_blocks(threshold);
  threshold->highest = -LEVEL_MAX;
  threshold->filled = 0;
  refresh_base(threshold);
  refresh_recurrence(threshold);
}

void threshold_learn(threshold_t *threshold, double level, double interval) {
  double allowed = threshold->false_alarms * interval / MILLISECONDS_A_DAY;
  threshold->peace += allowed;
  if (threshold->peace > PATIENCE)
    allowed *= HASTE;
  threshold->offset =
      fmax(-(threshold->margin + 1), threshold->offset - OFFSET_FALL * allowed);
  threshold->highest = fmaxf(threshold->highest, (float)level);
  threshold->filled += interval;
  if (threshold->present < fmin(interval, threshold->length))
    threshold->present = fmin(interval, threshold->length);
  if (threshold->filled >= threshold->present)
    close_block(threshold);
}

void threshold_alarm(threshold_t *threshold) {
  threshold->offset = fmin(OFFSET_MAX, threshold->offset + OFFSET_RAISE);
  threshold->peace = 0;
}

void threshold_image(threshold_t *threshold, image_t *image) {
  image_f64(image, &threshold->present, 0, threshold->length);
  image_f64(image, &threshold->filled, 0, MILLISECONDS_MAX);
  image_f32(image, &threshold->highest, -(float)LEVEL_MAX, (float)LEVEL_MAX);
  image_u32(image, &threshold->count, 0, BLOCKS);
  image_u32(image, &threshold->next, 0, BLOCKS - 1);
  image_f32s(image, threshold->maxima, threshold->count, -(float)LEVEL_MAX,
             (float)LEVEL_MAX);
  image_f64(image, &threshold->base, -2 * LEVEL_MAX, 4 * LEVEL_MAX);
  image_f64(image, &threshold->offset, -LEVEL_MAX, OFFSET_MAX);
  image_f64(image, &threshold->recurrence, -LEVEL_MAX, LEVEL_MAX);
  image_f64(image, &threshold->peace, 0, MILLISECONDS_MAX);
}

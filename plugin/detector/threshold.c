/* SPDX-License-Identifier: MIT */
#include "plugin/detector/threshold.h"

#include "plugin/detector/sort.h"

#include <math.h>
#include <stdlib.h>

#define BLOCKS ((uint32_t)DETECTOR_HOURS) /* the window's */
#define MILLISECONDS_A_DAY 86400e3
#define MILLISECONDS_MAX 1e24

/* The usual line: the median of the hourly maxima, plus most of their distance
 * to a high quantile, plus a margin of ln(1 + 320 / features) times 1.25. A
 * level averages over all columns, so one bad feature among many lifts it less;
 * the margin is about what such a feature is worth. Both parts grow as the
 * budget shrinks: by the factor 1 for 0.2 false alarms a day. */
#define HIGH_QUANTILE 0.85
#define STRETCH 0.8
#define MARGIN 1.25
#define FEATURE_WORTH 320.0

/* Added to STRETCH while the history is short and blocks are therefore shorter
 * than an hour: more of them happen in a day. Then not even a large budget
 * makes for much less. */
#define STRETCH_YOUNG 0.8

/* The tail's line: what would be exceeded half as often as the budget allows,
 * if maxima had the exponential tail that the median and this quantile tell
 * (Gumbel's distribution: its quantile p is at -ln(-ln p)), and a bit more.
 * Lower than the usual line only where the hours are all much alike. From one
 * window's age to two it goes as far again above the median: what happens less
 * than weekly has not been seen by then, and the offset has had time to find
 * its place. */
#define TAIL_QUANTILE 0.97
#define TAIL_AIM 0.5
#define TAIL_YOUNG 1.2
#define TAIL_OLD 2.0

/* A run opens only so much higher at a model's start, less and less until it is
 * six hours old: how load wanders within hours has not been seen yet. */
#define MARGIN_YOUNG 2.0
#define MARGIN_YOUNG_HOURS 6.0

/* In its first half day a model finds much strange that it will find ordinary
 * soon: the older it grows, up to a day, the less do those maxima count, in
 * proportion to the hours that it knew then. */
#define SKILLED 12.0 /* hours */
#define DAY 24.0

/* Until two windows, blocks that rose above the line are left out, up to this
 * share, and up to twice as many where two became one: an incident of minutes
 * is a large part of an hour's history. */
#define LEFT_OUT 0.25

/* What recurs daily must be exceeded by so much, less if the budget is large; 7
 * days are looked at and the third highest counts. A large budget wants the
 * line among what is ordinary, where chance recurs as well: there it is up to
 * the fifth. */
#define DAYS 7
#define RECURRENCES 3
#define RECURRENCES_MORE 3.0
#define RECURRENCE_MARGIN 1.0
#define BLOCKS_A_DAY_MIN 3.5 /* else an hour and its neighbours are the day */

/* `lower` is so far below the line, but no more than this share of what the
 * line is above the median: a run must be able to end. While the history is
 * short the line is a rough guess, so a run that it has opened gets more room.
 */
#define HYSTERESIS 0.5
#define HYSTERESIS_YOUNG 1.5
#define HYSTERESIS_SHARE 0.25
#define HYSTERESIS_SHARE_YOUNG 0.25

/* An alarm raises the offset by 3/4, up to one above the usual line. It falls
 * by a half for each alarm that the budget allows; faster from the beginning to
 * the first alarm, and when there was none for so long that the budget allowed
 * two, or for ten days: six times as fast at an interval of a minute, four
 * times at a second and nine times at an hour, because the more frames an hour
 * has, the sooner one of them is above a line that is too low. It ends where
 * six times as many hours would exceed the line as the budget allows runs: such
 * hours come in groups, and while a model is young those that it remembers were
 * wilder than those to come. What it fell below zero is taken back while a run
 * is open, most of it in an hour: the alarm has come, and what lasts is to
 * become usual as soon as by the line itself. */
#define OFFSET_MAX 1.0
#define OFFSET_RAISE 0.75
#define OFFSET_FALL 0.5
#define HASTE 6.0
#define HASTE_INTERVAL 60e3 /* ms */
#define HASTE_POWER 0.1
#define PATIENCE 2.0
#define PATIENCE_DAYS 10.0
#define FLOOR_RATE 6.0
#define TAKEN_BACK 3600e3 /* ms, by the factor e */

/* What recurs sharply every hour or two fills too few blocks for the quantiles
 * and may be far above what the offset reaches. When the last six runs, and two
 * for each one that the budget allows in two days, fell into two days and their
 * peaks are all alike, they are one thing, and usual: the line rises above it
 * at once. True incidents are fewer, or differ. */
#define ALIKE_MIN 6.0
#define ALIKE_TIME (2 * MILLISECONDS_A_DAY)
#define ALIKE_SPREAD 2.0F
#define ALIKE_MARGIN 0.5
#define RECENT 32 /* runs; too few for a budget of more than 6.5 a day */

struct threshold_s {
  double false_alarms; /* a day */
  double thrift;       /* of the budget, see thrift_of(); at least a fifth */
  double margin;
  double length;  /* of a block once the history is long enough, ms */
  double present; /* of a block now, ms: `length` by a power of two, at least a
                     frame or `length`; doubles whenever all BLOCKS are full */
  double age;     /* ms learned, as far as it matters: at most two windows */
  double filled;  /* ms of the block under way */
  float highest;  /* of the block under way */
  bool beyond;    /* the block under way was above the line */
  uint32_t count; /* of full blocks, 0..BLOCKS */
  uint32_t next;  /* once `present` is `length`: the oldest block */
  float maxima[BLOCKS];
  bool left_out[BLOCKS];
  double median;     /* of the maxima that count */
  double base;       /* line, the lower one of usual and tail's */
  double floor;      /* line + offset is at least this */
  double cap;        /* offset is at most this */
  double recurrence; /* level that the present hour's recurrences reach */
  double offset;
  double peace; /* alarms that the budget allowed since the last one; at first
                   as if there had been none for long */
  double alike; /* level that runs which are alike reach; falls as the offset */
  float peak;   /* of the run that is open, or -LEVEL_MAX */
  uint32_t recent_count; /* of the last runs, newest first; 0..RECENT */
  float peaks[RECENT];
  double ago[RECENT]; /* since they closed, ms */
};

size_t threshold_size(void) { return sizeof(threshold_t); }

/* Two windows, ms. */
static double age_max(const threshold_t *threshold) {
  return 2 * BLOCKS * threshold->length;
}

/* 1 at 0.2 false alarms a day, 0 at 12. */
static double thrift_of(double false_alarms) {
  return log(12 / false_alarms) / log(60);
}

threshold_t *threshold_create(const detector_t *detector) {
  threshold_t *threshold = calloc(1, sizeof(*threshold));
  if (threshold == NULL)
    return NULL;
  double alarms = detector->false_alarms;
  threshold->false_alarms = alarms;
  threshold->thrift = fmax(0.2, thrift_of(alarms));
  threshold->margin =
      MARGIN * log(1 + FEATURE_WORTH / (double)detector->features_num);
  threshold->length = detector->window * 1000 / BLOCKS;
  threshold->highest = -LEVEL_MAX;
  threshold->median = LEVEL_MAX;
  threshold->base = LEVEL_MAX;
  threshold->floor = LEVEL_MAX;
  threshold->cap = OFFSET_MAX;
  threshold->recurrence = -LEVEL_MAX;
  threshold->peace = 2 * PATIENCE;
  threshold->alike = -LEVEL_MAX;
  threshold->peak = (float)-LEVEL_MAX;
  return threshold;
}

void threshold_destroy(threshold_t *threshold) { free(threshold); }

/* Near 1 in the first hours, 0 once blocks are hours, at half a window. */
static double youth_of(const threshold_t *threshold) {
  return 1 - threshold->present / threshold->length;
}

/* What must be exceeded at any hour. */
static double line(const threshold_t *threshold) {
  double raised = fmax(threshold->base + threshold->offset, threshold->alike);
  return fmin(LEVEL_MAX, fmax(raised, threshold->floor));
}

static double margin_young(const threshold_t *threshold) {
  double hours = threshold->age / threshold->length;
  return MARGIN_YOUNG * fmax(0, 1 - hours / MARGIN_YOUNG_HOURS);
}

double threshold_upper(const threshold_t *threshold) {
  return fmax(fmin(LEVEL_MAX, line(threshold) + margin_young(threshold)),
              threshold->recurrence +
                  RECURRENCE_MARGIN * fmin(1, threshold->thrift));
}

double threshold_lower(const threshold_t *threshold) {
  double present = line(threshold);
  double youth = youth_of(threshold);
  double share = HYSTERESIS_SHARE + HYSTERESIS_SHARE_YOUNG * youth;
  return present - fmin(HYSTERESIS + HYSTERESIS_YOUNG * youth,
                        share * fmax(0, present - threshold->median));
}

/* Where the maximum of the block is that will be `ago` blocks old when the one
 * under way is full; ago = 1..count. */
static size_t block_ago(const threshold_t *threshold, size_t ago) {
  size_t n = threshold->count;
  size_t newest = n < BLOCKS ? n : threshold->next + BLOCKS;
  return (newest - ago) % BLOCKS;
}

/* What a block counts for that is `ago` blocks old: above 0. The oldest may be
 * older than the model: blocks get longer when the interval does. */
static double weight_of(const threshold_t *threshold, size_t ago) {
  double hour = threshold->length;
  double block = threshold->present;
  double then = threshold->age - ((double)ago - 0.5) * block;
  double skill = fmin(1, fmax(block / 2, then) / (SKILLED * hour));
  return 1 - fmin(1, threshold->age / (DAY * hour)) * (1 - skill);
}

typedef struct {
  float maximum;
  double weight; /* > 0 */
} weighed_t;

/* Sorts the maxima that count, and returns how many. */
static size_t maxima_that_count(const threshold_t *threshold,
                                weighed_t sorted[BLOCKS]) {
  size_t n = 0;
  for (size_t ago = 1; ago <= threshold->count; ago++) {
    size_t i = block_ago(threshold, ago);
    if (threshold->left_out[i])
      continue;
    weighed_t block = {threshold->maxima[i], weight_of(threshold, ago)};
    size_t k = n++;
    for (; k > 0 && sorted[k - 1].maximum > block.maximum; k--)
      sorted[k] = sorted[k - 1];
    sorted[k] = block;
  }
  return n;
}

/* Linear between the middles of the two nearest of n >= 1 sorted maxima, each
 * as wide as it weighs. */
static double quantile(const weighed_t *sorted, size_t n, double q) {
  double length = 0;
  for (size_t i = 1; i < n; i++)
    length += (sorted[i - 1].weight + sorted[i].weight) / 2;
  double left = q * length;
  for (size_t i = 1; i < n; i++) {
    double step = (sorted[i - 1].weight + sorted[i].weight) / 2;
    if (left <= step)
      return sorted[i - 1].maximum +
             left / step * (sorted[i].maximum - sorted[i - 1].maximum);
    left -= step;
  }
  return sorted[n - 1].maximum;
}

static double gumbel(double p) { return -log(-log(p)); }

/* Alarms that the budget allows for each block, times `factor`; 0..0.5. */
static double allowed_a_block(const threshold_t *threshold, double factor) {
  double blocks = MILLISECONDS_A_DAY / threshold->present; /* a day */
  return fmin(0.5, factor * threshold->false_alarms / blocks);
}

/* The usual line, above the median. */
static double usual_line(const threshold_t *threshold, double high) {
  double youth = youth_of(threshold);
  double strictness = fmax(threshold->thrift, youth);
  return strictness *
         (threshold->margin + (STRETCH + STRETCH_YOUNG * youth) * high);
}

/* The tail's, above the median, by how far above it the tail's quantile is. */
static double tail_line(const threshold_t *threshold, double tail) {
  double share = fmax(1e-9, allowed_a_block(threshold, TAIL_AIM));
  double reach =
      (gumbel(1 - share) - gumbel(0.5)) / (gumbel(TAIL_QUANTILE) - gumbel(0.5));
  double old = fmax(0, threshold->age / (BLOCKS * threshold->length) - 1);
  return (TAIL_YOUNG + (TAIL_OLD - TAIL_YOUNG) * old) * reach * tail;
}

static void refresh_lines(threshold_t *threshold) {
  weighed_t sorted[BLOCKS];
  size_t n = maxima_that_count(threshold, sorted);
  if (n == 0)
    return;
  double median = quantile(sorted, n, 0.5);
  double high = quantile(sorted, n, HIGH_QUANTILE) - median;
  double highest = quantile(sorted, n, TAIL_QUANTILE) - median;
  double usual = median + usual_line(threshold, high);
  double tail = median + tail_line(threshold, highest);
  double often = allowed_a_block(threshold, FLOOR_RATE);
  threshold->median = median;
  threshold->base = fmin(LEVEL_MAX, fmin(usual, tail));
  threshold->floor = quantile(sorted, n, fmin(HIGH_QUANTILE, 1 - often));
  threshold->cap = fmin(LEVEL_MAX, usual) - threshold->base + OFFSET_MAX;
}

/* The third highest or so of what this hour and its neighbours reached on each
 * of the last days. */
static void refresh_recurrence(threshold_t *threshold, double interval) {
  double day = MILLISECONDS_A_DAY / fmax(threshold->length, interval);
  float days[DAYS];
  size_t known = 0;
  double generosity = 1 - fmin(1, threshold->thrift);
  size_t needed = RECURRENCES + (size_t)round(RECURRENCES_MORE * generosity);
  threshold->recurrence = -LEVEL_MAX;
  if (threshold->present < threshold->length || day < BLOCKS_A_DAY_MIN)
    return;
  for (size_t d = 1; d <= DAYS; d++) {
    size_t ago = (size_t)fmin(BLOCKS + 1, round((double)d * day));
    if (ago > threshold->count)
      break;
    float highest = fmaxf(threshold->maxima[block_ago(threshold, ago)],
                          threshold->maxima[block_ago(threshold, ago - 1)]);
    if (ago < threshold->count)
      highest =
          fmaxf(highest, threshold->maxima[block_ago(threshold, ago + 1)]);
    days[known++] = highest;
  }
  sort_floats(days, known);
  if (known >= needed)
    threshold->recurrence = days[known - needed];
}

/* Makes one block of two, twice as long, so that a history of any length has
 * enough blocks to estimate a quantile from. */
static void double_blocks(threshold_t *threshold) {
  for (size_t i = 0; i < BLOCKS / 2; i++) {
    threshold->maxima[i] =
        fmaxf(threshold->maxima[2 * i], threshold->maxima[2 * i + 1]);
    threshold->left_out[i] =
        threshold->left_out[2 * i] || threshold->left_out[2 * i + 1];
  }
  threshold->count = BLOCKS / 2;
  threshold->present = fmin(2 * threshold->present, threshold->length);
}

/* Whether the block under way is to be left out of the quantiles. */
static bool leave_out(const threshold_t *threshold) {
  if (!threshold->beyond || threshold->age >= age_max(threshold))
    return false;
  size_t out = 0;
  for (size_t i = 0; i < threshold->count; i++)
    out += threshold->left_out[i];
  return (double)out < LEFT_OUT * (double)threshold->count;
}

static void close_block(threshold_t *threshold, double interval) {
  size_t i = threshold->count < BLOCKS ? threshold->count : threshold->next;
  threshold->left_out[i] = leave_out(threshold);
  threshold->maxima[i] = threshold->highest;
  if (threshold->count < BLOCKS)
    threshold->count++;
  else
    threshold->next = (threshold->next + 1) % BLOCKS;
  if (threshold->count == BLOCKS && threshold->present < threshold->length)
    double_blocks(threshold);
  refresh_lines(threshold);
  refresh_recurrence(threshold, interval);
  threshold->highest = -LEVEL_MAX;
  threshold->beyond = false;
  /* What is left over is the next block's, lest blocks drift off the hours. */
  threshold->filled -= threshold->present;
  if (threshold->filled >= threshold->present)
    threshold->filled = 0;
}

/* The shortest block for frames of `interval`. */
static double shortest_block(const threshold_t *threshold, double interval) {
  double block = threshold->length;
  while (block / 2 >= interval)
    block /= 2;
  return block;
}

static void move_offset(threshold_t *threshold, double interval, bool open) {
  double allowed = threshold->false_alarms * interval / MILLISECONDS_A_DAY;
  threshold->peace = fmin(2 * PATIENCE, threshold->peace + allowed);
  if (threshold->peace >
      fmin(PATIENCE, PATIENCE_DAYS * threshold->false_alarms))
    allowed *= HASTE * pow(interval / HASTE_INTERVAL, HASTE_POWER);
  if (open && threshold->offset < 0)
    threshold->offset *= exp(-interval / TAKEN_BACK);
  else
    threshold->offset = fmax(threshold->floor - threshold->base,
                             threshold->offset - OFFSET_FALL * allowed);
  threshold->alike = fmax(-LEVEL_MAX, threshold->alike - OFFSET_FALL * allowed);
}

void threshold_learn(threshold_t *threshold, double level, double interval,
                     bool open) {
  move_offset(threshold, interval, open);
  for (size_t i = 0; i < threshold->recent_count; i++)
    threshold->ago[i] = fmin(ALIKE_TIME, threshold->ago[i] + interval);
  threshold->peak =
      open ? fmaxf(threshold->peak, (float)level) : (float)-LEVEL_MAX;
  threshold->beyond |= level > threshold_upper(threshold);
  threshold->highest = fmaxf(threshold->highest, (float)level);
  threshold->age = fmin(age_max(threshold), threshold->age + interval);
  threshold->filled += interval;
  if (threshold->present < fmin(interval, threshold->length))
    threshold->present = shortest_block(threshold, interval);
  if (threshold->filled >= threshold->present)
    close_block(threshold, interval);
}

static void remember_run(threshold_t *threshold) {
  if (threshold->recent_count < RECENT)
    threshold->recent_count++;
  for (size_t i = threshold->recent_count - 1; i > 0; i--) {
    threshold->peaks[i] = threshold->peaks[i - 1];
    threshold->ago[i] = threshold->ago[i - 1];
  }
  threshold->peaks[0] = threshold->peak;
  threshold->ago[0] = 0;
}

static void raise_above_alike(threshold_t *threshold) {
  double allowed = threshold->false_alarms * ALIKE_TIME / MILLISECONDS_A_DAY;
  double enough = ceil(ALIKE_MIN + 2 * allowed);
  if (enough > threshold->recent_count)
    return;
  size_t n = (size_t)enough;
  if (threshold->ago[n - 1] >= ALIKE_TIME)
    return;
  float lowest = threshold->peaks[0], highest = lowest;
  for (size_t i = 1; i < n; i++) {
    lowest = fminf(lowest, threshold->peaks[i]);
    highest = fmaxf(highest, threshold->peaks[i]);
  }
  if (highest - lowest <= ALIKE_SPREAD)
    threshold->alike = fmax(threshold->alike, (double)highest + ALIKE_MARGIN);
}

void threshold_alarm(threshold_t *threshold) {
  remember_run(threshold);
  raise_above_alike(threshold);
  threshold->offset = fmin(threshold->cap, threshold->offset + OFFSET_RAISE);
  threshold->peace = 0;
}

void threshold_image(threshold_t *threshold, image_t *image) {
  float max = (float)LEVEL_MAX;
  image_f64(image, &threshold->present, 0, threshold->length);
  image_f64(image, &threshold->age, 0, age_max(threshold));
  /* below 0 when blocks have just become longer than the one that was full */
  image_f64(image, &threshold->filled, -threshold->length, MILLISECONDS_MAX);
  image_f32(image, &threshold->highest, -max, max);
  image_bool(image, &threshold->beyond);
  image_u32(image, &threshold->count, 0, BLOCKS);
  image_u32(image, &threshold->next, 0, BLOCKS - 1);
  image_f32s(image, threshold->maxima, threshold->count, -max, max);
  for (size_t i = 0; i < threshold->count; i++)
    image_bool(image, &threshold->left_out[i]);
  image_f64(image, &threshold->median, -LEVEL_MAX, LEVEL_MAX);
  image_f64(image, &threshold->base, -LEVEL_MAX, LEVEL_MAX);
  image_f64(image, &threshold->floor, -LEVEL_MAX, LEVEL_MAX);
  image_f64(image, &threshold->cap, 0, 3 * LEVEL_MAX);
  image_f64(image, &threshold->offset, -2 * LEVEL_MAX, 3 * LEVEL_MAX);
  image_f64(image, &threshold->recurrence, -LEVEL_MAX, LEVEL_MAX);
  image_f64(image, &threshold->peace, 0, 2 * PATIENCE);
  image_f64(image, &threshold->alike, -LEVEL_MAX, LEVEL_MAX + ALIKE_MARGIN);
  image_f32(image, &threshold->peak, -max, max);
  image_u32(image, &threshold->recent_count, 0, RECENT);
  image_f32s(image, threshold->peaks, threshold->recent_count, -max, max);
  for (size_t i = 0; i < threshold->recent_count; i++)
    image_f64(image, &threshold->ago[i], 0, ALIKE_TIME);
}

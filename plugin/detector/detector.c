/* SPDX-License-Identifier: MIT */
/*
 * A model: columns -> residuals -> forest -> score -> threshold -> run, then
 * everything that learns; silences and drifts are flagged beside the score. The
 * other modules hold the mathematics; here is the order of things and the
 * schedule of what is too much for one frame.
 */
#include "plugin/detector/model.h"

#include "plugin/detector/dots.h"
#include "plugin/detector/fixed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define RESERVOIR_ROWS 2048
#define ROW_MAX (2 * RESIDUAL_COLUMNS_MAX)
_Static_assert(ROW_MAX <= FOREST_COLUMNS_MAX, "the forest takes a whole row");

/* Rows before the first trees, and steps in which all of them are grown. */
#define FIRST_TREES 32
#define BURST 32

/* The forest is grown anew whenever the rows have doubled, until they reach a
 * quarter of the window; from then on tree by tree, each 7 times a window. */
#define DOUBLING_UNTIL 4
#define ROUNDS_A_WINDOW 7

/* Exponential averages of the evidence, over 5 frames, but no more than an
 * hour, and 25: the quick one notices and alone raises flags, the slow one
 * lasts, so that what belongs to an incident ranks high as a whole. */
#define QUICK_FRAMES 5.0
#define SLOW (2.0 / (25 + 1))
#define EVIDENCE_MIN 1e-12

/* A model that has learned less than this share of the window, 30 hours of a
 * week, learns flagged frames no faster than if it had learned so much: else it
 * would be used to a drop-out, a minute of which is a hundredth of two hours,
 * long before that ends. */
#define GROWN_UP 0.18

/* The level of frames that look like what somebody called expected is at least
 * so far below the lower threshold. */
#define EXCUSED 1.0

/* A gap of so many intervals starts the short past afresh. */
#define GAP 10

const char *detector_check(const detector_t *detector) {
  if (detector->features_num < 1 ||
      detector->features_num > DETECTOR_FEATURES_MAX)
    return "a detector has 1 to 64 features";
  for (size_t i = 0; i < detector->features_num; i++)
    if (!(detector->features[i].noise >= 0 &&
          isfinite(detector->features[i].noise)))
      return "Noise must be a number of at least 0";
  if (!(detector->false_alarms > 0 && isfinite(detector->false_alarms)))
    return "FalseAlarms must be a number above 0";
  if (!(detector->warm_up >= 0 && isfinite(detector->warm_up)))
    return "WarmUp must be a number of seconds of at least 0";
  if (!(detector->window > 0 && detector->window <= DETECTOR_WINDOW_MAX))
    return "Window must be a number of seconds above 0, at most 1e8";
  if (detector->trees < 1 || detector->trees > DETECTOR_TREES_MAX)
    return "Trees must be 1 to 1000";
  if (detector->sample_size < 2 ||
      detector->sample_size > DETECTOR_SAMPLE_SIZE_MAX)
    return "SampleSize must be 2 to 4096";
  if (detector->hits < 1)
    return "Hits must be at least 1";
  if (detector->clear < 1)
    return "Clear must be at least 1";
  return NULL;
}

/* The columns proper; their residuals are as many again. */
static size_t columns_num(const detector_t *detector) {
  return detector->features_num * COLUMNS_PER_FEATURE;
}

static size_t flags_from(const detector_t *detector) {
  size_t by_features = DETECTOR_FLAGS_FROM_A_FEATURE * detector->features_num;
  return by_features > DETECTOR_FLAGS_FROM ? by_features : DETECTOR_FLAGS_FROM;
}

static size_t reservoir_capacity(const detector_t *detector) {
  return detector->sample_size > RESERVOIR_ROWS ? detector->sample_size
                                                : RESERVOIR_ROWS;
}

model_t *model_create(const detector_t *detector) {
  size_t n = columns_num(detector);
  model_t *model = calloc(1, sizeof(*model));
  if (model == NULL)
    return NULL;
  *model = (model_t){
      .detector = detector,
      .columns = columns_create(detector->features, detector->features_num),
      .residual = residual_create(n),
      .rarity = rarity_create(n),
      .reservoir = reservoir_create(reservoir_capacity(detector), n),
      .forest = forest_create(detector->trees, detector->sample_size, 2 * n,
                              FOREST_PADDING),
      .threshold = threshold_create(detector),
      .expected = expected_create(detector->features_num),
      .drift = drift_create(detector->features_num),
      .ranges = calloc(detector->features_num, sizeof(*model->ranges)),
      .values = calloc(detector->features_num, sizeof(*model->values)),
      .last_ts = INT64_MIN,
      .random = {detector->seed},
      .range_random = {detector->seed},
      .burst_at = FIRST_TREES,
      .quick = NAN,
      .slow = NAN};
  if (model->columns == NULL || model->residual == NULL ||
      model->rarity == NULL || model->reservoir == NULL ||
      model->forest == NULL || model->threshold == NULL ||
      model->expected == NULL || model->drift == NULL ||
      model->ranges == NULL || model->values == NULL) {
    model_destroy(model);
    return NULL;
  }
  return model;
}

void model_destroy(model_t *model) {
  if (model == NULL)
    return;
  columns_destroy(model->columns);
  residual_destroy(model->residual);
  rarity_destroy(model->rarity);
  reservoir_destroy(model->reservoir);
  forest_destroy(model->forest);
  threshold_destroy(model->threshold);
  expected_destroy(model->expected);
  drift_destroy(model->drift);
  free(model->ranges);
  free(model->values);
  free(model);
}

size_t model_bytes(const detector_t *detector) {
  size_t n = columns_num(detector);
  return sizeof(model_t) + columns_size(detector->features_num) +
         residual_size(n) + rarity_size(n) +
         reservoir_size(reservoir_capacity(detector), n) +
         forest_size(detector->trees, detector->sample_size, FOREST_PADDING) +
         threshold_size() + expected_size(detector->features_num) +
         drift_size(detector->features_num) +
         detector->features_num * (sizeof(range_t) + sizeof(double));
}

size_t model_size(const model_t *model) { return model_bytes(model->detector); }

/* The evidence against a row is a product, so that one strong witness is enough
 * and each doubt counts: the forest's score, the Mahalanobis length and the
 * rarity of the residuals. The forest knows several regimes, the length knows
 * correlations, the rarity knows each column's habits. */
static double weigh(double score, double length, double rarity) {
  return pow(score, 4) * sqrt(length + 0.1) * (rarity + 0.1) * (rarity + 0.1);
}

static bool anything_silent(const model_t *model) {
  for (size_t i = 0; i < model->detector->features_num; i++)
    if (columns_state(model->columns, i) == FEATURE_SILENT)
      return true;
  return false;
}

/* The evidence that counts against a row. An expected one brings none of its
 * own: the averages stay what they are, and the threshold learns no more from
 * it than from an ordinary row. What an earlier incident left is cut short. */
static double excuse(model_t *model, double evidence) {
  double bearable = exp(threshold_lower(model->threshold) - EXCUSED);
  bool suspicious =
      evidence > bearable || model->drifted > 1 || anything_silent(model);
  model->excused =
      expected_step(model->expected, model->columns, model->values, suspicious);
  if (!model->excused)
    return evidence;
  model->quick = fmin(model->quick, bearable);
  model->slow = fmin(model->slow, bearable);
  return model->quick;
}

/* The level of a row by what has been learned: the logarithm of its quickly
 * averaged evidence. What is averaged ranks better, and an extreme row need not
 * wait: at once it brings a third of its evidence or more, which is but 1.1 off
 * the level. NaN without a forest. */
static double level_row(model_t *model, double window, int16_t *row) {
  size_t n = columns_num(model->detector);
  int16_t *residuals = row + n;
  float rarities[RESIDUAL_COLUMNS_MAX];
  model->length = residual_apply(model->residual, row, residuals);
  double rarity = rarity_judge(model->rarity, residuals, rarities);
  blame_step(&model->blame, model->columns, row, residuals,
             model->detector->features_num);
  if (!forest_ready(model->forest))
    return NAN;
  double evidence = excuse(
      model, weigh(forest_score(model->forest, row), model->length, rarity));
  if (isnan(model->quick))
    model->quick = model->slow = evidence;
  double frames = fmax(1, fmin(QUICK_FRAMES, window / DETECTOR_HOURS));
  model->quick += 2 / (frames + 1) * (evidence - model->quick);
  model->slow += SLOW * (evidence - model->slow);
  return log(model->quick + EVIDENCE_MIN);
}

/* A level as a score of 0..1: ordinary ones, around -8, become 0.07, and gross
 * incidents, from 6 on, more than 0.88. */
static double score_of(double level) { return 1 / (1 + exp(-level / 3)); }

/* What a level counts for below the line: what is less than 1 below it, or
 * above it, is squeezed into that last 1, in its order. */
static double held_below(double line, double level) {
  double beyond = level - (line - 1);
  return beyond > 0 ? line - 1 / (1 + beyond) : level;
}

/* Fills in everything but the run. The level alone decides about a flag. The
 * slow evidence lifts the score beyond it, but not above the threshold by
 * itself: of a gross incident it is left for hours. A feature's silence is
 * above any threshold, half way between it and 1, and a drift as far above as
 * it is beyond what is tolerated, unless they are expected. */
static void judge(const model_t *model, double level, verdict_t *verdict) {
  *verdict = (verdict_t){
      .score = NAN,
      .threshold = NAN,
      .warming_up = model->learned < model->detector->warm_up ||
                    model->rows < flags_from(model->detector) || isnan(level),
      .false_alarms = NAN,
      .run_state = RUN_NONE};
  if (isnan(level))
    return;
  double line = model->flagged ? threshold_lower(model->threshold)
                               : threshold_upper(model->threshold);
  double lasting = log(model->quick + model->slow + EVIDENCE_MIN);
  verdict->threshold = score_of(line);
  verdict->score = score_of(level > line ? lasting : held_below(line, lasting));
  if (!model->excused && anything_silent(model))
    verdict->score = fmax(verdict->score, (1 + verdict->threshold) / 2);
  if (!model->excused && model->drifted > 1)
    verdict->score =
        fmax(verdict->score, 1 - (1 - verdict->threshold) / model->drifted);
  verdict->flagged =
      !verdict->warming_up && verdict->score > verdict->threshold;
}

/* The numbers of a column of reservoir rows; a forest_column_f. Residuals are
 * by the present inverse, so the forest sees old rows as it sees new ones. */
static void reservoir_column(const void *source, size_t column,
                             const uint32_t *rows, size_t n, int16_t *values) {
  const model_t *model = source;
  const int16_t *cells = reservoir_row(model->reservoir, 0);
  size_t num = columns_num(model->detector);
  if (column < num) {
    for (size_t i = 0; i < n; i++)
      values[i] = cells[rows[i] * num + column];
    return;
  }
  float weights[RESIDUAL_COLUMNS_MAX];
  residual_weights(model->residual, column - num, weights);
  dots(weights, cells, num, rows, n, values);
}

static void grow_tree(model_t *model) {
  uint32_t rows[DETECTOR_SAMPLE_SIZE_MAX];
  size_t population = reservoir_rows(model->reservoir);
  size_t n = model->detector->sample_size;
  if (n > population)
    n = population;
  random_sample(&model->random, population, n, rows);
  forest_build(model->forest, model->tree, rows, n, reservoir_column, model,
               &model->random);
  model->tree = (model->tree + 1) % model->detector->trees;
}

static void grow_forest(model_t *model, double window) {
  uint32_t trees = model->detector->trees;
  if (model->rows == model->burst_at) {
    model->burst = trees;
    model->burst_at *= 2;
    if ((double)model->burst_at > window / DOUBLING_UNTIL)
      model->burst_at = 0;
  }
  uint32_t quota = trees / BURST + 1;
  for (; quota > 0 && model->burst > 0; quota--, model->burst--)
    grow_tree(model);
  if (model->burst_at != 0)
    return;
  model->due += ROUNDS_A_WINDOW * trees / window;
  for (; quota > 0 && model->due >= 1; quota--, model->due--)
    grow_tree(model);
  model->due = fmin(model->due, 1);
}

static void learn(model_t *model, const frame_t *frame, const int16_t *row,
                  double level, const verdict_t *verdict, double window) {
  bool open =
      verdict->run_state == RUN_OPENED || verdict->run_state == RUN_OPEN;
  model->rows++;
  model->learned += (double)frame->interval / 1000;
  if (!isnan(level))
    threshold_learn(model->threshold, level, (double)frame->interval, open);
  residual_learn(model->residual, row, model->length, window);
  rarity_learn(model->rarity, row + columns_num(model->detector), window);
  reservoir_offer(model->reservoir, row, window, &model->random);
  for (size_t i = 0; i < model->detector->features_num; i++)
    if (!verdict->flagged && !isnan(model->values[i]))
      range_offer(&model->ranges[i], model->values[i], window,
                  &model->range_random);
  grow_forest(model, window);
}

/* Whether the next frame is learned: of those that follow a flagged one a young
 * model takes a random few. A feature's silence, which also flags, has a time
 * of its own, see columns.h. */
static bool worth_learning(model_t *model, double window) {
  if (!model->flagged || anything_silent(model))
    return true;
  return random_unit(&model->random) * GROWN_UP * window < (double)model->rows;
}

/* The first frame after a silence is judged by what was learned before it, and
 * by nothing that happened in it. */
static void end_silence(model_t *model) {
  columns_gap(model->columns);
  model->quick = model->slow = NAN;
  model->blame = (blame_t){.smoothed = {0}};
  model->flagged =
      model->flagged && model->runs.open && !model->runs.run.silent;
}

int model_step(model_t *model, const frame_t *frame, verdict_t *verdict) {
  const detector_t *detector = model->detector;
  if (frame->interval <= 0 || frame->ts <= model->last_ts)
    return EINVAL;
  double seconds = (double)frame->interval / 1000;
  double window = fmax(1, detector->window / seconds); /* in rows */
  if (model->rows > 0 && (double)frame->ts - (double)model->last_ts >
                             GAP * (double)frame->interval) {
    columns_gap(model->columns);
    model->quick = model->slow = NAN;
  }
  if (model->silent && !frame->silent)
    end_silence(model);
  model->last_ts = frame->ts;
  model->silent = frame->silent;

  int16_t row[ROW_MAX];
  bool learns = !frame->silent && worth_learning(model, window);
  columns_step(model->columns, frame->values, window, learns, row);
  for (size_t i = 0; i < detector->features_num; i++)
    model->values[i] = isfinite(frame->values[i]) ? frame->values[i] : NAN;
  model->drifted = frame->silent
                       ? 0
                       : drift_step(model->drift, model->columns, frame->values,
                                    window, learns, model->flagged);
  double level = level_row(model, window, row);
  judge(model, level, verdict);
  model->flagged = verdict->flagged;
  model->explicable = !isnan(level);
  if (!verdict->warming_up && !frame->silent)
    runs_watch(&model->runs, detector->window, seconds);
  verdict->run_state =
      runs_step(&model->runs, detector, frame->ts, verdict->score,
                verdict->flagged, frame->silent, &verdict->run);
  if (verdict->run_state == RUN_CLOSED && !verdict->run.silent)
    threshold_alarm(model->threshold);
  if (verdict->run_state == RUN_CLOSED)
    drift_know(model->drift);
  verdict->false_alarms = runs_rate(&model->runs);

  if (learns)
    learn(model, frame, row, level, verdict, window);
  return 0;
}

static int by_share(const void *a, const void *b) {
  const suspect_t *left = a, *right = b;
  if (left->share != right->share)
    return left->share < right->share ? 1 : -1;
  return left->feature < right->feature ? -1 : 1;
}

size_t model_explain(const model_t *model, suspect_t *suspects) {
  double shares[DETECTOR_FEATURES_MAX];
  size_t n = 0;
  if (!model->explicable)
    return 0;
  blame_shares(&model->blame, model->detector->features_num, shares);
  for (size_t i = 0; i < model->detector->features_num; i++) {
    if (!(shares[i] > 0))
      continue;
    suspects[n] = (suspect_t){
        .feature = i, .share = shares[i], .value = model->values[i]};
    range_usual(&model->ranges[i], &suspects[n].low, &suspects[n].high);
    n++;
  }
  qsort(suspects, n, sizeof(*suspects), by_share);
  return n;
}

int64_t model_last_ts(const model_t *model) { return model->last_ts; }

void model_set_back(model_t *model, int64_t ts) {
  if (model->last_ts >= ts)
    model->last_ts = ts == INT64_MIN ? INT64_MIN : ts - 1;
}

size_t model_expect(model_t *model, const double *rows, size_t n) {
  return expected_learn(model->expected, model->columns, rows, n);
}

void model_adopt_run(model_t *model, const run_t *run) {
  runs_adopt(&model->runs, run);
}

void model_end_run(model_t *model, int64_t until) {
  runs_end(&model->runs, until);
}

/* SPDX-License-Identifier: MIT */
/*
 * detector.h -- judges one host, one interval after the other
 *
 * A detector is a named set of features with its options; a model is what it
 * has learned of one host. One call a frame: model_step() scores the frame by
 * what was learned before it, and only then learns it.
 *
 * Nothing in this folder does I/O, reads a clock, logs or keeps global state.
 * A model belongs to one thread at a time; a detector_t is never written to
 * and may be shared. Equal options and equal frames give equal verdicts, bit
 * for bit, whatever else the process does.
 */
#ifndef ANOMALY_DETECTOR_H
#define ANOMALY_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds of what a detector may be asked for. */
#define DETECTOR_FEATURES_MAX 64
#define DETECTOR_TREES_MAX 1000
#define DETECTOR_SAMPLE_SIZE_MAX 4096
#define DETECTOR_WINDOW_MAX 1e8

/* Frames before a flag can be raised, whatever the warm-up: a threshold needs
 * some scores, and with fewer frames than twice the columns each one is as far
 * off as any. The larger one of these, the second for each feature. */
#define DETECTOR_FLAGS_FROM 128
#define DETECTOR_FLAGS_FROM_A_FEATURE 6

/* A window has so many hours, which are real ones if it is a week. */
#define DETECTOR_HOURS 168.0

/* One number an interval. */
typedef struct {
  const char *name; /* unique in its detector */
  const char *unit; /* shown behind values as it stands: "%", "B/s"; "" */
  double noise; /* a change smaller than this is never an anomaly; >= 0, in the
                   feature's own unit */
} detector_feature_t;

typedef struct {
  const char *name;
  const detector_feature_t *features;
  size_t features_num;  /* 1..DETECTOR_FEATURES_MAX */
  double false_alarms;  /* budget: false runs a day, > 0 */
  double warm_up;       /* seconds before the first flag, >= 0 */
  double window;        /* seconds of history learned from, above 0 and up to
                           DETECTOR_WINDOW_MAX */
  unsigned trees;       /* 1..DETECTOR_TREES_MAX */
  unsigned sample_size; /* rows a tree, 2..DETECTOR_SAMPLE_SIZE_MAX */
  unsigned hits;        /* flagged frames before a run opens, >= 1 */
  unsigned clear;       /* unflagged frames before it closes, >= 1 */
  uint64_t seed;        /* of every random choice */
} detector_t;

/* Everything at its documented default; name and features are the caller's. */
#define DETECTOR_INIT                                                          \
  {                                                                            \
    .false_alarms = 0.2, .warm_up = 900, .window = 604800, .trees = 100,       \
    .sample_size = 256, .hits = 1, .clear = 3, .seed = 42                      \
  }

/* The features of one host for one interval. */
typedef struct {
  int64_t ts;           /* milliseconds since the epoch, UTC */
  int64_t interval;     /* milliseconds, > 0; may differ from frame to frame */
  const double *values; /* features_num of them; NaN or infinite: missing */
  bool silent; /* scored, but neither learned nor counted: maintenance */
} frame_t;

/* What this frame did to the model's run. */
typedef enum {
  RUN_NONE,   /* no run is open */
  RUN_OPENED, /* this frame opened one */
  RUN_OPEN,   /* one was open and stays so */
  RUN_CLOSED, /* this frame closed it */
} run_state_t;

/* A streak of flagged frames, from its opening to its closing. One that begins
 * in a silent frame is silent, and ends with the last of them in a row: the
 * next other frame may open a run of its own, without RUN_CLOSED for the silent
 * one. A run that was open before goes on through silent frames. */
typedef struct {
  int64_t started_at; /* ts of the first flagged frame */
  int64_t ended_at;   /* the largest ts of a flagged frame so far */
  uint64_t points;    /* frames from started_at to now */
  uint64_t anomalies; /* flagged ones among them */
  double peak_score;  /* 0..1 */
  int64_t peak_at;
  bool silent;
} run_t;

/* What a model says of one frame. */
typedef struct {
  double score;        /* 0..1; NaN until there is a forest */
  double threshold;    /* 0..1; NaN until there is a forest */
  bool flagged;        /* above the threshold; false while warming up */
  bool warming_up;     /* no flag can be raised yet */
  double false_alarms; /* runs opened a day over the last `window`; NaN during
                          the first hour after the warm-up */
  run_state_t run_state;
  run_t run; /* valid unless run_state is RUN_NONE */
} verdict_t;

/* A feature held responsible for a frame. */
typedef struct {
  size_t feature; /* index in detector_t.features */
  double share;   /* of the blame, 0..1; the shares of a frame sum to 1 */
  double value;   /* as it came; NaN: it has fallen silent */
  double low;     /* the usual range: the central 96 % of the window, NaN */
  double high;    /* while unknown */
} suspect_t;

typedef struct model_s model_t;

/* NULL if every option is in its range; else an English sentence that names
 * the option and its range (static storage). */
const char *detector_check(const detector_t *detector);

/* A fresh model. `detector` must outlive it and satisfy detector_check().
 * NULL: out of memory. All memory of the model is allocated here; stepping
 * allocates nothing. */
model_t *model_create(const detector_t *detector);

void model_destroy(model_t *model);

/* Scores the frame, then learns it unless it is silent; while flags are raised
 * a young model learns but a part of the frames.
 *
 * What is too much for one step is spread: the inverse (residual.h) is renewed
 * four columns a step, the forest is grown anew four trees of 100 a step. With
 * 5 and 38 features (64) an ordinary step takes 0.04 and 0.2 million
 * instructions (0.5). The longest ones grow four trees from full samples and
 * take 1.8 and 5.1 million (7.5), hence 0.2 and 0.4 ms: while a model is young,
 * and where an interval is so long that trees are due at every step.
 *
 * 0: *verdict is filled.
 * EINVAL: interval <= 0, or ts not later than the previous frame's; neither
 *         judged nor learned, *verdict is untouched. */
int model_step(model_t *model, const frame_t *frame, verdict_t *verdict);

/* Who is to blame for the frame stepped last: every feature with a share above
 * 0, most suspicious first, at most DETECTOR_FEATURES_MAX. Writes to
 * suspects[DETECTOR_FEATURES_MAX] and returns how many; at least one when the
 * frame was flagged, 0 before there is a forest. */
size_t model_explain(const model_t *model, suspect_t *suspects);

/* ts of the last frame stepped; INT64_MIN when there was none. */
int64_t model_last_ts(const model_t *model);

/* The clock of the host was set back: frames from `ts` on are welcome although
 * later ones have been learned. Keeps everything learned. */
void model_set_back(model_t *model, int64_t ts);

/* Learns as normal what somebody has called expected although it was flagged:
 * n rows of features_num values each (in the features' own units; not finite:
 * missing), best the flagged frames of a run. From the next step on frames like
 * them (expected.h) are scored below the threshold, whatever else they look
 * like. Returns how many of the rows were news; 0 when they are known already,
 * so learning twice is harmless, or when none is unusual. A bounded number is
 * kept, the oldest go first. Allocates nothing; takes some 10 us a row of 5
 * features. */
size_t model_expect(model_t *model, const double *rows, size_t n);

/* Takes over a run that was opened by a model that has been lost: it is open
 * now, and closes after `clear` unflagged frames like any other. */
void model_adopt_run(model_t *model, const run_t *run);

/* The run that is open in a restored model, if it began at `until` or earlier,
 * is known to have closed since the image was made. */
void model_end_run(model_t *model, int64_t until);

/* Bytes of memory the model occupies, all included. */
size_t model_size(const model_t *model);

/* The image of a model: versioned, little-endian, checksummed. A restored
 * model goes on bit for bit as if it had never stopped.
 *
 * model_image_max() bounds its size for any model of the detector; save writes
 * at most that many bytes to `image` and returns how many.
 *
 * model_restore() returns NULL with an English sentence in `why` when the image
 * is damaged, of a foreign version, or memory is short. Where features or
 * options that shape what is learned (Window, Trees, SampleSize, the seed) have
 * changed, `why` says which, and the model has kept what still fits: when it
 * was stepped last, its runs, and of each feature that is still there what is
 * usual; the rest is learned anew, with a warm-up. Else `why` is "". Any bytes
 * are safe to pass. */
#define MODEL_WHY_SIZE 256

size_t model_image_max(const detector_t *detector);
size_t model_save(const model_t *model, void *image);
model_t *model_restore(const detector_t *detector, const void *image,
                       size_t image_size, char why[MODEL_WHY_SIZE]);

#endif /* ANOMALY_DETECTOR_H */

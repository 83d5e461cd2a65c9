/* SPDX-License-Identifier: MIT */
/*
 * frames.h -- puts the frames of one host for one detector together
 *
 * Values come in any order from any thread (the caller holds a lock) and leave
 * as frames in the order of their time:
 *
 *   - A value belongs to the interval floor(time / interval) of the frames; the
 *     frames' interval is the shortest of the series that feed them.
 *   - A frame closes as soon as every series that is expected in it has come
 *     and the frame before it is closed; or, when one stays away, once
 *     FRAMES_OPEN_MAX later ones have begun; or by the clock, half an interval
 *     after the next one should have begun.
 *   - A series that missed a frame, or comes less often than frames do, counts
 *     with its last value until that is two of its own intervals old. After
 *     that it is silent; a feature without any series left is missing (NaN).
 *   - A value too late for its frame counts from the next frame on. One that is
 *     as old as the last of its series, or older, is ignored.
 *   - Counters become rates between consecutive values of the series by their
 *     own time stamps; a reset, a rate outside of the type's range, NaN and
 *     infinities count as no value.
 *   - Where the host's clock was set between two of them, by less than what
 *     follows is about, the rate before counts once more.
 *   - Values more than FRAMES_AHEAD_MAX intervals ahead or long past are
 *     ignored, unless nothing else comes for three intervals of theirs: then
 *     the host's clock has been set, and frames go on at the new time; counters
 *     begin anew and count with their last rate meanwhile. When the host was
 *     silent before, the first value is believed.
 */
#ifndef ANOMALY_FRAMES_H
#define ANOMALY_FRAMES_H

#include "plugin/features/frame_queue.h"
#include "plugin/features/match.h"

#define FRAMES_OPEN_MAX 32
#define FRAMES_AHEAD_MAX 10
#define FRAMES_SLOTS_MAX 8192 /* data sources of one host for one detector */

/* The values of a series at a time. */
typedef struct {
  uint64_t series;   /* a number that stands for the identifier without host */
  const use_t *uses; /* what the frames' detector makes of it, one at least */
  size_t uses_num;
  const char *plugin_instance;
  const number_t *values; /* by source, or others of the same layout */
  ticks_t time;
  ticks_t interval;
} reading_t;

typedef struct frames_s frames_t;

/* `options` must outlive them. NULL: out of memory. */
frames_t *frames_create(const detector_options_t *options);
void frames_destroy(frames_t *frames);

/* Takes values in. `now` is the monotonic clock.
 * 0; ENOMEM; or E2BIG when the host has too many series for the detector. */
int frames_write(frames_t *frames, const reading_t *reading, ticks_t now);

/* Closes by the clock what is due, and forgets series silent for an hour. */
void frames_tick(frames_t *frames, ticks_t now);

/* The oldest closed frame: 0, with *frame and *clock_set filled (the clock of
 * the host was set before it); its values stay valid until frames_pop() or the
 * next write. EAGAIN: none is waiting. */
int frames_peek(const frames_t *frames, frame_t *frame, bool *clock_set);
void frames_pop(frames_t *frames);

size_t frames_waiting(const frames_t *frames);
ticks_t frames_last_arrival(const frames_t *frames); /* monotonic */
ticks_t frames_interval(const frames_t *frames);     /* 0: no value yet */
uint64_t frames_closed(const frames_t *frames);      /* since the start */

/* Values that came too late, strayed or were repeated; frames that found the
 * queue full. */
uint64_t frames_late(const frames_t *frames);
uint64_t frames_dropped(const frames_t *frames);

#endif /* ANOMALY_FRAMES_H */

/* SPDX-License-Identifier: MIT */
/*
 * Frames of one host for one detector. The raw values of the few frames that
 * are open are kept apart from each other, and turned into rates and features
 * when their frame closes: only then is their order certain.
 */
#include "plugin/features/frames.h"
#include "plugin/features/aggregate.h"
#include "plugin/features/slots.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ASTRAY_MAX 3 /* strayed intervals before they are believed */
#define SLOT_TIMEOUT TICKS(3600)
#define FORGET_INTERVAL TICKS(60)
#define TIME_MAX ((ticks_t)1 << 63) /* the year 2242 */
#define INTERVAL_MIN (TICKS(1) / 100)
#define INTERVAL_MAX TICKS(86400)

typedef struct {
  number_t value;
  ticks_t time; /* 0: none yet */
} raw_t;

typedef struct {
  int64_t number; /* floor(time / interval) */
  ticks_t begun;  /* when the first value arrived, monotonic */
  size_t awaited; /* expected slots that have not come */
  raw_t *raw;     /* slots.max of them */
} open_frame_t;

struct frames_s {
  const detector_options_t *options;

  slots_t slots;
  aggregate_set_t *aggregates;

  /* the time line */
  ticks_t interval;     /* 0 before the first value */
  bool begun;           /* the members below are valid */
  int64_t last_closed;  /* number of the newest frame that is closed */
  int64_t newest;       /* ... that has begun */
  ticks_t newest_begun; /* monotonic */
  unsigned astray;      /* strayed intervals in a row */
  int64_t astray_number;
  ticks_t astray_since; /* monotonic */
  bool clock_set;       /* the next frame to close is the first after that */
  ticks_t next_forget;
  ticks_t last_arrival;

  /* Open frames by number. Those behind open_num are spare buffers. */
  open_frame_t open[FRAMES_OPEN_MAX];
  size_t open_num;

  frame_queue_t queue; /* of closed frames */

  uint64_t closed;
  uint64_t late;
  uint64_t dropped;
};

/* --- life ---------------------------------------------------------------- */

frames_t *frames_create(const detector_options_t *options) {
  frames_t *f = calloc(1, sizeof(*f));
  if (f == NULL)
    return NULL;
  f->options = options;
  f->queue.features_num = options->detector.features_num;
  f->aggregates = aggregate_set_create(options);
  if (f->aggregates == NULL) {
    free(f);
    return NULL;
  }
  return f;
}

void frames_destroy(frames_t *f) {
  if (f == NULL)
    return;
  for (size_t i = 0; i < FRAMES_OPEN_MAX; i++)
    free(f->open[i].raw);
  aggregate_set_destroy(f->aggregates);
  slots_clear(&f->slots);
  frame_queue_clear(&f->queue);
  free(f);
}

/* --- series -------------------------------------------------------------- */

static int reserve(frames_t *f, size_t wanted) {
  if (wanted <= f->slots.max)
    return 0;
  if (wanted > FRAMES_SLOTS_MAX)
    return E2BIG;
  size_t max = f->slots.max == 0 ? 8 : 2 * f->slots.max;
  while (max < wanted)
    max *= 2;
  for (size_t i = 0; i < FRAMES_OPEN_MAX; i++) {
    if (f->open[i].raw == NULL)
      continue;
    raw_t *raw = realloc(f->open[i].raw, max * sizeof(*raw));
    if (raw == NULL)
      return ENOMEM;
    memset(raw + f->slots.max, 0, (max - f->slots.max) * sizeof(*raw));
    f->open[i].raw = raw;
  }
  return slots_grow(&f->slots, max);
}

static int add_series(frames_t *f, const reading_t *reading) {
  int status = reserve(f, f->slots.num + reading->uses_num);
  if (status != 0)
    return status;
  slot_t *added = f->slots.items + f->slots.num;
  for (size_t i = 0; i < reading->uses_num; i++) {
    const use_t *use = reading->uses + i;
    uint32_t group = 0;
    status = aggregate_group(f->aggregates, use->selection,
                             reading->plugin_instance, &group);
    if (status != 0)
      return status;
    added[i] = (slot_t){.series = reading->series,
                        .interval = reading->interval,
                        .newest = reading->time,
                        .rate = NAN,
                        .min = use->min,
                        .max = use->max,
                        .source = use->source,
                        .group = group,
                        .kind = use->kind,
                        .selected = use->selected};
  }
  slots_added(&f->slots, reading->uses_num);
  return 0;
}

static void count_awaited(frames_t *f, open_frame_t *open) {
  open->awaited = 0;
  for (size_t i = 0; i < f->slots.num; i++)
    open->awaited += f->slots.items[i].expected && open->raw[i].time == 0;
}

/* --- closing ------------------------------------------------------------- */

static void enqueue(frames_t *f, int64_t number, const double *values) {
  frame_t frame = {.ts = ticks_to_ms((ticks_t)number * f->interval),
                   .interval = ticks_to_ms(f->interval),
                   .values = values};
  if (frame_queue_push(&f->queue, &frame, f->clock_set) == 0)
    f->clock_set = false;
  else
    f->dropped++; /* the older ones are kept: what is judged has no holes */
}

/* Takes the raw values of a frame into the slots. True if other series are
 * expected from now on. */
static bool take_raw(frames_t *f, const open_frame_t *open) {
  bool changed = false;
  for (size_t i = 0; i < f->slots.num; i++) {
    slot_t *slot = f->slots.items + i;
    const raw_t *raw = open->raw + i;
    bool came = raw->time > slot->last_time;
    if (came)
      slot_take(slot, raw->value, raw->time, open->begun);
    bool expected = came && slot_is_regular(slot, f->interval);
    if (expected != slot->expected) {
      slots_expect(&f->slots, slot, expected);
      changed = true;
    }
  }
  return changed;
}

static void close_oldest(frames_t *f) {
  open_frame_t open = f->open[0];
  bool changed = take_raw(f, &open);

  ticks_t end = (ticks_t)(open.number + 1) * f->interval;
  aggregate_begin(f->aggregates);
  for (size_t i = 0; i < f->slots.num; i++) {
    const slot_t *slot = f->slots.items + i;
    if (slot_counts(slot, end))
      aggregate_add(f->aggregates, slot->group, slot->selected, slot->rate);
  }
  double values[DETECTOR_FEATURES_MAX];
  aggregate_end(f->aggregates, values);
  enqueue(f, open.number, values);
  f->closed++;

  f->last_closed = open.number;
  memset(open.raw, 0, f->slots.max * sizeof(*open.raw));
  f->open_num--;
  memmove(f->open, f->open + 1, f->open_num * sizeof(*f->open));
  f->open[f->open_num] = open;
  if (changed)
    for (size_t i = 0; i < f->open_num; i++)
      count_awaited(f, f->open + i);
}

/* Only next to each other: the values of a frame between may be late. */
static void close_complete(frames_t *f) {
  while (f->open_num > 0 && f->slots.expected_num > 0 &&
         f->open[0].awaited == 0 && f->open[0].number == f->last_closed + 1)
    close_oldest(f);
}

static void close_all(frames_t *f) {
  while (f->open_num > 0)
    close_oldest(f);
}

/* --- opening ------------------------------------------------------------- */

/* The open frame `number`, opened if need be. NULL: out of memory, or it would
 * be older than all of the FRAMES_OPEN_MAX open ones. */
static open_frame_t *open_frame(frames_t *f, int64_t number, ticks_t now) {
  size_t place = f->open_num;
  while (place > 0 && f->open[place - 1].number > number)
    place--;
  if (place > 0 && f->open[place - 1].number == number)
    return f->open + place - 1;
  if (f->open_num == FRAMES_OPEN_MAX) {
    if (place == 0)
      return NULL;
    close_oldest(f);
    close_complete(f);
    return number > f->last_closed ? open_frame(f, number, now) : NULL;
  }
  open_frame_t added = f->open[f->open_num];
  if (added.raw == NULL) {
    added.raw = calloc(f->slots.max, sizeof(*added.raw));
    if (added.raw == NULL)
      return NULL;
  }
  added.number = number;
  added.begun = now;
  added.awaited = f->slots.expected_num;
  memmove(f->open + place + 1, f->open + place,
          (f->open_num - place) * sizeof(*f->open));
  f->open[place] = added;
  f->open_num++;
  if (number > f->newest)
    f->newest = number;
  f->newest_begun = now;
  return f->open + place;
}

/* --- the time line ------------------------------------------------------- */

/* Frames go on at `number`, wherever they have been. */
static void begin(frames_t *f, int64_t number, bool silent) {
  close_all(f);
  bool back = f->begun && number <= f->last_closed;
  if (f->begun && (back || !silent))
    slots_set_clock(&f->slots, (ticks_t)(f->last_closed + 1) * f->interval,
                    (ticks_t)number * f->interval, silent);
  f->clock_set = f->clock_set || back;
  if (!f->begun || back)
    f->last_closed = number - FRAMES_OPEN_MAX; /* some may come out of order */
  f->newest = number;
  f->next_forget = 0;
  f->begun = true;
  f->astray = 0;
}

/* The frames' interval is that of the most frequent series alive at `time`,
 * `interval` at most. */
static void choose_interval(frames_t *f, ticks_t interval, ticks_t time) {
  for (size_t i = 0; i < f->slots.num; i++) {
    const slot_t *slot = f->slots.items + i;
    if (slot->interval < interval && slot->newest + 3 * slot->interval > time)
      interval = slot->interval;
  }
  if (interval == f->interval)
    return;
  close_all(f);
  f->interval = interval;
  f->begun = false;
  for (size_t i = 0; i < f->slots.num; i++)
    slots_expect(&f->slots, f->slots.items + i, false);
}

/* Removes the slots that have been silent for an hour before `end`, in every
 * open frame too. Returns how many. */
static size_t slots_remove_silent(frames_t *f, ticks_t end) {
  size_t kept = 0;
  for (size_t i = 0; i < f->slots.num; i++) {
    slot_t slot = f->slots.items[i];
    if (slot.newest + SLOT_TIMEOUT + 3 * slot.interval < end) {
      f->slots.expected_num -= slot.expected;
      continue;
    }
    for (size_t j = 0; j < f->open_num; j++)
      f->open[j].raw[kept] = f->open[j].raw[i];
    f->slots.items[kept++] = slot;
  }
  size_t removed = f->slots.num - kept;
  f->slots.num = kept;
  for (size_t j = 0; j < f->open_num; j++) {
    memset(f->open[j].raw + kept, 0, removed * sizeof(*f->open[j].raw));
    count_awaited(f, f->open + j);
  }
  return removed;
}

/* Interfaces of containers come and go under ever new names: what is silent
 * for an hour is forgotten. */
static void forget_silent(frames_t *f) {
  ticks_t end = (ticks_t)(f->newest + 1) * f->interval;
  if (end < f->next_forget)
    return;
  f->next_forget = end + FORGET_INTERVAL;
  if (slots_remove_silent(f, end) == 0)
    return;
  aggregate_keep_none(f->aggregates);
  for (size_t i = 0; i < f->slots.num; i++)
    aggregate_keep(f->aggregates, f->slots.items[i].group);
  aggregate_compact(f->aggregates);
  for (size_t i = 0; i < f->slots.num; i++)
    f->slots.items[i].group =
        aggregate_moved(f->aggregates, f->slots.items[i].group);
  slots_moved(&f->slots);
  if (f->slots.num > 0)
    choose_interval(f, INTERVAL_MAX, end);
}

/* Whether frame `number` is where values may be taken; strayed ones are
 * believed once nothing else has come for ASTRAY_MAX of their intervals. */
static bool on_time_line(frames_t *f, int64_t number, ticks_t now) {
  /* For a while all that has come was late. */
  bool stalled = f->open_num == 0 && number <= f->last_closed &&
                 f->newest_begun + ASTRAY_MAX * f->interval <= now;
  if (!stalled && number > f->last_closed - FRAMES_OPEN_MAX &&
      number <= f->newest + FRAMES_AHEAD_MAX) {
    f->astray = 0;
    return true;
  }
  if (f->open_num == 0 && f->last_arrival + 3 * f->interval < now) {
    begin(f, number, true);
    return true;
  }
  bool follows = f->astray > 0 && number >= f->astray_number &&
                 number <= f->astray_number + FRAMES_AHEAD_MAX;
  if (!follows) {
    f->astray = 1;
    f->astray_since = now;
  } else if (number > f->astray_number)
    f->astray++;
  f->astray_number = number;
  /* In a burst a thread may be late by many frames, but not for long. */
  if (f->astray < ASTRAY_MAX || f->astray_since + f->interval > now)
    return false;
  begin(f, number, false);
  return true;
}

/* --- taking values in ---------------------------------------------------- */

/* The frame has closed without it: the value counts from the next one on, and
 * frames wait for the series from now on. */
static void take_late(frames_t *f, slot_t *slot, number_t value, ticks_t time) {
  f->late++;
  slot_take(slot, value, time, f->last_arrival);
  if (slot_is_regular(slot, f->interval) && !slot->expected) {
    slots_expect(&f->slots, slot, true);
    for (size_t i = 0; i < f->open_num; i++)
      count_awaited(f, f->open + i);
  }
}

static void take(frames_t *f, open_frame_t *open, size_t i, number_t value,
                 ticks_t time) {
  raw_t *raw = open->raw + i;
  if (time <= raw->time) {
    f->late++;
    return;
  }
  if (raw->time == 0 && f->slots.items[i].expected)
    open->awaited--;
  *raw = (raw_t){.value = value, .time = time};
}

static ticks_t sane_interval(ticks_t interval) {
  if (interval < INTERVAL_MIN)
    return INTERVAL_MIN;
  return interval > INTERVAL_MAX ? INTERVAL_MAX : interval;
}

/* The slots of a series that has `interval` now. */
static void follow_interval(frames_t *f, size_t first,
                            const reading_t *reading) {
  ticks_t interval = reading->interval;
  if (f->slots.items[first].interval == interval && interval >= f->interval &&
      f->interval != 0)
    return;
  for (size_t i = 0; i < reading->uses_num; i++)
    f->slots.items[first + i].interval = interval;
  choose_interval(f, interval, reading->time);
}

/* A value for each of the slots from `first` on, in an open frame or, NULL, in
 * one that is closed. */
static void take_all(frames_t *f, open_frame_t *open, size_t first,
                     const reading_t *reading) {
  ticks_t time = reading->time;
  for (size_t i = first; i < first + reading->uses_num; i++) {
    slot_t *slot = f->slots.items + i;
    number_t value;
    memcpy(&value, reading->values + slot->source, sizeof(value));
    if (time > slot->newest)
      slot->newest = time;
    if (time <= slot->last_time) {
      slot->went_back |= time < slot->last_time;
      f->late++;
    } else if (open == NULL)
      take_late(f, slot, value, time);
    else
      take(f, open, i, value, time);
  }
}

int frames_write(frames_t *f, const reading_t *received, ticks_t now) {
  if (received->time == 0 || received->time >= TIME_MAX) {
    f->late++;
    return 0;
  }
  reading_t reading = *received;
  reading.interval = sane_interval(reading.interval);

  if (f->begun &&
      !on_time_line(f, (int64_t)(reading.time / f->interval), now)) {
    f->late++;
    return 0;
  }
  size_t first = slots_find(&f->slots, reading.series);
  if (first == SIZE_MAX) {
    first = f->slots.num;
    int status = add_series(f, &reading);
    if (status != 0)
      return status;
  }
  if (first + reading.uses_num > f->slots.num ||
      f->slots.items[first + reading.uses_num - 1].series != reading.series)
    return E2BIG; /* another identifier of the same hash */
  follow_interval(f, first, &reading);

  int64_t number = (int64_t)(reading.time / f->interval);
  if (!f->begun)
    begin(f, number, true);
  f->last_arrival = now;
  take_all(f, number > f->last_closed ? open_frame(f, number, now) : NULL,
           first, &reading);
  close_complete(f);
  return 0;
}

void frames_tick(frames_t *f, ticks_t now) {
  ticks_t patience = f->interval + f->interval / 2;
  while (f->open_num > 0 && f->open[0].begun + patience <= now) {
    close_oldest(f);
    close_complete(f);
  }
  if (f->begun)
    forget_silent(f);
}

int frames_peek(const frames_t *f, frame_t *frame, bool *clock_set) {
  return frame_queue_peek(&f->queue, frame, clock_set);
}

void frames_pop(frames_t *f) { frame_queue_pop(&f->queue); }

size_t frames_waiting(const frames_t *f) { return f->queue.num; }
ticks_t frames_last_arrival(const frames_t *f) { return f->last_arrival; }
ticks_t frames_interval(const frames_t *f) { return f->interval; }
uint64_t frames_closed(const frames_t *f) { return f->closed; }
uint64_t frames_late(const frames_t *f) { return f->late; }
uint64_t frames_dropped(const frames_t *f) { return f->dropped; }

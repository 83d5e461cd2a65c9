/* SPDX-License-Identifier: MIT */
/*
 * Frames of one host for one detector. The raw values of the few frames that
 * are open are kept apart from each other, and turned into rates and features
 * when their frame closes: only then is their order certain.
 */
#include "plugin/collectd/frames.h"
#include "plugin/collectd/aggregate.h"

#include "collectd/core/utils/common/common.h"

#include <errno.h>
#include <math.h>

#define ASTRAY_MAX 3 /* strayed intervals before they are believed */
#define SLOT_TIMEOUT TIME_T_TO_CDTIME_T_STATIC(3600)
#define FORGET_INTERVAL TIME_T_TO_CDTIME_T_STATIC(60)
#define TIME_MAX ((cdtime_t)1 << 63) /* the year 2242 */
#define INTERVAL_MIN (TIME_T_TO_CDTIME_T_STATIC(1) / 100)
#define INTERVAL_MAX TIME_T_TO_CDTIME_T_STATIC(86400)

/* One data source of one series. Slots of a series lie side by side. */
typedef struct {
  uint64_t series;
  value_to_rate_state_t state;
  cdtime_t last_time; /* of the newest value that a frame has closed on */
  cdtime_t interval;
  cdtime_t newest;  /* time stamp, in the open frames too */
  cdtime_t arrival; /* of the last taken, monotonic */
  cdtime_t rate_time;
  gauge_t rate; /* what it counts with; NaN: nothing */
  double min, max;
  uint32_t source;
  uint32_t group; /* of the aggregate */
  int type;
  bool selected;  /* as in use_t */
  bool expected;  /* frames wait for it */
  bool went_back; /* something older came after the last taken */
} slot_t;

typedef struct {
  value_t value;
  cdtime_t time; /* 0: none yet */
} raw_t;

typedef struct {
  int64_t number; /* floor(time / interval) */
  cdtime_t begun; /* when the first value arrived, monotonic */
  size_t awaited; /* expected slots that have not come */
  raw_t *raw;     /* slots_max of them */
} open_frame_t;

struct frames_s {
  const detector_options_t *options;

  /* the series */
  slot_t *slots;
  size_t slots_num;
  size_t slots_max;
  size_t expected_num;
  uint32_t *index;   /* series -> first slot + 1, open addressing; 0: empty */
  size_t index_size; /* twice slots_max */
  aggregate_set_t *aggregates;

  /* the time line */
  cdtime_t interval;     /* 0 before the first value */
  bool begun;            /* the members below are valid */
  int64_t last_closed;   /* number of the newest frame that is closed */
  int64_t newest;        /* ... that has begun */
  cdtime_t newest_begun; /* monotonic */
  unsigned astray;       /* strayed intervals in a row */
  int64_t astray_number;
  cdtime_t astray_since; /* monotonic */
  bool clock_set;        /* the next frame to close is the first after that */
  cdtime_t next_forget;
  cdtime_t last_arrival;

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
  free(f->slots);
  free(f->index);
  frame_queue_clear(&f->queue);
  free(f);
}

/* --- slots --------------------------------------------------------------- */

static size_t index_place(const frames_t *f, uint64_t series) {
  size_t mask = f->index_size - 1;
  size_t i = (series * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;
  while (f->index[i] != 0 && f->slots[f->index[i] - 1].series != series)
    i = (i + 1) & mask;
  return i;
}

/* Indexes the first slot of every series anew. */
static void index_fill(frames_t *f) {
  memset(f->index, 0, f->index_size * sizeof(*f->index));
  for (size_t i = 0; i < f->slots_num; i++)
    if (i == 0 || f->slots[i].series != f->slots[i - 1].series)
      f->index[index_place(f, f->slots[i].series)] = (uint32_t)i + 1;
}

static int slots_reserve(frames_t *f, size_t wanted) {
  if (wanted <= f->slots_max)
    return 0;
  if (wanted > FRAMES_SLOTS_MAX)
    return E2BIG;
  size_t max = f->slots_max == 0 ? 8 : 2 * f->slots_max;
  while (max < wanted)
    max *= 2;
  for (size_t i = 0; i < FRAMES_OPEN_MAX; i++) {
    if (f->open[i].raw == NULL)
      continue;
    raw_t *raw = realloc(f->open[i].raw, max * sizeof(*raw));
    if (raw == NULL)
      return ENOMEM;
    memset(raw + f->slots_max, 0, (max - f->slots_max) * sizeof(*raw));
    f->open[i].raw = raw;
  }
  slot_t *slots = realloc(f->slots, max * sizeof(*slots));
  if (slots == NULL)
    return ENOMEM;
  f->slots = slots;
  uint32_t *index = realloc(f->index, 2 * max * sizeof(*index));
  if (index == NULL)
    return ENOMEM;
  f->index = index;
  f->index_size = 2 * max; /* never more than half full */
  f->slots_max = max;
  index_fill(f);
  return 0;
}

static int slots_add(frames_t *f, uint64_t series, const use_t *uses,
                     size_t uses_num, const data_set_t *ds,
                     const value_list_t *vl) {
  int status = slots_reserve(f, f->slots_num + uses_num);
  if (status != 0)
    return status;
  size_t first = f->slots_num;
  for (size_t i = 0; i < uses_num; i++) {
    const data_source_t *source = ds->ds + uses[i].source;
    uint32_t group = 0;
    status = aggregate_group(f->aggregates, uses[i].selection,
                             vl->plugin_instance, &group);
    if (status != 0)
      return status;
    f->slots[first + i] = (slot_t){.series = series,
                                   .interval = vl->interval,
                                   .newest = vl->time,
                                   .rate = NAN,
                                   .min = source->min,
                                   .max = source->max,
                                   .source = uses[i].source,
                                   .group = group,
                                   .type = source->type,
                                   .selected = uses[i].selected};
  }
  f->slots_num += uses_num;
  f->index[index_place(f, series)] = (uint32_t)first + 1;
  return 0;
}

/* --- a value becomes a rate ---------------------------------------------- */

/* Whether the host's clock has been set between the last value and this, by
 * what `passed` for it and what we `waited`: no rate comes of them. Values may
 * well come many at a time, after a while or in no time at all, but then an
 * interval follows the other. */
static bool clock_was_set(const slot_t *slot, cdtime_t passed,
                          cdtime_t waited) {
  bool back = slot->went_back || passed < slot->interval - slot->interval / 4;
  return (back && waited > passed + passed / 2 + slot->interval / 4) ||
         (passed > 2 * slot->interval && waited < passed / 2);
}

static void slot_take(slot_t *slot, value_t value, cdtime_t time,
                      cdtime_t arrival) {
  cdtime_t waited = arrival > slot->arrival ? arrival - slot->arrival : 0;
  if (clock_was_set(slot, time - slot->last_time, waited))
    slot->state = (value_to_rate_state_t){0};
  slot->arrival = arrival;
  slot->went_back = false;
  gauge_t rate = slot->rate; /* that stays for a counter's first value */
  if (slot->type == DS_TYPE_GAUGE)
    rate = value.gauge;
  else
    (void)value_to_rate(&rate, value, slot->type, time, &slot->state);
  if (!isfinite(rate) || rate < slot->min || rate > slot->max)
    rate = NAN;
  slot->rate = rate;
  slot->rate_time = time;
  slot->last_time = time;
}

static bool slot_is_regular(const frames_t *f, const slot_t *slot) {
  return slot->interval <= f->interval + f->interval / 2;
}

static bool slot_counts(const slot_t *slot, cdtime_t end) {
  return !isnan(slot->rate) && slot->rate_time + 2 * slot->interval >= end;
}

static void slot_expect(frames_t *f, slot_t *slot, bool expected) {
  f->expected_num += expected;
  f->expected_num -= slot->expected;
  slot->expected = expected;
}

static void count_awaited(frames_t *f, open_frame_t *open) {
  open->awaited = 0;
  for (size_t i = 0; i < f->slots_num; i++)
    open->awaited += f->slots[i].expected && open->raw[i].time == 0;
}

/* --- closing ------------------------------------------------------------- */

static void enqueue(frames_t *f, int64_t number, const double *values) {
  frame_t frame = {.ts =
                       (int64_t)CDTIME_T_TO_MS((cdtime_t)number * f->interval),
                   .interval = (int64_t)CDTIME_T_TO_MS(f->interval),
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
  for (size_t i = 0; i < f->slots_num; i++) {
    slot_t *slot = f->slots + i;
    const raw_t *raw = open->raw + i;
    bool came = raw->time > slot->last_time;
    if (came)
      slot_take(slot, raw->value, raw->time, open->begun);
    bool expected = came && slot_is_regular(f, slot);
    if (expected != slot->expected) {
      slot_expect(f, slot, expected);
      changed = true;
    }
  }
  return changed;
}

static void close_oldest(frames_t *f) {
  open_frame_t open = f->open[0];
  bool changed = take_raw(f, &open);

  cdtime_t end = (cdtime_t)(open.number + 1) * f->interval;
  aggregate_begin(f->aggregates);
  for (size_t i = 0; i < f->slots_num; i++) {
    const slot_t *slot = f->slots + i;
    if (slot_counts(slot, end))
      aggregate_add(f->aggregates, slot->group, slot->selected, slot->rate);
  }
  double values[DETECTOR_FEATURES_MAX];
  aggregate_end(f->aggregates, values);
  enqueue(f, open.number, values);
  f->closed++;

  f->last_closed = open.number;
  memset(open.raw, 0, f->slots_max * sizeof(*open.raw));
  f->open_num--;
  memmove(f->open, f->open + 1, f->open_num * sizeof(*f->open));
  f->open[f->open_num] = open;
  if (changed)
    for (size_t i = 0; i < f->open_num; i++)
      count_awaited(f, f->open + i);
}

/* Only next to each other: the values of a frame between may be late. */
static void close_complete(frames_t *f) {
  while (f->open_num > 0 && f->expected_num > 0 && f->open[0].awaited == 0 &&
         f->open[0].number == f->last_closed + 1)
    close_oldest(f);
}

static void close_all(frames_t *f) {
  while (f->open_num > 0)
    close_oldest(f);
}

/* --- opening ------------------------------------------------------------- */

/* The open frame `number`, opened if need be. NULL: out of memory, or it would
 * be older than all of the FRAMES_OPEN_MAX open ones. */
static open_frame_t *open_frame(frames_t *f, int64_t number, cdtime_t now) {
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
    added.raw = calloc(f->slots_max, sizeof(*added.raw));
    if (added.raw == NULL)
      return NULL;
  }
  added.number = number;
  added.begun = now;
  added.awaited = f->expected_num;
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

/* Time stamps of before and after the clock was set do not compare: counters
 * begin anew, and what counts goes on counting, unless the host was silent. */
static void slots_set_clock(frames_t *f, int64_t number, bool silent) {
  cdtime_t end = (cdtime_t)(f->last_closed + 1) * f->interval;
  for (size_t i = 0; i < f->slots_num; i++) {
    slot_t *slot = f->slots + i;
    if (silent || !slot_counts(slot, end))
      slot->rate = NAN;
    slot->newest = slot->rate_time = (cdtime_t)number * f->interval;
    slot->state = (value_to_rate_state_t){0};
    slot->last_time = 0;
  }
}

/* Frames go on at `number`, wherever they have been. */
static void begin(frames_t *f, int64_t number, bool silent) {
  close_all(f);
  bool back = f->begun && number <= f->last_closed;
  if (f->begun && (back || !silent))
    slots_set_clock(f, number, silent);
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
static void choose_interval(frames_t *f, cdtime_t interval, cdtime_t time) {
  for (size_t i = 0; i < f->slots_num; i++) {
    const slot_t *slot = f->slots + i;
    if (slot->interval < interval && slot->newest + 3 * slot->interval > time)
      interval = slot->interval;
  }
  if (interval == f->interval)
    return;
  close_all(f);
  f->interval = interval;
  f->begun = false;
  for (size_t i = 0; i < f->slots_num; i++)
    slot_expect(f, f->slots + i, false);
}

/* Removes the slots that have been silent for an hour before `end`, in every
 * open frame too. Returns how many. */
static size_t slots_remove_silent(frames_t *f, cdtime_t end) {
  size_t kept = 0;
  for (size_t i = 0; i < f->slots_num; i++) {
    slot_t slot = f->slots[i];
    if (slot.newest + SLOT_TIMEOUT + 3 * slot.interval < end) {
      f->expected_num -= slot.expected;
      continue;
    }
    for (size_t j = 0; j < f->open_num; j++)
      f->open[j].raw[kept] = f->open[j].raw[i];
    f->slots[kept++] = slot;
  }
  size_t removed = f->slots_num - kept;
  f->slots_num = kept;
  for (size_t j = 0; j < f->open_num; j++) {
    memset(f->open[j].raw + kept, 0, removed * sizeof(*f->open[j].raw));
    count_awaited(f, f->open + j);
  }
  return removed;
}

/* Interfaces of containers come and go under ever new names: what is silent
 * for an hour is forgotten. */
static void forget_silent(frames_t *f) {
  cdtime_t end = (cdtime_t)(f->newest + 1) * f->interval;
  if (end < f->next_forget)
    return;
  f->next_forget = end + FORGET_INTERVAL;
  if (slots_remove_silent(f, end) == 0)
    return;
  aggregate_keep_none(f->aggregates);
  for (size_t i = 0; i < f->slots_num; i++)
    aggregate_keep(f->aggregates, f->slots[i].group);
  aggregate_compact(f->aggregates);
  for (size_t i = 0; i < f->slots_num; i++)
    f->slots[i].group = aggregate_moved(f->aggregates, f->slots[i].group);
  index_fill(f);
  if (f->slots_num > 0)
    choose_interval(f, INTERVAL_MAX, end);
}

/* Whether frame `number` is where values may be taken; strayed ones are
 * believed once nothing else has come for ASTRAY_MAX of their intervals. */
static bool on_time_line(frames_t *f, int64_t number, cdtime_t now) {
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
static void take_late(frames_t *f, slot_t *slot, value_t value, cdtime_t time) {
  f->late++;
  slot_take(slot, value, time, f->last_arrival);
  if (slot_is_regular(f, slot) && !slot->expected) {
    slot_expect(f, slot, true);
    for (size_t i = 0; i < f->open_num; i++)
      count_awaited(f, f->open + i);
  }
}

static void take(frames_t *f, open_frame_t *open, size_t i, value_t value,
                 cdtime_t time) {
  raw_t *raw = open->raw + i;
  if (time <= raw->time) {
    f->late++;
    return;
  }
  if (raw->time == 0 && f->slots[i].expected)
    open->awaited--;
  *raw = (raw_t){.value = value, .time = time};
}

static cdtime_t sane_interval(cdtime_t interval) {
  if (interval == 0)
    return cf_get_default_interval();
  if (interval < INTERVAL_MIN)
    return INTERVAL_MIN;
  return interval > INTERVAL_MAX ? INTERVAL_MAX : interval;
}

int frames_write(frames_t *f, uint64_t series, const use_t *uses,
                 size_t uses_num, const data_set_t *ds,
                 const value_list_t *received, cdtime_t now) {
  if (received->time == 0 || received->time >= TIME_MAX) {
    f->late++;
    return 0;
  }
  value_list_t vl = *received;
  vl.interval = sane_interval(vl.interval);

  if (f->begun && !on_time_line(f, (int64_t)(vl.time / f->interval), now)) {
    f->late++;
    return 0;
  }
  uint32_t found = f->index_size == 0 ? 0 : f->index[index_place(f, series)];
  if (found == 0) {
    int status = slots_add(f, series, uses, uses_num, ds, &vl);
    if (status != 0)
      return status;
    found = f->index[index_place(f, series)];
  }
  size_t first = found - 1;
  if (first + uses_num > f->slots_num ||
      f->slots[first + uses_num - 1].series != series)
    return E2BIG; /* another identifier of the same hash */
  if (f->slots[first].interval != vl.interval || vl.interval < f->interval ||
      f->interval == 0) {
    for (size_t i = 0; i < uses_num; i++)
      f->slots[first + i].interval = vl.interval;
    choose_interval(f, vl.interval, vl.time);
  }

  int64_t number = (int64_t)(vl.time / f->interval);
  if (!f->begun)
    begin(f, number, true);
  f->last_arrival = now;
  open_frame_t *open =
      number > f->last_closed ? open_frame(f, number, now) : NULL;
  for (size_t i = first; i < first + uses_num; i++) {
    if (vl.time > f->slots[i].newest)
      f->slots[i].newest = vl.time;
    if (vl.time <= f->slots[i].last_time) {
      f->slots[i].went_back |= vl.time < f->slots[i].last_time;
      f->late++;
    } else if (open == NULL)
      take_late(f, f->slots + i, vl.values[f->slots[i].source], vl.time);
    else
      take(f, open, i, vl.values[f->slots[i].source], vl.time);
  }
  close_complete(f);
  return 0;
}

void frames_tick(frames_t *f, cdtime_t now) {
  cdtime_t patience = f->interval + f->interval / 2;
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
cdtime_t frames_last_arrival(const frames_t *f) { return f->last_arrival; }
uint64_t frames_closed(const frames_t *f) { return f->closed; }
uint64_t frames_late(const frames_t *f) { return f->late; }
uint64_t frames_dropped(const frames_t *f) { return f->dropped; }

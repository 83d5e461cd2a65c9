/* SPDX-License-Identifier: MIT */
/* A series as the rrdtool plugin writes it: see the header. */
#include "config.h"

#include "plugin/replay/rrd_series.h"

#include "plugin/replay/complain.h"

#ifdef HAVE_LIBRRD
#include <math.h>
#include <rrd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARCHIVES_MAX 64
#define CHUNK 1024 /* rows that are in memory at a time */

/* An archive, and the time that it is to be asked for. */
typedef struct {
  bool average;
  unsigned long rows;
  unsigned long step; /* seconds a row; at first in intervals of the file */
  time_t from, to;    /* to: the end of its last row */
} archive_t;

struct rrd_series_s {
  char *file;
  source_t sources[TYPES_SOURCES_MAX]; /* own their names */
  size_t sources_num;
  unsigned long step;
  time_t last_update;
  archive_t archives[ARCHIVES_MAX]; /* once chosen, the coarsest first */
  size_t archives_num;
  size_t archive; /* that is read */
  time_t cursor;  /* end of the last row of it that was fetched */

  /* the rows fetched */
  rrd_value_t *data;
  time_t start;
  size_t rows;
  size_t row;
};

static int refuse(const rrd_series_t *rrd, const char *why) {
  complain("%s: %s: mend it (rrdtool dump, rrdtool restore), or move it away",
           rrd->file, why);
  return -1;
}

/* --- what is in the file ------------------------------------------------- */

/* "ds[rx].max": the name, and what is said of it. */
static bool parse_source_key(const char *key, char *name, char *what) {
  return sscanf(key, "ds[%63[^]]].%15s", name, what) == 2;
}

static source_t *get_source(rrd_series_t *rrd, const char *name) {
  for (size_t i = 0; i < rrd->sources_num; i++)
    if (strcmp(rrd->sources[i].name, name) == 0)
      return rrd->sources + i;
  if (rrd->sources_num == TYPES_SOURCES_MAX)
    return NULL;
  char *copy = strdup(name);
  if (copy == NULL)
    return NULL;
  source_t *source = rrd->sources + rrd->sources_num++;
  *source =
      (source_t){.name = copy, .kind = SOURCE_GAUGE, .min = NAN, .max = NAN};
  return source;
}

static void take_archive(rrd_series_t *rrd, unsigned number, const char *what,
                         const rrd_infoval_t *value) {
  if (number >= ARCHIVES_MAX)
    return;
  archive_t *archive = rrd->archives + number;
  if (number >= rrd->archives_num)
    rrd->archives_num = number + 1;
  if (strcmp(what, "cf") == 0)
    archive->average = strcmp(value->u_str, "AVERAGE") == 0;
  else if (strcmp(what, "rows") == 0)
    archive->rows = value->u_cnt;
  else if (strcmp(what, "pdp_per_row") == 0)
    archive->step = value->u_cnt;
}

/* Sources come in the order of their columns. */
static int take_info(rrd_series_t *rrd, const rrd_info_t *info) {
  char name[64], what[16];
  unsigned number = 0;
  if (strcmp(info->key, "step") == 0)
    rrd->step = info->value.u_cnt;
  else if (strcmp(info->key, "last_update") == 0)
    rrd->last_update = (time_t)info->value.u_cnt;
  else if (sscanf(info->key, "rra[%u].%15s", &number, what) == 2)
    take_archive(rrd, number, what, &info->value);
  else if (parse_source_key(info->key, name, what)) {
    source_t *source = get_source(rrd, name);
    if (source == NULL)
      return refuse(rrd, "has more sources than any type of collectd");
    if (strcmp(what, "min") == 0)
      source->min = info->value.u_val;
    else if (strcmp(what, "max") == 0)
      source->max = info->value.u_val;
  }
  return 0;
}

static int read_info(rrd_series_t *rrd) {
  rrd_clear_error();
  rrd_info_t *info = rrd_info_r(rrd->file);
  if (info == NULL)
    return refuse(rrd, rrd_get_error());
  int status = 0;
  for (const rrd_info_t *i = info; i != NULL && status == 0; i = i->next)
    status = take_info(rrd, i);
  rrd_info_free(info);
  return status;
}

/* --- which archive for which time ---------------------------------------- */

static int coarsest_first(const void *a, const void *b) {
  const archive_t *left = a, *right = b;
  if (left->step != right->step)
    return left->step < right->step ? 1 : -1;
  return (left->from > right->from) - (left->from < right->from);
}

static bool is_usable(const rrd_series_t *rrd, const archive_t *archive) {
  return archive->average && archive->rows > 0 && archive->step > 0 &&
         archive->step <= 366 * 86400 / rrd->step &&
         archive->rows <=
             (unsigned long)rrd->last_update / rrd->step / archive->step;
}

/* Each gets the time from its own beginning to that of the next finer one. */
static int choose_archives(rrd_series_t *rrd) {
  if (rrd->step == 0 || rrd->last_update <= 0 || rrd->sources_num == 0)
    return refuse(rrd, "is damaged");
  size_t num = 0;
  for (size_t i = 0; i < rrd->archives_num; i++) {
    archive_t archive = rrd->archives[i];
    if (!is_usable(rrd, &archive))
      continue;
    archive.step *= rrd->step;
    archive.to = rrd->last_update - rrd->last_update % (time_t)archive.step;
    archive.from = archive.to - (time_t)(archive.step * archive.rows);
    rrd->archives[num++] = archive;
  }
  rrd->archives_num = num;
  if (num == 0)
    return refuse(rrd, "has no archive of averages");
  qsort(rrd->archives, num, sizeof(rrd->archives[0]), coarsest_first);
  for (size_t i = num - 1; i-- > 0;) {
    archive_t *archive = rrd->archives + i;
    if (archive->to > rrd->archives[i + 1].from)
      archive->to = rrd->archives[i + 1].from;
    archive->to -= archive->to % (time_t)archive->step;
  }
  rrd->cursor = rrd->archives[0].from;
  return 0;
}

rrd_series_t *rrd_series_open(const tree_series_t *series) {
  rrd_series_t *rrd = calloc(1, sizeof(*rrd));
  if (rrd == NULL || asprintf(&rrd->file, "%s.rrd", series->path) < 0) {
    complain("out of memory");
    free(rrd);
    return NULL;
  }
  if (read_info(rrd) == 0 && choose_archives(rrd) == 0)
    return rrd;
  rrd_series_close(rrd);
  return NULL;
}

void rrd_series_close(rrd_series_t *rrd) {
  if (rrd == NULL)
    return;
  for (size_t i = 0; i < rrd->sources_num; i++)
    free((char *)rrd->sources[i].name);
  rrd_freemem(rrd->data);
  free(rrd->file);
  free(rrd);
}

size_t rrd_series_sources(const rrd_series_t *rrd, const source_t **sources) {
  *sources = rrd->sources;
  return rrd->sources_num;
}

/* --- rows ---------------------------------------------------------------- */

static void free_names(char **names, unsigned long num) {
  for (unsigned long i = 0; names != NULL && i < num; i++)
    rrd_freemem(names[i]);
  rrd_freemem(names);
}

/* Fetches the rows of an archive behind the cursor. */
static int fetch(rrd_series_t *rrd, const archive_t *archive) {
  time_t start = rrd->cursor, end = start + CHUNK * (time_t)archive->step;
  if (end > archive->to)
    end = archive->to;
  rrd->cursor = end;
  end -= (time_t)archive->step; /* librrd goes on to the next boundary */
  unsigned long step = archive->step, sources = 0;
  char **names = NULL;
  rrd_freemem(rrd->data);
  rrd->data = NULL;
  rrd->rows = rrd->row = 0;
  rrd_clear_error();
  if (rrd_fetch_r(rrd->file, "AVERAGE", &start, &end, &step, &sources, &names,
                  &rrd->data) != 0)
    return refuse(rrd, rrd_get_error());
  free_names(names, sources);
  if (step != archive->step || sources != rrd->sources_num)
    return refuse(rrd, "does not hold what its header says");
  rrd->start = start;
  rrd->rows = (size_t)(end - start) / step;
  return 0;
}

/* The next row. False: it holds nothing. */
static bool take_row(rrd_series_t *rrd, unsigned long step, sample_t *sample) {
  const rrd_value_t *values = rrd->data + rrd->row * rrd->sources_num;
  time_t time = rrd->start + (time_t)(rrd->row++ * step);
  bool any = false;
  for (size_t i = 0; i < rrd->sources_num; i++) {
    sample->values[i].gauge = values[i];
    any = any || !isnan(values[i]);
  }
  sample->time = TICKS(time);
  sample->interval = TICKS(step);
  return any && time > 0;
}

int rrd_series_next(rrd_series_t *rrd, sample_t *sample) {
  while (rrd->archive < rrd->archives_num) {
    const archive_t *archive = rrd->archives + rrd->archive;
    while (rrd->row < rrd->rows)
      if (take_row(rrd, archive->step, sample))
        return 1;
    if (rrd->cursor + (time_t)archive->step <= archive->to) {
      if (fetch(rrd, archive) != 0)
        return -1;
    } else if (++rrd->archive < rrd->archives_num)
      rrd->cursor = rrd->archives[rrd->archive].from;
  }
  return 0;
}

#else /* the command line does not let anybody come here */

rrd_series_t *rrd_series_open(const tree_series_t *series) {
  complain("%s.rrd: built without librrd", series->path);
  return NULL;
}
void rrd_series_close(rrd_series_t *rrd) { (void)rrd; }
size_t rrd_series_sources(const rrd_series_t *rrd, const source_t **sources) {
  (void)rrd;
  (void)sources;
  return 0;
}
int rrd_series_next(rrd_series_t *rrd, sample_t *sample) {
  (void)rrd;
  (void)sample;
  return 0;
}
#endif

/* SPDX-License-Identifier: MIT */
/*
 * record.h -- one row to be, on its way to the file
 *
 * A record is a deep copy of what a caller has put: one block of memory with
 * all texts and arrays behind the struct, so that it is made before the lock is
 * taken and freed after it is given back. The image of a model is the
 * exception: it is large and taken over, not copied.
 */
#ifndef ANOMALY_RECORD_H
#define ANOMALY_RECORD_H

#include "plugin/storage/storage.h"

typedef enum {
  RECORD_SAMPLE,
  RECORD_MODEL,
  RECORD_RUN,
  RECORD_ANOMALY,
  RECORD_TOLD,
} record_kind_t;

/* A notice of the table `untold` that is told. */
typedef struct {
  int64_t run_id;
  bool okay;
} record_told_t;

typedef struct {
  const char *host;
  const char *detector;
  int64_t saved_at;
  int64_t forgotten_at;
  void *image; /* from malloc; freed with the record */
  size_t image_size;
} record_model_t;

typedef struct {
  const char *host;
  size_t detector; /* index in storage_options_t.detectors */
  int64_t ts;
  const double *values;
  size_t values_num;
  double score;
  double threshold;
  bool flagged;
} record_sample_t;

typedef struct record_s record_t;
struct record_s {
  /* owned by whoever has made or taken the record, never written again but for
   * the image of a waiting model, which queue_put() replaces by a newer one */
  record_kind_t kind;
  size_t bytes; /* of memory, the image included */
  union {
    storage_run_t run;
    storage_anomaly_t anomaly;
    record_model_t model;
    record_sample_t sample;
    record_told_t told;
  };

  /* owned by the list that the record is in */
  record_t *next;
  uint64_t serial; /* grows in the order of queue_put() */
};

/* Each returns a new record or NULL: out of memory. record_model() takes the
 * image over in either case. */
record_t *record_run(const storage_run_t *run);
record_t *record_anomaly(const storage_anomaly_t *anomaly);
record_t *record_told(const storage_notice_t *notice);
record_t *record_sample(const storage_sample_t *sample, size_t detector);
record_t *record_model(const char *host, const char *detector, int64_t saved_at,
                       int64_t forgotten_at, void *image, size_t image_size);
void record_destroy(record_t *record);

/* A first-in-first-out list; {0} is an empty one. */
typedef struct {
  record_t *first;
  record_t *last;
  size_t length;
} record_list_t;

void record_list_append(record_list_t *list, record_t *record);
record_t *record_list_pop(record_list_t *list); /* NULL: empty */

/* Puts all of `front` before what is in `list`, and leaves `front` empty. */
void record_list_prepend(record_list_t *list, record_list_t *front);

/* Destroys the records and leaves the list empty. */
void record_list_clear(record_list_t *list);

#endif /* ANOMALY_RECORD_H */

/* SPDX-License-Identifier: MIT */
/*
 * outbox.h -- notices that wait in memory to be told
 *
 * An outbox has no lock: its owner calls it under a lock of his own.
 */
#ifndef ANOMALY_OUTBOX_H
#define ANOMALY_OUTBOX_H

#include "plugin/storage/storage.h"

/* Some thousands of notices; more of them wait in the file alone. */
#define OUTBOX_BYTES (4u << 20)

typedef struct letter_s letter_t;
struct letter_s {
  storage_notice_t *notice; /* from malloc, freed with the letter */
  uint64_t serial;          /* of the run's record; 0: it is in the file */
  int64_t put_at;           /* monotonic milliseconds */
  letter_t *next;
};

/* {0} is empty. */
typedef struct {
  letter_t *first;
  letter_t *last;
  size_t num;
  size_t bytes;
  bool in_file; /* there are others, later than these, in the file alone or on
                   their way to it */
} outbox_t;

/* Bytes of a notice with its numbers. */
size_t notice_bytes(const storage_notice_t *notice);

/* With a copy of the notice. NULL: out of memory. */
letter_t *letter_create(const storage_notice_t *notice);
void letter_destroy(letter_t *letter); /* NULL is harmless */

/* Whether one more of `bytes` has room. */
bool outbox_has_room(const outbox_t *outbox, size_t bytes);

void outbox_append(outbox_t *outbox, letter_t *letter);
letter_t *outbox_pop(outbox_t *outbox); /* NULL: empty */

/* Puts all of `front` before what is in `outbox`, and leaves `front` empty. */
void outbox_prepend(outbox_t *outbox, outbox_t *front);

void outbox_clear(outbox_t *outbox);

#endif /* ANOMALY_OUTBOX_H */

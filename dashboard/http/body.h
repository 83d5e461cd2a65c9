/* SPDX-License-Identifier: MIT */
/*
 * body.h -- the body of a request, small in memory, large in a file
 *
 * What exceeds BODY_MEMORY goes to a nameless file in $TMPDIR or /tmp: many
 * large uploads at once cost disk, not memory. Belongs to one thread at a time.
 */
#ifndef ANOMALY_DASHBOARD_BODY_H
#define ANOMALY_DASHBOARD_BODY_H

#include <stddef.h>
#include <stdint.h>

#define BODY_MEMORY (256u << 10)

typedef struct body_s body_t;

/* NULL: out of memory. */
body_t *body_create(void);
void body_destroy(body_t *body);

/* 0, or -1 with errno: there is no room for it. */
int body_append(body_t *body, const void *data, size_t size);

/* Bytes appended so far. */
uint64_t body_size(const body_t *body);

/* The whole body, terminated, when it is at most BODY_MEMORY; else NULL. */
const char *body_text(const body_t *body);

/* Reads on from where the last call stopped, after the last append. How many
 * bytes, 0 at the end, -1 with errno. Has the type of csv_read_cb. */
long body_read(void *body, char *buffer, size_t size);

#endif /* ANOMALY_DASHBOARD_BODY_H */

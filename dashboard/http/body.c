/* SPDX-License-Identifier: MIT */
/*
 * body.c -- see body.h
 */
#include "config.h"

#include "dashboard/http/body.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct body_s {
  char *memory; /* `size` bytes and a terminator; NULL once there is a file */
  size_t capacity;
  int file; /* -1: all is in memory */
  uint64_t size;
  uint64_t position; /* of the next body_read() */
};

body_t *body_create(void) {
  body_t *body = calloc(1, sizeof(*body));
  if (body == NULL)
    return NULL;
  body->file = -1;
  body->capacity = 4096;
  body->memory = calloc(1, body->capacity);
  if (body->memory == NULL) {
    free(body);
    return NULL;
  }
  return body;
}

void body_destroy(body_t *body) {
  if (body == NULL)
    return;
  if (body->memory != NULL) {
    explicit_bzero(body->memory, body->capacity); /* a login's, perhaps */
    free(body->memory);
  }
  if (body->file >= 0)
    close(body->file);
  free(body);
}

static int write_all(int file, const char *data, size_t size) {
  while (size > 0) {
    ssize_t written = write(file, data, size);
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return -1;
    }
    data += written;
    size -= (size_t)written;
  }
  return 0;
}

/* Not O_TMPFILE: not every file system has it. */
static int nameless_file(void) {
  const char *directory = getenv("TMPDIR");
  char path[PATH_MAX] = "";
  snprintf(path, sizeof(path), "%s/anomaly-dashboard.XXXXXX",
           directory != NULL ? directory : "/tmp");
  int file = mkostemp(path, O_CLOEXEC);
  if (file >= 0)
    unlink(path);
  return file;
}

static int move_to_file(body_t *body) {
  body->file = nameless_file();
  if (body->file < 0 || write_all(body->file, body->memory, body->size) != 0)
    return -1;
  explicit_bzero(body->memory, body->capacity);
  free(body->memory);
  body->memory = NULL;
  return 0;
}

/* Not realloc(): it leaves a copy behind. */
static int grow(body_t *body, size_t needed) {
  if (needed <= body->capacity)
    return 0;
  size_t capacity = body->capacity;
  while (capacity < needed)
    capacity *= 2;
  char *memory = calloc(1, capacity);
  if (memory == NULL)
    return -1;
  memcpy(memory, body->memory, body->size);
  explicit_bzero(body->memory, body->capacity);
  free(body->memory);
  body->memory = memory;
  body->capacity = capacity;
  return 0;
}

int body_append(body_t *body, const void *data, size_t size) {
  if (body->file < 0 && body->size + size > BODY_MEMORY &&
      move_to_file(body) != 0)
    return -1;
  if (body->file >= 0) {
    if (write_all(body->file, data, size) != 0)
      return -1;
  } else {
    if (grow(body, body->size + size + 1) != 0)
      return -1;
    memcpy(body->memory + body->size, data, size);
  }
  body->size += size;
  return 0;
}

uint64_t body_size(const body_t *body) { return body->size; }

const char *body_text(const body_t *body) { return body->memory; }

long body_read(void *context, char *buffer, size_t size) {
  body_t *body = context;
  uint64_t left = body->size - body->position;
  size_t wanted = size < left ? size : (size_t)left;
  ssize_t got = (ssize_t)wanted;
  if (body->memory != NULL)
    memcpy(buffer, body->memory + body->position, wanted);
  else
    got = pread(body->file, buffer, wanted, (off_t)body->position);
  if (got > 0)
    body->position += (uint64_t)got;
  return (long)got;
}

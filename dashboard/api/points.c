/* SPDX-License-Identifier: MIT */
/*
 * points.c -- see points.h
 */
#include "dashboard/api/points.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define END (-1)
#define BUFFER_SIZE (64u << 10)

struct points_s {
  body_t *body;
  bool begun;
  bool ended;

  /* of the body: buffer[next..filled) is not yet looked at */
  size_t next;
  size_t filled;
  char buffer[BUFFER_SIZE];

  /* the point at hand */
  size_t number; /* from 1 */
  size_t length;
  char point[POINT_MAX];

  char error[128];
};

points_t *points_create(body_t *body) {
  points_t *points = calloc(1, sizeof(*points));
  if (points != NULL)
    points->body = body;
  return points;
}

void points_destroy(points_t *points) { free(points); }

const char *points_error(const points_t *points) { return points->error; }

static int refuse(points_t *points, const char *what) {
  if (points->number == 0)
    snprintf(points->error, sizeof(points->error), "%s", what);
  else
    snprintf(points->error, sizeof(points->error), "row %zu: %s",
             points->number, what);
  return -1;
}

/* --- bytes --- */

static int peek(points_t *points) {
  if (points->next == points->filled) {
    long got = body_read(points->body, points->buffer, BUFFER_SIZE);
    points->next = 0;
    points->filled = got > 0 ? (size_t)got : 0;
    if (got <= 0)
      return END;
  }
  return (unsigned char)points->buffer[points->next];
}

/* The next byte that is no white space, not yet taken. */
static int peek_token(points_t *points) {
  int c = peek(points);
  while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
    points->next++;
    c = peek(points);
  }
  return c;
}

static bool take(points_t *points, int wanted) {
  if (peek_token(points) != wanted)
    return false;
  points->next++;
  return true;
}

/* --- points --- */

static bool take_word(points_t *points, const char *word) {
  if (peek_token(points) != *word)
    return false;
  for (; *word != '\0'; word++, points->next++)
    if (peek(points) != (unsigned char)*word)
      return false;
  return true;
}

/* Takes bytes of the point up to its closing bracket. */
static int take_point(points_t *points) {
  int depth = 0;
  bool in_string = false;
  points->length = 0;
  do {
    int c = peek(points);
    if (c == END)
      return refuse(points, "the text ends within it: expected a whole one");
    if (points->length == POINT_MAX)
      return refuse(points, "expected at most 64 KB");
    points->point[points->length++] = (char)c;
    points->next++;
    if (in_string && c == '\\') {
      if (peek(points) != END && points->length < POINT_MAX)
        points->point[points->length++] = points->buffer[points->next++];
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
  } while (depth > 0);
  return 1;
}

static int finish(points_t *points) {
  points->ended = true;
  if (take(points, '}') && peek_token(points) == END)
    return 0;
  points->number = 0;
  return refuse(points, "expected nothing but {\"points\":[…]}");
}

int points_next(points_t *points, const char **text, size_t *length) {
  if (points->ended)
    return 0;
  if (!points->begun) {
    points->begun = true;
    if (!take(points, '{') || !take_word(points, "\"points\"") ||
        !take(points, ':') || !take(points, '['))
      return refuse(points,
                    "expected JSON {\"points\":[{\"ts\":…,\"<name>\":…},…]}");
    if (take(points, ']'))
      return finish(points);
  } else {
    if (take(points, ']'))
      return finish(points);
    points->number++;
    if (!take(points, ','))
      return refuse(points, "expected a comma or the end of the array before "
                            "it");
    points->number--;
  }
  points->number++;
  if (peek_token(points) != '{')
    return refuse(points, "expected an object {\"ts\":…,\"<name>\":…}");
  if (take_point(points) < 0)
    return -1;
  *text = points->point;
  *length = points->length;
  return 1;
}

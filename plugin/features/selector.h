/* SPDX-License-Identifier: MIT */
/*
 * selector.h -- picks identifiers as collectd's aggregation plugin does
 *
 * "/regex/" between slashes is a POSIX extended regular expression that may
 * match anywhere, all else is literal.
 */
#ifndef ANOMALY_SELECTOR_H
#define ANOMALY_SELECTOR_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
  enum { SELECT_ALL, SELECT_NONE, SELECT_LITERAL, SELECT_REGEX } kind;
  char *literal;
  regex_t *regex; /* on the heap, so that a selector may be moved */
} selector_t;

/* What a selector that was never set matches: everything, nothing. */
#define SELECTOR_ALL                                                           \
  { .kind = SELECT_ALL }
#define SELECTOR_NONE                                                          \
  { .kind = SELECT_NONE }

/* Replaces what `selector` was. 0; ENOMEM; or EINVAL for a regular expression
 * that does not compile, with regerror(3)'s words in `error`. */
int selector_set(selector_t *selector, const char *text, char *error,
                 size_t error_size);

bool selector_match(const selector_t *selector, const char *text);

/* Back to SELECTOR_ALL. */
void selector_clear(selector_t *selector);

#endif /* ANOMALY_SELECTOR_H */

/* SPDX-License-Identifier: MIT */
/*
 * selector.h -- picks identifiers as collectd's aggregation plugin does
 *
 * "/regex/" between slashes is a regular expression that may match anywhere,
 * all else is literal. Expressions are PCRE2's, of bytes: what POSIX calls
 * extended, as collectd has it, reads the same there. glibc's own need
 * gigabytes or hours for some nested repetitions; PCRE2 refuses those, and here
 * gives up a name that takes it more than SELECTOR_STEPS, so that whoever calls
 * is not held up.
 */
#ifndef ANOMALY_SELECTOR_H
#define ANOMALY_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

/* Steps of PCRE2's matching: some milliseconds. */
enum { SELECTOR_STEPS = 100000 };

typedef struct {
  enum { SELECT_ALL, SELECT_NONE, SELECT_LITERAL, SELECT_REGEX } kind;
  char *literal;
  struct regex *regex; /* on the heap, so that a selector may be moved */
} selector_t;

/* What a selector that was never set matches: everything, nothing. */
#define SELECTOR_ALL                                                           \
  { .kind = SELECT_ALL }
#define SELECTOR_NONE                                                          \
  { .kind = SELECT_NONE }

/* Replaces what `selector` was. 0; ENOMEM; or EINVAL for a regular expression
 * that does not compile, with PCRE2's words in `error`. */
int selector_set(selector_t *selector, const char *text, char *error,
                 size_t error_size);

/* Any thread. False also for a name that a regular expression gave up, or when
 * memory is short. */
bool selector_match(const selector_t *selector, const char *text);

/* Back to SELECTOR_ALL. */
void selector_clear(selector_t *selector);

#endif /* ANOMALY_SELECTOR_H */

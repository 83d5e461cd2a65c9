/* SPDX-License-Identifier: MIT */
/* Selectors: see the header. */
#include "plugin/features/selector.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct regex {
  pcre2_code *code;
  pcre2_match_context *limits;
};

static void regex_free(struct regex *regex) {
  if (regex == NULL)
    return;
  pcre2_match_context_free(regex->limits);
  pcre2_code_free(regex->code);
  free(regex);
}

static struct regex *regex_compile(const char *pattern, size_t length,
                                   int *code) {
  struct regex *regex = calloc(1, sizeof(*regex));
  *code = PCRE2_ERROR_NOMEMORY;
  if (regex == NULL)
    return NULL;
  /* "$" and "." are POSIX's; no pattern may turn them into Unicode's. */
  PCRE2_SIZE offset;
  regex->code = pcre2_compile((PCRE2_SPTR)pattern, length,
                              PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL |
                                  PCRE2_NEVER_UTF | PCRE2_NEVER_UCP,
                              code, &offset, NULL);
  if (regex->code != NULL) {
    *code = PCRE2_ERROR_NOMEMORY;
    regex->limits = pcre2_match_context_create(NULL);
  }
  if (regex->limits == NULL) {
    regex_free(regex);
    return NULL;
  }
  pcre2_set_match_limit(regex->limits, SELECTOR_STEPS);
  return regex;
}

static bool regex_match(const struct regex *regex, const char *text) {
  /* not kept, as another thread may be matching */
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  if (data == NULL)
    return false;
  int matched = pcre2_match(regex->code, (PCRE2_SPTR)text, strlen(text), 0, 0,
                            data, regex->limits);
  pcre2_match_data_free(data);
  return matched >= 0; /* 0: more groups than `data` holds */
}

void selector_clear(selector_t *selector) {
  regex_free(selector->regex);
  free(selector->literal);
  *selector = (selector_t)SELECTOR_ALL;
}

static int set_regex(selector_t *selector, const char *text, size_t length,
                     char *error, size_t error_size) {
  int code;
  struct regex *regex = regex_compile(text + 1, length - 2, &code);
  if (regex == NULL) {
    pcre2_get_error_message(code, (PCRE2_UCHAR *)error, error_size);
    return code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED
               ? ENOMEM
               : EINVAL;
  }
  selector->kind = SELECT_REGEX;
  selector->regex = regex;
  return 0;
}

int selector_set(selector_t *selector, const char *text, char *error,
                 size_t error_size) {
  selector_clear(selector);
  size_t length = strlen(text);
  if (length >= 2 && text[0] == '/' && text[length - 1] == '/')
    return set_regex(selector, text, length, error, error_size);
  selector->literal = strdup(text);
  if (selector->literal == NULL)
    return ENOMEM;
  selector->kind = SELECT_LITERAL;
  return 0;
}

bool selector_match(const selector_t *selector, const char *text) {
  switch (selector->kind) {
  case SELECT_NONE:
    return false;
  case SELECT_LITERAL:
    return strcmp(selector->literal, text) == 0;
  case SELECT_REGEX:
    return regex_match(selector->regex, text);
  default:
    return true;
  }
}

/* SPDX-License-Identifier: MIT */
/* Selectors: see the header. */
#include "plugin/features/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void selector_clear(selector_t *selector) {
  if (selector->kind == SELECT_REGEX)
    regfree(selector->regex);
  free(selector->regex);
  free(selector->literal);
  *selector = (selector_t)SELECTOR_ALL;
}

static int set_regex(selector_t *selector, const char *text, size_t length,
                     char *error, size_t error_size) {
  char *pattern = strndup(text + 1, length - 2);
  regex_t *regex = calloc(1, sizeof(*regex));
  int status = ENOMEM;
  if (pattern == NULL || regex == NULL)
    goto fail;
  int code = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
  if (code != 0) {
    regerror(code, regex, error, error_size);
    status = EINVAL;
    goto fail;
  }
  selector->kind = SELECT_REGEX;
  selector->regex = regex;
  free(pattern);
  return 0;
fail:
  free(regex);
  free(pattern);
  return status;
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
    return regexec(selector->regex, text, 0, NULL, 0) == 0;
  default:
    return true;
  }
}

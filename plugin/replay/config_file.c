/* SPDX-License-Identifier: MIT */
/*
 * config_file.c -- reads a collectd.conf
 *
 *     Key "text" 12.5 true        # an option; a \ goes on with the next line
 *     <Key "text">                # a block
 *     </Key>
 */
#include "config.h"

#include "plugin/replay/config_file.h"

#include "plugin/replay/complain.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX (16u << 20) /* bytes; a configuration of people has fewer */
#define DEPTH_MAX 16         /* blocks within blocks */

typedef enum {
  TOKEN_END,
  TOKEN_LINE_END,
  TOKEN_OPEN,  /* < */
  TOKEN_CLOSE, /* > */
  TOKEN_SLASH,
  TOKEN_TEXT, /* in quotes */
  TOKEN_WORD,
  TOKEN_NONE, /* complained */
} token_t;

typedef struct {
  const char *file;
  char *next; /* what has not been read yet; words are cut out in place */
  char after; /* the character that a word's end was put in the place of */
  size_t line;
  size_t at; /* line of the token that was scanned last */
  char *word;
} scanner_t;

__attribute__((format(printf, 2, 3))) static int
refuse(const scanner_t *scanner, const char *format, ...) {
  char words[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words, sizeof(words), format, arguments);
  va_end(arguments);
  complain("%s: line %zu: %s", scanner->file, scanner->at, words);
  return -1;
}

/* --- words --------------------------------------------------------------- */

/* The length of a line's end; 0: it is none. */
static size_t line_end(const char *text) {
  if (text[0] == '\n')
    return 1;
  return text[0] == '\r' && text[1] == '\n' ? 2 : 0;
}

static bool is_word(char c) {
  return isalnum((unsigned char)c) || (c != '\0' && strchr("_.:+-[]", c));
}

/* Behind the quote: takes the escapes out of the text. */
static token_t scan_text(scanner_t *scanner) {
  const char *from = scanner->next;
  char *to = scanner->next;
  scanner->word = to;
  while (*from != '"') {
    if (*from == '\0') {
      refuse(scanner, "a text has no end: close it by a \"");
      return TOKEN_NONE;
    }
    size_t end = *from == '\\' ? line_end(from + 1) : 0;
    if (end > 0) { /* goes on with the next line, less its indentation */
      from += 1 + end;
      from += strspn(from, " \t");
      scanner->line++;
      continue;
    }
    from += *from == '\\' && from[1] != '\0';
    scanner->line += *from == '\n';
    *to++ = *from++;
  }
  *to = '\0';
  scanner->next = (char *)from + 1;
  return TOKEN_TEXT;
}

static token_t scan_word(scanner_t *scanner) {
  scanner->word = scanner->next;
  while (is_word(*scanner->next))
    scanner->next++;
  scanner->after = *scanner->next;
  *scanner->next = '\0';
  return TOKEN_WORD;
}

static void skip_blanks(scanner_t *scanner) {
  for (;;) {
    scanner->next += strspn(scanner->next, " \t\b");
    size_t end = scanner->next[0] == '\\' ? line_end(scanner->next + 1) : 0;
    if (end == 0)
      break;
    scanner->next += 1 + end;
    scanner->line++;
  }
  if (*scanner->next == '#')
    scanner->next += strcspn(scanner->next, "\n");
}

static token_t scan(scanner_t *scanner) {
  if (scanner->after != '\0')
    *scanner->next = scanner->after;
  scanner->after = '\0';
  skip_blanks(scanner);
  scanner->at = scanner->line;
  size_t end = line_end(scanner->next);
  char c = *scanner->next;
  if (c == '\0')
    return TOKEN_END;
  if (is_word(c))
    return scan_word(scanner);
  scanner->next += end > 0 ? end : 1;
  if (end > 0) {
    scanner->line++;
    return TOKEN_LINE_END;
  }
  switch (c) {
  case '<':
    return TOKEN_OPEN;
  case '>':
    return TOKEN_CLOSE;
  case '/':
    return TOKEN_SLASH;
  case '"':
    return scan_text(scanner);
  default:
    refuse(scanner, "'%c' cannot stand here: put texts in quotes", c);
    return TOKEN_NONE;
  }
}

/* --- items --------------------------------------------------------------- */

static bool parse_boolean(const char *word, bool *boolean) {
  static const char *const words[] = {"false", "true", "no",
                                      "yes",   "off",  "on"};
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
    if (strcasecmp(words[i], word) == 0) {
      *boolean = i % 2;
      return true;
    }
  return false;
}

static bool parse_number(const char *word, double *number) {
  char *end = NULL;
  if (word[strspn(word, "0123456789abcdefABCDEFxX.+-")] != '\0' ||
      isalpha((unsigned char)word[0]))
    return false;
  *number = strtod(word, &end);
  return *end == '\0' && isfinite(*number);
}

static int add_value(const scanner_t *scanner, token_t token,
                     config_item_t *item) {
  config_value_t value = {.type = CONFIG_STRING};
  config_value_t *values =
      realloc(item->values, (item->values_num + 1) * sizeof(*values));
  if (values == NULL)
    return refuse(scanner, "out of memory");
  item->values = values;
  if (token == TOKEN_WORD && parse_boolean(scanner->word, &value.value.boolean))
    value.type = CONFIG_BOOLEAN;
  else if (token == TOKEN_WORD &&
           parse_number(scanner->word, &value.value.number))
    value.type = CONFIG_NUMBER;
  else if ((value.value.string = strdup(scanner->word)) == NULL)
    return refuse(scanner, "out of memory");
  item->values[item->values_num++] = value;
  return 0;
}

/* The values up to `end`. */
static int read_values(scanner_t *scanner, config_item_t *item, token_t end) {
  for (;;) {
    token_t token = scan(scanner);
    if (token == end || (token == TOKEN_END && end == TOKEN_LINE_END))
      return 0;
    if (token == TOKEN_NONE)
      return -1;
    if (token != TOKEN_TEXT && token != TOKEN_WORD)
      return refuse(scanner, end == TOKEN_CLOSE
                                 ? "the block's first line has no end: close "
                                   "it by a >"
                                 : "'<', '>' and '/' cannot stand here: put "
                                   "texts in quotes");
    if (add_value(scanner, token, item) != 0)
      return -1;
  }
}

/* "Key>", of "</Key>" */
static int read_block_end(scanner_t *scanner, const config_item_t *block) {
  if (block->key == NULL)
    return refuse(scanner, "no block is open: remove its end");
  token_t token = scan(scanner);
  bool matches =
      token == TOKEN_WORD && strcasecmp(scanner->word, block->key) == 0;
  if (matches)
    token = scan(scanner);
  if (matches && token == TOKEN_CLOSE)
    return 0;
  return token == TOKEN_NONE ? -1
                             : refuse(scanner, "expects </%s>, of line %zu",
                                      block->key, block->line);
}

static int read_items(scanner_t *scanner, config_item_t *block, unsigned depth);

/* An option or a block, behind what it begins with. */
static int read_item(scanner_t *scanner, config_item_t *item, bool is_block,
                     unsigned depth) {
  item->line = scanner->at;
  item->key = strdup(scanner->word);
  if (item->key == NULL)
    return refuse(scanner, "out of memory");
  if (!is_block)
    return read_values(scanner, item, TOKEN_LINE_END);
  if (depth == DEPTH_MAX)
    return refuse(scanner, "more than %d blocks within each other", DEPTH_MAX);
  if (read_values(scanner, item, TOKEN_CLOSE) != 0)
    return -1;
  return read_items(scanner, item, depth + 1);
}

static int add_item(scanner_t *scanner, config_item_t *block, bool is_block,
                    unsigned depth) {
  size_t num = block->children_num;
  if ((num & (num - 1)) == 0) { /* full: sizes are powers of two */
    config_item_t *children =
        realloc(block->children, (num == 0 ? 1 : 2 * num) * sizeof(*children));
    if (children == NULL)
      return refuse(scanner, "out of memory");
    block->children = children;
  }
  block->children[num] = (config_item_t){0};
  block->children_num++;
  return read_item(scanner, block->children + num, is_block, depth);
}

/* Until the block's end, or without a key the file's. */
static int read_items(scanner_t *scanner, config_item_t *block,
                      unsigned depth) {
  for (;;) {
    token_t token = scan(scanner);
    bool is_block = token == TOKEN_OPEN;
    if (is_block)
      token = scan(scanner);
    if (is_block && token == TOKEN_SLASH)
      return read_block_end(scanner, block);
    if (token == TOKEN_NONE)
      return -1;
    if (token == TOKEN_END)
      return block->key == NULL
                 ? 0
                 : refuse(scanner, "<%s> of line %zu has no end: add </%s>",
                          block->key, block->line, block->key);
    if (token == TOKEN_LINE_END && !is_block)
      continue;
    if (token != TOKEN_WORD)
      return refuse(scanner, "expects the name of an option or of a block");
    if (add_item(scanner, block, is_block, depth) != 0)
      return -1;
  }
}

/* --- the file ------------------------------------------------------------ */

/* To be freed. NULL: complained. */
static char *read_text(const char *file) {
  FILE *stream = fopen(file, "re");
  char *text = NULL;
  size_t size = 0, room = 0;
  bool failed = stream == NULL;
  while (!failed) {
    if (size + 1 >= room) {
      room = room == 0 ? 65536 : 2 * room;
      char *grown = room > FILE_MAX ? NULL : realloc(text, room);
      failed = grown == NULL;
      text = failed ? text : grown;
      errno = room > FILE_MAX ? EFBIG : errno;
      continue;
    }
    size_t got = fread(text + size, 1, room - size - 1, stream);
    size += got;
    if (got == 0) {
      failed = ferror(stream);
      break;
    }
  }
  if (failed)
    complain("%s: %s: give the collectd.conf by --config", file,
             strerror(errno));
  else
    text[size] = '\0';
  if (stream != NULL)
    fclose(stream);
  if (!failed)
    return text;
  free(text);
  return NULL;
}

static void complain_of_item(const char *message) { complain("%s", message); }

int config_file_read(const char *file, config_item_t *root) {
  static config_origin_t origin = {.complain = complain_of_item};
  char *text = read_text(file);
  *root = (config_item_t){0};
  if (text == NULL)
    return -1;
  scanner_t scanner = {.file = file, .next = text, .line = 1};
  int status = read_items(&scanner, root, 0);
  free(text);
  origin.file = file;
  config_link(root, &origin);
  return status;
}

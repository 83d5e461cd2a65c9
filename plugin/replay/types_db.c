/* SPDX-License-Identifier: MIT */
/*
 * types_db.c -- the data sources of collectd's types, types.db(5)
 *
 *     if_octets    rx:DERIVE:0:U, tx:DERIVE:0:U
 */
#include "config.h"

#include "plugin/replay/types_db.h"

#include "plugin/replay/complain.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_SIZE 4096 /* as collectd's own reader has it */

typedef struct {
  char *name;
  source_t *sources; /* own their names */
  size_t sources_num;
} type_t;

struct types_db_s {
  void *tree; /* of tsearch(3) */
};

static int by_name(const void *a, const void *b) {
  return strcmp(((const type_t *)a)->name, ((const type_t *)b)->name);
}

static void clear_sources(type_t *type) {
  for (size_t i = 0; i < type->sources_num; i++)
    free((char *)type->sources[i].name);
  free(type->sources);
  type->sources = NULL;
  type->sources_num = 0;
}

static void free_type(type_t *type) {
  clear_sources(type);
  free(type->name);
  free(type);
}

types_db_t *types_db_create(void) { return calloc(1, sizeof(types_db_t)); }

void types_db_destroy(types_db_t *types) {
  if (types == NULL)
    return;
  while (types->tree != NULL) {
    type_t *type = *(type_t **)types->tree;
    tdelete(type, &types->tree, by_name);
    free_type(type);
  }
  free(types);
}

/* "0", "U" */
static bool parse_bound(const char *text, double *bound) {
  char *end = NULL;
  *bound = strcasecmp(text, "U") == 0 ? NAN : strtod(text, &end);
  return end == NULL || (end != text && *end == '\0');
}

/* "rx:DERIVE:0:U" */
static bool parse_source(char *text, source_t *source) {
  static const char *const kinds[] = {[SOURCE_COUNTER] = "COUNTER",
                                      [SOURCE_GAUGE] = "GAUGE",
                                      [SOURCE_DERIVE] = "DERIVE",
                                      [SOURCE_ABSOLUTE] = "ABSOLUTE"};
  const char *name = strsep(&text, ":"), *kind = strsep(&text, ":"),
             *min = strsep(&text, ":"), *max = strsep(&text, ":");
  if (max == NULL || text != NULL || name[0] == '\0' ||
      !parse_bound(min, &source->min) || !parse_bound(max, &source->max))
    return false;
  for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    if (strcasecmp(kinds[i], kind) == 0) {
      source->kind = (source_kind_t)i;
      source->name = strdup(name);
      return source->name != NULL;
    }
  return false;
}

/* What stands behind the name. False: it is no list of sources. */
static bool parse_sources(char *text, type_t *type) {
  static const char separators[] = ", \t\r\n";
  char *state = NULL;
  type->sources = calloc(TYPES_SOURCES_MAX, sizeof(*type->sources));
  if (type->sources == NULL)
    return false;
  for (char *word = strtok_r(text, separators, &state); word != NULL;
       word = strtok_r(NULL, separators, &state)) {
    if (type->sources_num == TYPES_SOURCES_MAX ||
        !parse_source(word, type->sources + type->sources_num))
      return false;
    type->sources_num++;
  }
  source_t *fitting =
      realloc(type->sources, (type->sources_num + 1) * sizeof(*type->sources));
  type->sources = fitting != NULL ? fitting : type->sources;
  return type->sources_num > 0;
}

/* Puts a type in the place of one of its name. */
static int put_type(types_db_t *types, type_t *type) {
  type_t **place = tsearch(type, &types->tree, by_name);
  if (place == NULL)
    return -1;
  if (*place != type) {
    type_t *old = *place;
    *place = type;
    free_type(old);
  }
  return 0;
}

static int read_line(types_db_t *types, char *line) {
  char *text = line + strspn(line, " \t\r\n");
  if (*text == '\0' || *text == '#')
    return 0;
  size_t length = strcspn(text, " \t\r\n");
  type_t *type = calloc(1, sizeof(*type));
  if (type == NULL)
    return -1;
  type->name = strndup(text, length);
  if (type->name != NULL && parse_sources(text + length, type) &&
      put_type(types, type) == 0)
    return 0;
  free_type(type);
  return -1;
}

int types_db_read(types_db_t *types, const char *file) {
  FILE *stream = fopen(file, "re");
  if (stream == NULL) {
    complain("%s: %s: give collectd's types.db by --types-db", file,
             strerror(errno));
    return -1;
  }
  char line[LINE_SIZE];
  int status = 0;
  for (size_t number = 1;
       status == 0 && fgets(line, sizeof(line), stream) != NULL; number++)
    if (read_line(types, line) != 0) {
      complain("%s: line %zu: this is no type: write it as \"name "
               "source:GAUGE:0:U\", see types.db(5)",
               file, number);
      status = -1;
    }
  if (status == 0 && ferror(stream)) {
    complain("%s: %s: give collectd's types.db by --types-db", file,
             strerror(errno));
    status = -1;
  }
  fclose(stream);
  return status;
}

size_t types_db_find(const types_db_t *types, const char *type,
                     const source_t **sources) {
  const type_t key = {.name = (char *)type};
  type_t *const *found = tfind(&key, &types->tree, by_name);
  if (found == NULL)
    return 0;
  *sources = (*found)->sources;
  return (*found)->sources_num;
}

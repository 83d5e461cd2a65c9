/* SPDX-License-Identifier: MIT */
/* One option: see the header. */
#include "plugin/features/option.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "<Plugin "anomaly">, <Detector "web">, <Feature "cpu">" -- collectd's parser
 * keeps no line numbers, so the place is told by the blocks around it. */
static void print_place(const config_item_t *block, char *buffer, size_t size) {
  if (block == NULL)
    return;
  print_place(block->parent, buffer, size);
  size_t used = strlen(buffer);
  bool named = block->values_num > 0 && block->values[0].type == CONFIG_STRING;
  snprintf(buffer + used, size - used, "%s<%s%s%s%s>", used > 0 ? ", " : "",
           block->key, named ? " \"" : "",
           named ? block->values[0].value.string : "", named ? "\"" : "");
}

static void print_value(const config_item_t *option, char *buffer,
                        size_t size) {
  buffer[0] = '\0';
  for (size_t i = 0; i < option->values_num; i++) {
    const config_value_t *value = option->values + i;
    size_t used = strlen(buffer);
    if (value->type == CONFIG_STRING)
      snprintf(buffer + used, size - used, " \"%s\"", value->value.string);
    else if (value->type == CONFIG_NUMBER)
      snprintf(buffer + used, size - used, " %g", value->value.number);
    else
      snprintf(buffer + used, size - used, " %s",
               value->value.boolean ? "true" : "false");
  }
}

int option_complain(const config_item_t *option, const char *remedy, ...) {
  char place[256] = "";
  char value[256] = "";
  char words[512] = "";
  va_list arguments;
  va_start(arguments, remedy);
  vsnprintf(words, sizeof(words), remedy, arguments);
  va_end(arguments);
  if (option->origin->file != NULL)
    snprintf(place, sizeof(place), "%s: line %zu", option->origin->file,
             option->line);
  else
    print_place(option->parent, place, sizeof(place));
  print_value(option, value, sizeof(value));
  char message[1200];
  snprintf(message, sizeof(message), "%s: `%s%s': %s", place, option->key,
           value, words);
  option->origin->complain(message);
  return -1;
}

int option_string(const config_item_t *option, const char **value) {
  if (option->values_num != 1 || option->values[0].type != CONFIG_STRING)
    return option_complain(option, "expects one text: %s \"...\".",
                           option->key);
  *value = option->values[0].value.string;
  return 0;
}

int option_number(const config_item_t *option, double min, double max,
                  double *value) {
  if (option->values_num != 1 || option->values[0].type != CONFIG_NUMBER ||
      !(option->values[0].value.number >= min) ||
      !(option->values[0].value.number <= max))
    return option_complain(option, "expects one number from %g to %g.", min,
                           max);
  *value = option->values[0].value.number;
  return 0;
}

int option_count(const config_item_t *option, double min, double max,
                 double *value) {
  int status = option_number(option, min, max, value);
  if (status == 0 && *value != floor(*value))
    return option_complain(option, "expects a whole number from %g to %g.", min,
                           max);
  return status;
}

int option_boolean(const config_item_t *option, bool *value) {
  if (option->values_num != 1 || option->values[0].type != CONFIG_BOOLEAN)
    return option_complain(option, "expects true or false, without quotes.");
  *value = option->values[0].value.boolean;
  return 0;
}

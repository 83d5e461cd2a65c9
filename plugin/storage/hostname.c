/* SPDX-License-Identifier: MIT */
/*
 * hostname.c -- see hostname.h
 */
#include "plugin/storage/hostname.h"
#include "plugin/storage/utf8.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEF";

static int digit(char c) {
  const char *found = c == '\0' ? NULL : strchr(digits, c);
  return found == NULL ? -1 : (int)(found - digits);
}

/* The byte that "%XX" stands for, or -1. */
static int escaped(const char *text) {
  int high = text[0] == '%' ? digit(text[1]) : -1;
  int low = high < 0 ? -1 : digit(text[2]);
  return low < 0 ? -1 : 16 * high + low;
}

static bool is_plain(const char *name) {
  for (const char *c = strchr(name, '%'); c != NULL; c = strchr(c + 1, '%'))
    if (escaped(c) >= 0)
      return false;
  return text_is_utf8(name, strlen(name));
}

const char *hostname_to_text(const char *name, char buffer[HOSTNAME_SIZE]) {
  if (is_plain(name))
    return name;
  size_t used = 0;
  for (const char *c = name; *c != '\0' && used + 4 <= HOSTNAME_SIZE; c++) {
    unsigned char byte = (unsigned char)*c;
    if (byte < 0x80 && byte != '%') {
      buffer[used++] = *c;
      continue;
    }
    buffer[used++] = '%';
    buffer[used++] = digits[byte >> 4];
    buffer[used++] = digits[byte & 15];
  }
  buffer[used] = '\0';
  return buffer;
}

void hostname_from_text(const char *text, char *name, size_t size) {
  size_t used = 0;
  for (; *text != '\0' && used + 1 < size; used++) {
    int byte = escaped(text);
    name[used] = byte > 0 ? (char)byte : *text;
    text += byte > 0 ? 3 : 1;
  }
  name[used] = '\0';
}

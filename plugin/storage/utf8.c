/* SPDX-License-Identifier: MIT */
/*
 * utf8.c -- see utf8.h
 */
#include "plugin/storage/utf8.h"

#include <stdint.h>

size_t utf8_length(const char *text, size_t left) {
  const unsigned char *c = (const unsigned char *)text;
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t length = c[0] < 0x80   ? 1
                  : c[0] < 0xc2 ? 0
                  : c[0] < 0xe0 ? 2
                  : c[0] < 0xf0 ? 3
                  : c[0] < 0xf5 ? 4
                                : 0;
  if (length > left || c[0] == 0)
    return 0;
  uint32_t code = length <= 1 ? c[0] : c[0] & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((c[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (c[i] & 0x3f);
  }
  bool fine = code >= least[length] && code <= 0x10ffff &&
              (code < 0xd800 || code > 0xdfff);
  return fine ? length : 0;
}

bool text_is_utf8(const char *text, size_t length) {
  while (length > 0) {
    size_t used = utf8_length(text, length);
    if (used == 0)
      return false;
    text += used;
    length -= used;
  }
  return true;
}

void text_make_utf8(char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    size_t used = utf8_length(text + i, length - i);
    if (used == 0)
      text[i] = '?';
    i += used == 0 ? 1 : used;
  }
}

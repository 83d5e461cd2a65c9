/* SPDX-License-Identifier: MIT */
/*
 * user_name.c -- see user_name.h
 */
#include "dashboard/session/user_name.h"

#include "plugin/storage/utf8.h"

#include <string.h>

bool user_name_valid(const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length >= USER_NAME_SIZE || !text_is_utf8(name, length))
    return false;
  for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f || *c == ':')
      return false;
  return true;
}

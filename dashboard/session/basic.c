/* SPDX-License-Identifier: MIT */
/*
 * basic.c -- see basic.h
 */
#include "dashboard/session/basic.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* "name:password" */
#define TEXT_MAX (USER_NAME_SIZE + PASSWORD_MAX)

/* 0 to 63; -1: it is none of base64's characters. */
static int digit_of(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes base64 (RFC 4648, section 4); the text is terminated. false: it is
 * not well-formed, too long, or has a NUL within. */
static bool decode(const char *base64, char text[TEXT_MAX + 1]) {
  size_t digits = strcspn(base64, "=");
  size_t padding = strlen(base64 + digits);
  size_t size = digits * 6 / 8;
  if (size > TEXT_MAX || (digits + padding) % 4 != 0 || padding > 2 ||
      strspn(base64 + digits, "=") != padding)
    return false;
  uint32_t bits = 0;
  for (size_t i = 0, used = 0; i < digits; i++) {
    int digit = digit_of(base64[i]);
    if (digit < 0)
      return false;
    bits = bits << 6 | (uint32_t)digit;
    if (i % 4 == 0)
      continue; /* six bits are no byte yet */
    text[used] = (char)(bits >> (6 - 2 * (i % 4)));
    if (text[used++] == '\0')
      return false;
  }
  text[size] = '\0';
  return true;
}

/* The name has no colon, the password may. */
static bool split(const char *text, basic_t *basic) {
  size_t name = strcspn(text, ":");
  if (text[name] != ':' || name >= sizeof(basic->name) ||
      strlen(text + name + 1) >= sizeof(basic->password))
    return false;
  memcpy(basic->name, text, name);
  strcpy(basic->password, text + name + 1);
  return true;
}

bool basic_read(const char *authorization, basic_t *basic) {
  static const char scheme[] = "Basic ";
  char text[TEXT_MAX + 1];
  *basic = (basic_t){0};
  if (authorization == NULL ||
      strncasecmp(authorization, scheme, strlen(scheme)) != 0)
    return false;
  const char *base64 = authorization + strlen(scheme);
  base64 += strspn(base64, " ");
  bool good = decode(base64, text) && split(text, basic);
  explicit_bzero(text, sizeof(text));
  return good;
}

void basic_wipe(basic_t *basic) { explicit_bzero(basic, sizeof(*basic)); }

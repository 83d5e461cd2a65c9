/* SPDX-License-Identifier: MIT */
/*
 * utf8.h -- whether a stranger's text may go into the database and to JSON
 */
#ifndef ANOMALY_UTF8_H
#define ANOMALY_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_MAX 4 /* bytes of a character */

/* The bytes of the character that begins a text of `left` bytes; 0: it is
 * none. */
size_t utf8_length(const char *text, size_t left);

/* Whether the bytes are UTF-8 as of RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF, no NUL. */
bool text_is_utf8(const char *text, size_t length);

/* Puts a '?' in the place of each byte that makes a text something else. */
void text_make_utf8(char *text, size_t length);

#endif /* ANOMALY_UTF8_H */

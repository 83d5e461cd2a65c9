/* SPDX-License-Identifier: MIT */
/*
 * hostname.h -- a host's name in collectd, and in the file
 *
 * collectd takes any bytes for a name; a database and JSON take UTF-8. A name
 * that is something else is written with %XX for each byte that is not ASCII
 * and for each %, and so is one that could be taken for such a text. All
 * others, which is to say all that anybody will ever see, are written as they
 * are.
 */
#ifndef ANOMALY_HOSTNAME_H
#define ANOMALY_HOSTNAME_H

#include <stddef.h>

#define HOSTNAME_SIZE                                                          \
  512 /* of a name of 127 bytes in the file, and to spare                      \
       */

/* `name` itself, or its text in `buffer`. */
const char *hostname_to_text(const char *name, char buffer[HOSTNAME_SIZE]);

/* And back: the name of a text, cut to `size`. */
void hostname_from_text(const char *text, char *name, size_t size);

#endif /* ANOMALY_HOSTNAME_H */

/* SPDX-License-Identifier: MIT */
/*
 * origin.c -- see origin.h
 *
 * A page of another site can set neither of the headers that are compared here.
 */
#include "dashboard/http/origin.h"

#include <string.h>
#include <strings.h>

/* Of "scheme://host:port" the part after the slashes. */
static const char *host_of(const char *origin) {
  const char *slashes = strstr(origin, "://");
  return slashes == NULL ? NULL : slashes + 3;
}

static bool same_host(const char *a, const char *b) {
  return b != NULL && strcasecmp(a, b) == 0;
}

bool origin_is_ours(const char *sec_fetch_site, const char *origin,
                    const char *host, const char *forwarded_host) {
  if (sec_fetch_site != NULL)
    return strcmp(sec_fetch_site, "same-origin") == 0 ||
           strcmp(sec_fetch_site, "none") == 0; /* typed by the user */
  if (origin == NULL)
    return true;
  const char *from = host_of(origin); /* "null" has none */
  return from != NULL &&
         (same_host(from, host) || same_host(from, forwarded_host));
}

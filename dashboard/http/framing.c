/* SPDX-License-Identifier: MIT */
/*
 * framing.c -- see framing.h
 */
#include "dashboard/http/framing.h"

#include <string.h>
#include <strings.h>

typedef struct {
  int hosts;
  int lengths;
  int encodings;
  bool odd; /* a name with a blank in it, or another encoding than chunked */
} framing_t;

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind,
                                 const char *name, const char *value) {
  (void)kind;
  framing_t *framing = context;
  if (strpbrk(name, " \t") != NULL)
    framing->odd = true;
  if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
    framing->hosts++;
  else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
    framing->lengths++;
  else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
    framing->encodings++;
    if (value == NULL || strcasecmp(value, "chunked") != 0)
      framing->odd = true;
  }
  return MHD_YES;
}

bool framing_is_plain(struct MHD_Connection *connection) {
  framing_t framing = {0};
  MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &framing);
  return framing.hosts <= 1 && framing.lengths + framing.encodings <= 1 &&
         !framing.odd;
}

/* SPDX-License-Identifier: MIT */
/*
 * assets.c -- answers with what is built in
 *
 * Names do not change with contents, so browsers ask each time whether what
 * they have still holds (no-cache); the answer is 304 until the program is
 * replaced.
 */
#include "dashboard/http/assets.h"

#include <stdio.h>
#include <string.h>

const asset_t *asset_find(const char *path) {
  for (size_t i = 0; i < assets_num; i++)
    if (strcmp(assets[i].path, path) == 0)
      return &assets[i];
  return NULL;
}

/* Whether a list as in "deflate, gzip;q=0.5" has gzip, and with more than 0. */
static bool takes_gzip(const request_t *request) {
  const char *list = request_header(request, MHD_HTTP_HEADER_ACCEPT_ENCODING);
  const char *gzip = list == NULL ? NULL : strstr(list, "gzip");
  double weight = 1;
  return gzip != NULL &&
         (sscanf(gzip, "gzip ; q=%lf", &weight) != 1 || weight > 0);
}

/* Weak or not, a tag of ours says the same. */
static bool has_already(const request_t *request, const asset_t *asset) {
  const char *tags = request_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH);
  const char *tag = strchr(asset->etag, '"');
  return tags != NULL && (strcmp(tags, "*") == 0 || strstr(tags, tag) != NULL);
}

static void send_asset(request_t *request, const asset_t *asset) {
  bool packed = asset->packed != NULL && takes_gzip(request);
  bool have = has_already(request, asset);
  const unsigned char *data = packed ? asset->packed : asset->data;
  size_t size = packed ? asset->packed_size : asset->size;
  struct MHD_Response *response = MHD_create_response_from_buffer(
      have ? 0 : size, (void *)data, MHD_RESPMEM_PERSISTENT);
  request_reply_response(request, have ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK,
                         response);
  request_add_header(request, MHD_HTTP_HEADER_ETAG, asset->etag);
  request_add_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
  request_add_header(request, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
  if (have)
    return;
  request_add_header(request, MHD_HTTP_HEADER_CONTENT_TYPE, asset->type);
  if (packed)
    request_add_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
}

void assets_page(request_t *request) {
  send_asset(request, asset_find("web/index.html"));
}

void assets_file(request_t *request) {
  const asset_t *asset = asset_find(request->path + 1);
  if (asset == NULL)
    request_reply_error(request, MHD_HTTP_NOT_FOUND, "there is no such file");
  else
    send_asset(request, asset);
}

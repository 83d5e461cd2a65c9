/* SPDX-License-Identifier: MIT */
/*
 * assets.h -- the files of the page, built into the program
 *
 * assets_table.c is made by dashboard/http/embed from the files in
 * dashboard/web.
 */
#ifndef ANOMALY_DASHBOARD_ASSETS_H
#define ANOMALY_DASHBOARD_ASSETS_H

#include "dashboard/http/request.h"

typedef struct {
  const char *path; /* as in "web/main.js" */
  const char *type; /* of its content */
  const char *etag; /* with its quotes */
  const unsigned char *data;
  size_t size;
  const unsigned char *packed; /* by gzip; NULL: that would not be smaller */
  size_t packed_size;
} asset_t;

extern const asset_t assets[];
extern const size_t assets_num;

/* NULL: there is none of that path. */
const asset_t *asset_find(const char *path);

/* Handlers: the page, and any file below /web/. */
void assets_page(request_t *request);
void assets_file(request_t *request);

#endif /* ANOMALY_DASHBOARD_ASSETS_H */

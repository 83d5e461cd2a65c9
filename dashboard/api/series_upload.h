/* SPDX-License-Identifier: MIT */
/*
 * series_upload.h -- the charts of an upload
 */
#ifndef ANOMALY_DASHBOARD_SERIES_UPLOAD_H
#define ANOMALY_DASHBOARD_SERIES_UPLOAD_H

#include "dashboard/http/request.h"

/* For /api/series?run=ID. */
void series_of_upload(request_t *request, int64_t run_id);

#endif /* ANOMALY_DASHBOARD_SERIES_UPLOAD_H */

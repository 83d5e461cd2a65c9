/* SPDX-License-Identifier: MIT */
/*
 * api.h -- the handlers of the API; what each gives is in
 * anomaly-dashboard(1)
 */
#ifndef ANOMALY_DASHBOARD_API_H
#define ANOMALY_DASHBOARD_API_H

#include "dashboard/http/request.h"

/* A suspect with less of the blame is not named in "fields", unless it leads.
 */
#define API_NOTICEABLE_SHARE 0.05

/* summary.c */
void api_healthz(request_t *request);
void api_summary(request_t *request);

/* hosts.c */
void api_hosts(request_t *request);

/* series.c */
void api_series(request_t *request);

/* samples.c */
void api_samples(request_t *request);

/* runs.c */
void api_runs(request_t *request);
void api_run(request_t *request);

/* verdict.c */
void api_verdict(request_t *request);
void api_delete_run(request_t *request);

/* forget.c */
void api_forget(request_t *request);

/* detect.c */
void api_detect(request_t *request);

/* sample.c */
void api_sample(request_t *request);

#endif /* ANOMALY_DASHBOARD_API_H */

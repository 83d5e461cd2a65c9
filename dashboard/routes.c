/* SPDX-License-Identifier: MIT */
/*
 * routes.c -- what there is to ask for
 */
#include "dashboard/routes.h"

#include "dashboard/api/api.h"
#include "dashboard/http/assets.h"
#include "dashboard/session/login.h"

#define FORM_MAX 4096
#define VERDICT_MAX 16384
#define UPLOAD_MAX (UINT64_C(512) << 20)

/* clang-format off */
const route_t routes[] = {
    {"GET", "/", ACCESS_PAGE, RUN_AT_ONCE, 0, 0, assets_page},
    {"GET", "/web/*", ACCESS_ANYBODY, RUN_AT_ONCE, 0, 0, assets_file},
    {"GET", "/login", ACCESS_ANYBODY, RUN_AT_ONCE, 0, 0, login_page},
    {"POST", "/login", ACCESS_ANYBODY, RUN_PASSWORD, FORM_MAX, 0, login_submit},
    {"POST", "/logout", ACCESS_ANYBODY, RUN_AT_ONCE, FORM_MAX, 0, login_out},
    {"GET", "/healthz", ACCESS_ANYBODY, RUN_AT_ONCE, 0, 0, api_healthz},
    {"GET", "/api/summary", ACCESS_USER, RUN_QUERY, 0, 1000, api_summary},
    {"GET", "/api/hosts", ACCESS_USER, RUN_QUERY, 0, 1000, api_hosts},
    {"GET", "/api/series", ACCESS_USER, RUN_QUERY, 0, 1000, api_series},
    {"GET", "/api/samples", ACCESS_USER, RUN_QUERY, 0, 0, api_samples},
    {"GET", "/runs", ACCESS_USER, RUN_QUERY, 0, 1000, api_runs},
    {"GET", "/api/runs", ACCESS_USER, RUN_QUERY, 0, 1000, api_runs},
    {"GET", "/runs/#", ACCESS_USER, RUN_QUERY, 0, 0, api_run},
    {"POST", "/runs/#/verdict", ACCESS_USER, RUN_QUERY, VERDICT_MAX, 0, api_verdict},
    {"DELETE", "/runs/#", ACCESS_USER, RUN_QUERY, FORM_MAX, 0, api_delete_run},
    {"DELETE", "/api/models", ACCESS_USER, RUN_QUERY, FORM_MAX, 0, api_forget},
    {"POST", "/detect", ACCESS_USER, RUN_LONG, UPLOAD_MAX, 0, api_detect},
    {"GET", "/sample", ACCESS_USER, RUN_QUERY, 0, 0, api_sample},
};
/* clang-format on */

const size_t routes_num = sizeof(routes) / sizeof(routes[0]);

/* SPDX-License-Identifier: MIT */
/*
 * login.h -- the login page, its form, and logging out
 */
#ifndef ANOMALY_DASHBOARD_LOGIN_H
#define ANOMALY_DASHBOARD_LOGIN_H

#include "dashboard/http/request.h"

/* Handlers. */
void login_page(request_t *request);
void login_submit(request_t *request);
void login_out(request_t *request);

#endif /* ANOMALY_DASHBOARD_LOGIN_H */

/* SPDX-License-Identifier: MIT */
/*
 * app.h -- what every request may use, made once by main()
 */
#ifndef ANOMALY_DASHBOARD_APP_H
#define ANOMALY_DASHBOARD_APP_H

#include "dashboard/api/live.h"
#include "dashboard/http/cache.h"
#include "dashboard/session/credentials.h"
#include "dashboard/session/session.h"
#include "dashboard/session/throttle.h"
#include "dashboard/session/users.h"

#include <stdbool.h>

/* None of the pointers changes while the server runs; each module is safe for
 * any thread. */
typedef struct {
  const char *database; /* path, for what writes */
  bool tls;
  bool verbose;
  users_t *users;
  sessions_t *sessions;
  throttle_t *throttle;
  credentials_t *credentials;
  live_t *live;
  cache_t *cache;
} app_t;

#endif /* ANOMALY_DASHBOARD_APP_H */

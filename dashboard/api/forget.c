/* SPDX-License-Identifier: MIT */
/*
 * forget.c -- a model that shall be learned anew
 */
#include "plugin/storage/forget.h"
#include "dashboard/api/api.h"
#include "plugin/storage/clock.h"

void api_forget(request_t *request) {
  const char *host = NULL;
  const char *detector = NULL;
  if (!request_text(request, "host", &host) ||
      !request_text(request, "detector", &detector))
    return;
  if (host == NULL || detector == NULL) {
    request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                        "host and detector: expected both");
    return;
  }
  char error[CHANGE_ERROR_SIZE] = "";
  int64_t asked_at = 0;
  int status =
      forget_ask(request->app->database, host, detector, &asked_at, error);
  cache_clear(request->app->cache, monotonic_ms());
  if (status == 0)
    request_reply_json(
        request, MHD_HTTP_ACCEPTED,
        sqlite3_mprintf("{\"asked_at\":%lld}", (long long)asked_at));
  else if (status > 0)
    request_reply_error(request, MHD_HTTP_NOT_FOUND, "there is no such model");
  else
    request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "this cannot be saved: %s", error);
}

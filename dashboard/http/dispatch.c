/* SPDX-License-Identifier: MIT */
/*
 * dispatch.c -- takes a request through the stages of request.h
 *
 * libmicrohttpd's threads read and send, and run the handlers that take
 * microseconds. What takes longer runs on our workers while the connection is
 * suspended, with workers of their own for queries, for passwords and for
 * detections: neither a flood of logins nor a large upload keeps others
 * waiting.
 */
#include "dashboard/http/dispatch.h"

#include "dashboard/http/framing.h"
#include "dashboard/http/origin.h"
#include "dashboard/log.h"
#include "dashboard/session/access.h"
#include "dashboard/text.h"
#include "plugin/storage/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The body of a request that is refused is read and dropped if it is this
 * small: the client gets its answer surely, and the connection goes on. */
#define DROPPED_MAX (8u << 20)

/* --- sending --- */

static enum MHD_Result send_reply(request_t *request) {
  if (request->response == NULL)
    return MHD_NO;
  enum MHD_Result queued = MHD_queue_response(
      request->connection, request->status, request->response);
  if (request->fresh_wanted && request->status == MHD_HTTP_OK)
    cache_put(request->app->cache, request->uri, request->response,
              request->route->fresh_ms, request->began_at, monotonic_ms());
  else
    MHD_destroy_response(request->response);
  request->response = NULL;
  request->stage = STAGE_SENT;
  return queued;
}

/* --- working --- */

static void verify(request_t *request) {
  access_t access = access_verify(request);
  if (access == ACCESS_GRANTED)
    connections_is_users(request->server->connections, request->connection);
  if (access == ACCESS_REFUSED)
    access_reply_refused(request);
  request->stage = STAGE_KNOWN;
}

void dispatch_job(void *job) {
  request_t *request = job;
  if (request->stage == STAGE_LOGIN) {
    verify(request);
  } else {
    request->route->handler(request);
    request->stage = STAGE_READY;
  }
  MHD_resume_connection(request->connection);
}

/* Leaves the rest to a worker, in the stage given. */
static void hand_over(request_t *request, route_run_t run, stage_t stage) {
  request->stage = stage;
  MHD_suspend_connection(request->connection);
  if (work_submit(request->server->workers[run], request) == 0)
    return;
  request_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                      "too much is under way: try again in a moment");
  request_add_header(request, MHD_HTTP_HEADER_RETRY_AFTER, "2");
  request->stage = stage == STAGE_LOGIN ? STAGE_KNOWN : STAGE_READY;
  MHD_resume_connection(request->connection);
}

static enum MHD_Result run(request_t *request) {
  const route_t *route = request->route;
  if (route->fresh_ms > 0) {
    if (cache_queue(request->app->cache, request->uri, monotonic_ms(),
                    request->connection)) {
      request->status = MHD_HTTP_OK;
      request->stage = STAGE_SENT;
      return MHD_YES;
    }
    request->fresh_wanted = true;
  }
  if (route->run == RUN_AT_ONCE) {
    route->handler(request);
    return send_reply(request);
  }
  hand_over(request, route->run, STAGE_WORK);
  return MHD_YES;
}

/* --- the headers --- */

static bool changes_something(const char *method) {
  return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* Of "/path", or of "http://name/path" as if a proxy were asked. */
static const char *path_of(const char *target) {
  if (strncasecmp(target, "http://", 7) != 0 &&
      strncasecmp(target, "https://", 8) != 0)
    return target;
  const char *path = strchr(strchr(target, ':') + 3, '/');
  return path == NULL ? "/" : path;
}

static bool has_nul(const char *uri) {
  const char *nul = strstr(uri, "%00");
  return nul != NULL && strcspn(uri, "?") > (size_t)(nul - uri);
}

static bool find_route(request_t *request, const char *method) {
  const server_t *server = request->server;
  char allow[64] = "";
  /* what follows a NUL is not in the path, but was asked for */
  if (!has_nul(request->uri))
    request->route = route_find(server->routes, server->routes_num, method,
                                request->path, &request->id, allow);
  if (request->route != NULL)
    return true;
  if (allow[0] == '\0') {
    request_reply_error(request, MHD_HTTP_NOT_FOUND, "there is no such path");
  } else {
    request_reply_error(request, MHD_HTTP_METHOD_NOT_ALLOWED,
                        "this path takes %s", allow);
    request_add_header(request, MHD_HTTP_HEADER_ALLOW, allow);
  }
  return false;
}

static bool check_origin(request_t *request, const char *method) {
  if (!changes_something(method) ||
      origin_is_ours(request_header(request, "Sec-Fetch-Site"),
                     request_header(request, MHD_HTTP_HEADER_ORIGIN),
                     request_header(request, MHD_HTTP_HEADER_HOST),
                     request_header(request, "X-Forwarded-Host")))
    return true;
  request_reply_error(request, MHD_HTTP_FORBIDDEN,
                      "this request was made by a page of another site");
  return false;
}

/* false: a worker has the request. */
static bool check_access(request_t *request) {
  if (request->route->access == ACCESS_ANYBODY)
    return true;
  switch (access_check(request)) {
  case ACCESS_GRANTED:
    connections_is_users(request->server->connections, request->connection);
    return true;
  case ACCESS_UNKNOWN:
    hand_over(request, RUN_PASSWORD, STAGE_LOGIN);
    return false;
  default:
    if (request->route->access == ACCESS_PAGE)
      request_reply_redirect(request, "login");
    else
      access_reply_refused(request);
    return true;
  }
}

/* The body's size as announced; 0: none is. */
static uint64_t announced(const request_t *request) {
  const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
  int64_t size = 0;
  if (length == NULL || !text_to_integer(length, 0, INT64_MAX, &size))
    return 0;
  return (uint64_t)size;
}

static void refuse_size(request_t *request) {
  request_reply_error(request, MHD_HTTP_CONTENT_TOO_LARGE,
                      "the body is larger than the %llu bytes taken here",
                      (unsigned long long)request->route->body_max);
}

/* false: a worker has the request, which is not ours to look at any more. */
static bool look_at_headers(request_t *request, const char *method) {
  request->stage = STAGE_BODY;
  if (!framing_is_plain(request->connection)) {
    request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                        "the headers contradict each other: give one Host and "
                        "one length");
    request_add_header(request, MHD_HTTP_HEADER_CONNECTION, "close");
    request->unclear = true;
    return true;
  }
  if (!find_route(request, method) || !check_origin(request, method))
    return true;
  if (announced(request) > request->route->body_max) {
    /* who is nobody is told so first */
    if (request->route->access == ACCESS_ANYBODY ||
        access_check(request) != ACCESS_REFUSED) {
      refuse_size(request);
      return true;
    }
  }
  return check_access(request);
}

/* --- the body --- */

/* Whether there is no body worth waiting for. */
static bool reply_at_once(const request_t *request) {
  return request->response != NULL && request->stage == STAGE_BODY &&
         (request->unclear || announced(request) > DROPPED_MAX);
}

/* Appends to the body, or drops what is too much or not wanted. */
static enum MHD_Result take_body(request_t *request, const char *data,
                                 size_t size) {
  if (request->response != NULL) {
    request->dropped += size;
    return request->dropped <= DROPPED_MAX ? MHD_YES : MHD_NO;
  }
  request->taken += size;
  if (request->taken > request->route->body_max) {
    refuse_size(request);
    return MHD_YES;
  }
  if (request->body == NULL)
    request->body = body_create();
  if (request->body == NULL || body_append(request->body, data, size) != 0)
    request_reply_error(request, MHD_HTTP_INSUFFICIENT_STORAGE,
                        "there is no room for the body: free some in $TMPDIR");
  return MHD_YES;
}

static enum MHD_Result end_body(request_t *request) {
  if (request->response != NULL)
    return send_reply(request);
  if (request->body == NULL)
    request->body = body_create();
  return request->body == NULL ? MHD_NO : run(request);
}

/* --- called by libmicrohttpd --- */

void *dispatch_uri(void *context, const char *uri,
                   struct MHD_Connection *connection) {
  server_t *server = context;
  request_t *request = calloc(1, sizeof(*request));
  if (request == NULL)
    return NULL;
  request->uri = strdup(uri);
  if (request->uri == NULL) {
    free(request);
    return NULL;
  }
  request->app = server->app;
  request->server = server;
  request->connection = connection;
  request->began_at = monotonic_ms();
  atomic_fetch_add(&server->under_way, 1);
  return request;
}

enum MHD_Result dispatch_request(void *context,
                                 struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *data,
                                 size_t *size, void **state) {
  (void)context, (void)connection, (void)version;
  request_t *request = *state;
  if (request == NULL)
    return MHD_NO; /* there was no memory for it */
  switch (request->stage) {
  case STAGE_HEADERS:
    request->path = path_of(url);
    request->method = method;
    if (!look_at_headers(request, method))
      return MHD_YES;
    return reply_at_once(request) ? send_reply(request) : MHD_YES;
  case STAGE_KNOWN:
    /* the call for the headers again, not yet the one at the body's end */
    request->stage = STAGE_BODY;
    return reply_at_once(request) ? send_reply(request) : MHD_YES;
  case STAGE_BODY:
    if (*size == 0)
      return end_body(request);
    enum MHD_Result taken = take_body(request, data, *size);
    *size = 0;
    return taken;
  case STAGE_READY:
    return send_reply(request);
  default:
    return MHD_YES;
  }
}

static void log_request(const request_t *request) {
  char address[ACCESS_ADDRESS_SIZE] = "";
  access_address(request, address);
  log_line("%s %s %s %s %u %lld ms", address,
           request->user[0] != '\0' ? request->user : "-", request->method,
           request->path, request->status,
           (long long)(monotonic_ms() - request->began_at));
}

void dispatch_completed(void *context, struct MHD_Connection *connection,
                        void **state, enum MHD_RequestTerminationCode reason) {
  (void)reason;
  server_t *server = context;
  request_t *request = *state;
  if (request == NULL)
    return;
  *state = NULL;
  if (server->app->verbose && request->path != NULL)
    log_request(request);
  if (request->response != NULL)
    MHD_destroy_response(request->response);
  connections_answered(server->connections, connection);
  body_destroy(request->body);
  free(request->uri);
  free(request);
  atomic_fetch_sub(&server->under_way, 1);
}

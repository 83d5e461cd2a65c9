/* SPDX-License-Identifier: MIT */
/*
 * request.h -- one request, and answering it
 *
 * A handler reads the request and calls exactly one of the request_reply
 * functions. It runs on one thread at a time, though not always on the same.
 */
#ifndef ANOMALY_DASHBOARD_REQUEST_H
#define ANOMALY_DASHBOARD_REQUEST_H

#include "dashboard/app.h"
#include "dashboard/http/body.h"
#include "dashboard/http/route.h"

#include <microhttpd.h>
#include <sqlite3.h>

typedef enum {
  STAGE_HEADERS, /* nobody has looked at it yet */
  STAGE_LOGIN,   /* waits for a worker to verify a password */
  STAGE_KNOWN,   /* the worker has; the body is still to come */
  STAGE_BODY,    /* takes the body in */
  STAGE_WORK,    /* waits for a worker to run the handler */
  STAGE_READY,   /* answered; the answer is to be sent */
  STAGE_SENT,
} stage_t;

struct request_s {
  /* set when it arrives, never written again */
  app_t *app;
  struct server_s *server;
  struct MHD_Connection *connection;
  char *uri;        /* path and query as they came */
  int64_t began_at; /* monotonic milliseconds */

  /* owned by the server */
  stage_t stage;
  const route_t *route;
  uint64_t taken;    /* bytes of the body */
  uint64_t dropped;  /* more of them, after it has been refused */
  bool unclear;      /* nobody knows where it ends */
  bool fresh_wanted; /* the cache had nothing; the reply goes into it */

  /* set before the handler runs */
  const char *method;
  const char *path;
  int64_t id;                /* the number in /runs/ID */
  char user[USER_NAME_SIZE]; /* "": nobody */
  body_t *body;

  /* set by the reply functions */
  struct MHD_Response *response;
  unsigned status;
};

/* --- reading --- */

/* A parameter of the query; NULL: not given. Valid for as long as the request.
 */
const char *request_query(const request_t *request, const char *name);
const char *request_header(const request_t *request, const char *name);

/* An integer of the query, or `otherwise`. false after a reply 400: it is not
 * within min..max. */
bool request_integer(request_t *request, const char *name, int64_t min,
                     int64_t max, int64_t otherwise, int64_t *value);

/* A text of the query, or NULL. false after a reply 400: it is not UTF-8. */
bool request_text(request_t *request, const char *name, const char **text);

/* --- replying; each sets the security headers too --- */

/* Takes `text` over: it is freed with sqlite3_free(). NULL becomes 500. */
void request_reply_json(request_t *request, unsigned status, char *text);
void request_reply_text(request_t *request, unsigned status, const char *type,
                        char *text, size_t length);

/* Finishes the text and replies with it. */
void request_reply_str(request_t *request, unsigned status, sqlite3_str *json);

/* {"error": "..."} in a sentence that says what to do. */
void request_reply_error(request_t *request, unsigned status,
                         const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An empty body and a header. */
void request_reply_redirect(request_t *request, const char *location);

/* Takes a response over whose headers are complete. */
void request_reply_response(request_t *request, unsigned status,
                            struct MHD_Response *response);

/* Adds a header to the reply. */
void request_add_header(request_t *request, const char *name,
                        const char *value);

#endif /* ANOMALY_DASHBOARD_REQUEST_H */

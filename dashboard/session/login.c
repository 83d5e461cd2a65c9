/* SPDX-License-Identifier: MIT */
/*
 * login.c -- see login.h
 *
 * Redirections and the cookie name no absolute path, so that they hold below
 * any path of a reverse proxy: a browser takes "login" and a cookie without
 * Path relative to the address that it asked.
 */
#include "config.h"

#include "dashboard/session/login.h"

#include "dashboard/http/assets.h"
#include "dashboard/session/access.h"
#include "plugin/storage/clock.h"

#include <stdio.h>
#include <string.h>

/* Where the page says what went wrong. */
#define PLACEHOLDER "<!--failure-->"

/* The fields of the form, as the post processor brings them in pieces. */
typedef struct {
  char name[USER_NAME_SIZE];
  char password[PASSWORD_MAX + 1];
  bool too_long;
} form_t;

static enum MHD_Result on_field(void *context, enum MHD_ValueKind kind,
                                const char *key, const char *file_name,
                                const char *type, const char *encoding,
                                const char *data, uint64_t offset,
                                size_t size) {
  (void)kind, (void)file_name, (void)type, (void)encoding;
  form_t *form = context;
  bool is_name = strcmp(key, "username") == 0;
  char *field = is_name ? form->name : form->password;
  size_t room = is_name ? sizeof(form->name) : sizeof(form->password);
  if (!is_name && strcmp(key, "password") != 0)
    return MHD_YES;
  if (offset + size >= room) {
    form->too_long = true;
    return MHD_NO;
  }
  memcpy(field + offset, data, size);
  field[offset + size] = '\0';
  return MHD_YES;
}

/* false: it is not such a form. */
static bool read_form(request_t *request, form_t *form) {
  struct MHD_PostProcessor *post =
      MHD_create_post_processor(request->connection, 1024, on_field, form);
  if (post == NULL)
    return false;
  enum MHD_Result read = MHD_post_process(post, body_text(request->body),
                                          (size_t)body_size(request->body));
  enum MHD_Result ended = MHD_destroy_post_processor(post);
  return read == MHD_YES && ended == MHD_YES && !form->too_long;
}

/* --- the page --- */

static void reply_page(request_t *request, unsigned status,
                       const char *failure) {
  const asset_t *page = asset_find("web/login.html");
  sqlite3_str *html = sqlite3_str_new(NULL);
  const char *data = (const char *)page->data;
  const char *place =
      memmem(data, page->size, PLACEHOLDER, strlen(PLACEHOLDER));
  if (place == NULL || failure == NULL) {
    sqlite3_str_append(html, data, (int)page->size);
  } else {
    const char *rest = place + strlen(PLACEHOLDER);
    sqlite3_str_append(html, data, (int)(place - data));
    sqlite3_str_appendf(html, "<p class=\"alert\" role=\"alert\">%s</p>",
                        failure);
    sqlite3_str_append(html, rest, (int)(data + page->size - rest));
  }
  int length = sqlite3_str_length(html);
  request_reply_text(request, status, page->type, sqlite3_str_finish(html),
                     (size_t)length);
}

void login_page(request_t *request) { reply_page(request, MHD_HTTP_OK, NULL); }

/* --- the form --- */

/* Who sent the form from a page sees a page again. */
static void refuse(request_t *request, unsigned status, const char *failure) {
  const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);
  if (accept != NULL && strstr(accept, "text/html") != NULL)
    reply_page(request, status, failure);
  else
    request_reply_error(request, status, "%s", failure);
}

/* The reply of the throttle, as a page. */
static void refuse_for_now(request_t *request) {
  char failure[96] = "";
  const char *seconds =
      MHD_get_response_header(request->response, MHD_HTTP_HEADER_RETRY_AFTER);
  char wait[24] = "";
  snprintf(wait, sizeof(wait), "%s", seconds);
  snprintf(failure, sizeof(failure),
           "Too many failed logins: try again in %s s.", wait);
  MHD_destroy_response(request->response);
  refuse(request, MHD_HTTP_TOO_MANY_REQUESTS, failure);
  request_add_header(request, MHD_HTTP_HEADER_RETRY_AFTER, wait);
}

/* A session that the browser had ends: no token outlives a login. */
static void close_former(const request_t *request) {
  const char *token = MHD_lookup_connection_value(
      request->connection, MHD_COOKIE_KIND, ACCESS_COOKIE);
  if (token != NULL)
    session_close(request->app->sessions, token);
}

static void set_cookie(request_t *request, const char *token,
                       const char *more) {
  char cookie[sizeof(ACCESS_COOKIE) + SESSION_TOKEN_SIZE + 64] = "";
  snprintf(cookie, sizeof(cookie),
           ACCESS_COOKIE "=%s; HttpOnly; SameSite=Strict%s%s", token,
           access_is_secure(request) ? "; Secure" : "", more);
  request_add_header(request, MHD_HTTP_HEADER_SET_COOKIE, cookie);
  explicit_bzero(cookie, sizeof(cookie));
}

static void log_in(request_t *request, const char *name, uint64_t stamp) {
  char token[SESSION_TOKEN_SIZE] = "";
  close_former(request);
  if (session_open(request->app->sessions, name, stamp, monotonic_ms(),
                   token) != 0) {
    refuse(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
           "The system gives no random numbers.");
    return;
  }
  strcpy(request->user, name);
  request_reply_redirect(request, "./");
  set_cookie(request, token, "");
  explicit_bzero(token, sizeof(token));
}

void login_submit(request_t *request) {
  form_t form = {0};
  uint64_t stamp = 0;
  if (!read_form(request, &form) || form.name[0] == '\0') {
    refuse(request, MHD_HTTP_BAD_REQUEST,
           "Expected a form with username and password.");
  } else {
    switch (access_password(request, form.name, form.password, &stamp)) {
    case ACCESS_GRANTED:
      log_in(request, form.name, stamp);
      break;
    case ACCESS_ANSWERED:
      refuse_for_now(request);
      break;
    default:
      refuse(request, MHD_HTTP_UNAUTHORIZED,
             "The name or the password is wrong.");
    }
  }
  explicit_bzero(&form, sizeof(form));
}

void login_out(request_t *request) {
  close_former(request);
  request_reply_redirect(request, "login");
  set_cookie(request, "", "; Max-Age=0");
}

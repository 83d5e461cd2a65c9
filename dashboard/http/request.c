/* SPDX-License-Identifier: MIT */
/*
 * request.c -- see request.h
 */
#include "dashboard/http/request.h"

#include "dashboard/json.h"
#include "dashboard/text.h"
#include "plugin/storage/utf8.h"

#include <stdarg.h>
#include <string.h>

/* --- reading --- */

const char *request_query(const request_t *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND,
                                     name);
}

const char *request_header(const request_t *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                     name);
}

bool request_integer(request_t *request, const char *name, int64_t min,
                     int64_t max, int64_t otherwise, int64_t *value) {
  const char *text = request_query(request, name);
  *value = otherwise;
  if (text == NULL || *text == '\0' || text_to_integer(text, min, max, value))
    return true;
  request_reply_error(request, MHD_HTTP_BAD_REQUEST,
                      "%s: expected a whole number from %lld to %lld", name,
                      (long long)min, (long long)max);
  return false;
}

bool request_text(request_t *request, const char *name, const char **text) {
  size_t length = 0;
  *text = NULL;
  /* with its length: there may be a NUL in it */
  if (MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND,
                                    name, strlen(name), text,
                                    &length) != MHD_YES ||
      length == 0) {
    *text = NULL;
    return true;
  }
  if (text_is_utf8(*text, length))
    return true;
  request_reply_error(request, MHD_HTTP_BAD_REQUEST, "%s: expected UTF-8",
                      name);
  return false;
}

/* --- replying --- */

/* Scripts, styles and data come from ourselves alone, and nobody may frame the
 * page. Not no-referrer: browsers would then send "Origin: null" with the login
 * form. */
static const struct {
  const char *name;
  const char *value;
} security_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; "
     "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
     "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

void request_reply_response(request_t *request, unsigned status,
                            struct MHD_Response *response) {
  request->response = response;
  request->status = status;
  if (response == NULL)
    return; /* the connection is closed */
  for (size_t i = 0; i < sizeof(security_headers) / sizeof(*security_headers);
       i++)
    MHD_add_response_header(response, security_headers[i].name,
                            security_headers[i].value);
}

void request_add_header(request_t *request, const char *name,
                        const char *value) {
  if (request->response != NULL)
    MHD_add_response_header(request->response, name, value);
}

void request_reply_text(request_t *request, unsigned status, const char *type,
                        char *text, size_t length) {
  if (text == NULL) {
    request_reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "out of memory: ask for less");
    return;
  }
  struct MHD_Response *response =
      MHD_create_response_from_buffer_with_free_callback(length, text,
                                                         sqlite3_free);
  if (response == NULL)
    sqlite3_free(text);
  request_reply_response(request, status, response);
  request_add_header(request, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  request_add_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

void request_reply_json(request_t *request, unsigned status, char *text) {
  size_t length = text == NULL ? 0 : strlen(text);
  /* A database may hold anything, and SQLite quotes it in its errors. */
  if (text != NULL)
    text_make_utf8(text, length);
  request_reply_text(request, status, "application/json", text, length);
}

void request_reply_str(request_t *request, unsigned status, sqlite3_str *json) {
  request_reply_json(request, status, sqlite3_str_finish(json));
}

void request_reply_error(request_t *request, unsigned status,
                         const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *message = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  sqlite3_str *json = sqlite3_str_new(NULL);
  sqlite3_str_appendall(json, "{\"error\":");
  json_text(json, message == NULL ? "out of memory" : message);
  sqlite3_str_appendall(json, "}\n");
  sqlite3_free(message);
  char *text = sqlite3_str_finish(json);
  if (text == NULL)
    request_reply_response(request, status, NULL);
  else
    request_reply_json(request, status, text);
}

void request_reply_redirect(request_t *request, const char *location) {
  request_reply_response(
      request, MHD_HTTP_SEE_OTHER,
      MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT));
  request_add_header(request, MHD_HTTP_HEADER_LOCATION, location);
  request_add_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

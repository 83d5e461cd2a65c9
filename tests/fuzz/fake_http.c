/* SPDX-License-Identifier: MIT */
/*
 * fake_http.c -- see fake_http.h
 */
#include "tests/fuzz/fake_http.h"

#include "dashboard/http/request.h"
#include "dashboard/routes.h"
#include "plugin/storage/clock.h"
#include "plugin/storage/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ARGUMENTS_MAX 16

struct MHD_Connection {
  size_t arguments_num;
  struct {
    char *name;
    char *value;
    size_t length;
  } arguments[ARGUMENTS_MAX];
};

struct MHD_Response {
  char *text;
  size_t length;
  MHD_ContentReaderFreeCallback release;
  bool json;
};

/* --- what libmicrohttpd would do --- */

enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *connection,
                                              enum MHD_ValueKind kind,
                                              const char *key, size_t key_size,
                                              const char **value,
                                              size_t *value_size) {
  for (size_t i = 0; i < connection->arguments_num; i++) {
    if (kind != MHD_GET_ARGUMENT_KIND ||
        strlen(connection->arguments[i].name) != key_size ||
        memcmp(connection->arguments[i].name, key, key_size) != 0)
      continue;
    *value = connection->arguments[i].value;
    if (value_size != NULL)
      *value_size = connection->arguments[i].length;
    return MHD_YES;
  }
  return MHD_NO;
}

const char *MHD_lookup_connection_value(struct MHD_Connection *connection,
                                        enum MHD_ValueKind kind,
                                        const char *key) {
  const char *value = NULL;
  MHD_lookup_connection_value_n(connection, kind, key, strlen(key), &value,
                                NULL);
  return value;
}

struct MHD_Response *MHD_create_response_from_buffer_with_free_callback(
    size_t size, void *buffer, MHD_ContentReaderFreeCallback release) {
  struct MHD_Response *response = calloc(1, sizeof(*response));
  REQUIRE(response != NULL);
  *response =
      (struct MHD_Response){.text = buffer, .length = size, .release = release};
  return response;
}

struct MHD_Response *
MHD_create_response_from_buffer(size_t size, void *buffer,
                                enum MHD_ResponseMemoryMode mode) {
  REQUIRE(mode == MHD_RESPMEM_PERSISTENT);
  return MHD_create_response_from_buffer_with_free_callback(size, buffer, NULL);
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *response,
                                        const char *header,
                                        const char *content) {
  /* what libmicrohttpd refuses, and then the header is missing */
  REQUIRE(strpbrk(content, "\r\n") == NULL);
  if (strcasecmp(header, MHD_HTTP_HEADER_CONTENT_TYPE) == 0)
    response->json = strcmp(content, "application/json") == 0;
  return MHD_YES;
}

void MHD_destroy_response(struct MHD_Response *response) {
  if (response->release != NULL)
    response->release(response->text);
  free(response);
}

/* --- the line --- */

static int digit(char c) {
  return isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* In place; the length. */
static size_t decode(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    if (*from == '%' && isxdigit((unsigned char)from[1]) &&
        isxdigit((unsigned char)from[2])) {
      *to++ = (char)(digit(from[1]) * 16 + digit(from[2]));
      from += 2;
    } else
      *to++ = *from == '+' ? ' ' : *from;
  }
  *to = '\0';
  return (size_t)(to - text);
}

static void read_arguments(struct MHD_Connection *connection, char *query) {
  for (char *part; connection->arguments_num < ARGUMENTS_MAX &&
                   (part = strsep(&query, "&")) != NULL;) {
    char *value = strchr(part, '=');
    if (value == NULL)
      continue;
    *value++ = '\0';
    decode(part);
    size_t i = connection->arguments_num++;
    connection->arguments[i].name = part;
    connection->arguments[i].value = value;
    connection->arguments[i].length = decode(value);
  }
}

/* --- the reply --- */

static void check_json(const struct MHD_Response *response) {
  static sqlite3 *db;
  static sqlite3_stmt *statement;
  if (statement == NULL)
    REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK &&
            sqlite3_prepare_v2(db, "SELECT json_valid(?1)", -1, &statement,
                               NULL) == SQLITE_OK);
  REQUIRE(text_is_utf8(response->text, response->length));
  sqlite3_bind_text(statement, 1, response->text, (int)response->length,
                    SQLITE_STATIC);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  if (sqlite3_column_int(statement, 0) == 0)
    fprintf(stderr, "no JSON: %.*s\n", (int)response->length, response->text);
  REQUIRE(sqlite3_column_int(statement, 0) == 1);
  sqlite3_reset(statement);
}

static void call(request_t *request) {
  const route_t *route = request->route;
  route->handler(request);
  REQUIRE(request->response != NULL);
  REQUIRE(request->status >= 200 && request->status < 600);
  if (request->response->json)
    check_json(request->response);
  MHD_destroy_response(request->response);
}

void fake_http(app_t *app, const char *line) {
  char *copy = strdup(line), *rest = copy;
  REQUIRE(copy != NULL);
  const char *method = strsep(&rest, " ");
  char *uri = strsep(&rest, " ");
  struct MHD_Connection connection = {0};
  request_t request = {.app = app,
                       .connection = &connection,
                       .began_at = monotonic_ms(),
                       .method = method,
                       .user = "ann"};
  char allow[64] = "";
  if (uri != NULL) {
    request.uri = uri;
    request.path = strsep(&uri, "?");
    read_arguments(&connection, uri);
    request.route = route_find(routes, routes_num, method, request.path,
                               &request.id, allow);
  }
  /* The others look at more of a request: fuzz_http.c */
  if (request.route != NULL && request.route->access == ACCESS_USER) {
    request.body = body_create();
    REQUIRE(request.body != NULL);
    if (rest != NULL)
      body_append(request.body, rest, strlen(rest));
    call(&request);
    body_destroy(request.body);
  }
  free(copy);
}

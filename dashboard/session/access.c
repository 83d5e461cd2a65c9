/* SPDX-License-Identifier: MIT */
/*
 * access.c -- see access.h
 */
#include "dashboard/session/access.h"

#include "dashboard/log.h"
#include "dashboard/session/basic.h"
#include "plugin/storage/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* --- where from --- */

static const struct sockaddr *peer_of(const request_t *request) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(
      request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == NULL ? NULL : info->client_addr;
}

static const struct in6_addr *ipv6_of(const struct sockaddr *peer) {
  if (peer == NULL || peer->sa_family != AF_INET6)
    return NULL;
  return &((const struct sockaddr_in6 *)peer)->sin6_addr;
}

/* Whether a peer comes by IPv4, on a socket for both protocols too. */
static bool ipv4_of(const struct sockaddr *peer, struct in_addr *address) {
  const struct in6_addr *in6 = ipv6_of(peer);
  if (in6 != NULL && IN6_IS_ADDR_V4MAPPED(in6))
    memcpy(address, in6->s6_addr + 12, sizeof(*address));
  else if (peer != NULL && peer->sa_family == AF_INET)
    *address = ((const struct sockaddr_in *)peer)->sin_addr;
  else
    return false;
  return true;
}

static bool is_loopback(const struct sockaddr *peer) {
  struct in_addr in;
  if (ipv4_of(peer, &in))
    return ntohl(in.s_addr) >> 24 == 127;
  const struct in6_addr *in6 = ipv6_of(peer);
  return in6 != NULL && IN6_IS_ADDR_LOOPBACK(in6);
}

/* The last of a list: the others are what the client claimed itself. */
static const char *last_of(const char *list) {
  const char *comma = strrchr(list, ',');
  const char *last = comma == NULL ? list : comma + 1;
  return last + strspn(last, " ");
}

void access_address(const request_t *request,
                    char address[ACCESS_ADDRESS_SIZE]) {
  const struct sockaddr *peer = peer_of(request);
  const char *forwarded = request_header(request, "X-Forwarded-For");
  struct in_addr in;
  address[0] = '\0';
  if (forwarded != NULL && is_loopback(peer))
    snprintf(address, ACCESS_ADDRESS_SIZE, "%s", last_of(forwarded));
  else if (ipv4_of(peer, &in))
    inet_ntop(AF_INET, &in, address, ACCESS_ADDRESS_SIZE);
  else if (ipv6_of(peer) != NULL)
    inet_ntop(AF_INET6, ipv6_of(peer), address, ACCESS_ADDRESS_SIZE);
}

bool access_is_secure(const request_t *request) {
  const char *scheme = request_header(request, "X-Forwarded-Proto");
  return request->app->tls ||
         (scheme != NULL && is_loopback(peer_of(request)) &&
          strcmp(last_of(scheme), "https") == 0);
}

/* --- who --- */

static bool by_cookie(request_t *request) {
  const app_t *app = request->app;
  const char *token = MHD_lookup_connection_value(
      request->connection, MHD_COOKIE_KIND, ACCESS_COOKIE);
  uint64_t stamp = 0;
  if (token == NULL || !session_find(app->sessions, token, monotonic_ms(),
                                     request->user, &stamp))
    return false;
  /* Since removed, or with another password? */
  if (users_stamp(app->users, request->user) == stamp)
    return true;
  session_close(app->sessions, token);
  request->user[0] = '\0';
  return false;
}

/* false: nothing, or nothing that could be right. */
static bool read_basic(const request_t *request, basic_t *basic) {
  return basic_read(request_header(request, MHD_HTTP_HEADER_AUTHORIZATION),
                    basic);
}

access_t access_check(request_t *request) {
  const app_t *app = request->app;
  if (by_cookie(request))
    return ACCESS_GRANTED;
  basic_t basic;
  if (!read_basic(request, &basic))
    return ACCESS_REFUSED;
  access_t access = ACCESS_UNKNOWN;
  uint64_t stamp = users_stamp(app->users, basic.name);
  /* for unknown names too, whose stamp nobody's password was ever remembered
   * with: it must not take less */
  if (credentials_known(app->credentials, basic.name, basic.password, stamp,
                        monotonic_ms())) {
    strcpy(request->user, basic.name);
    access = ACCESS_GRANTED;
  }
  basic_wipe(&basic);
  return access;
}

/* Who has one IPv6 address has a network of them, 2^64. */
static void throttle_key(const char *address, char key[ACCESS_ADDRESS_SIZE]) {
  struct in6_addr in6;
  snprintf(key, ACCESS_ADDRESS_SIZE, "%s", address);
  if (inet_pton(AF_INET6, address, &in6) != 1 || IN6_IS_ADDR_V4MAPPED(&in6))
    return;
  memset(in6.s6_addr + 8, 0, 8);
  inet_ntop(AF_INET6, &in6, key, ACCESS_ADDRESS_SIZE);
}

/* An unknown name is perhaps a password in the wrong field. Tries that have to
 * wait are not told of: their number is not bounded by what a hash costs. */
static void log_login(const char *address, const char *name, bool known,
                      bool right) {
  log_line("%s of %s from %s", right ? "login" : "failed login",
           known ? name : "an unknown name", address);
}

static void reply_wait(request_t *request, int64_t wait) {
  char seconds[24] = "";
  snprintf(seconds, sizeof(seconds), "%lld", (long long)(wait + 999) / 1000);
  request_reply_error(request, MHD_HTTP_TOO_MANY_REQUESTS,
                      "too many failed logins: try again in %s s", seconds);
  request_add_header(request, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

access_t access_password(request_t *request, const char *name,
                         const char *password, uint64_t *stamp) {
  const app_t *app = request->app;
  char address[ACCESS_ADDRESS_SIZE] = "";
  char key[ACCESS_ADDRESS_SIZE] = "";
  access_address(request, address);
  throttle_key(address, key);
  int64_t wait = throttle_try(app->throttle, key, name, monotonic_ms());
  if (wait > 0) {
    reply_wait(request, wait);
    return ACCESS_ANSWERED;
  }
  user_t user;
  bool known = users_find(app->users, name, &user);
  bool right = password_matches(password, user.hash) && known;
  explicit_bzero(user.hash, sizeof(user.hash));
  log_login(address, name, known, right);
  if (!right)
    return ACCESS_REFUSED;
  throttle_forgive(app->throttle, key, name);
  *stamp = user.stamp;
  return ACCESS_GRANTED;
}

access_t access_verify(request_t *request) {
  const app_t *app = request->app;
  basic_t basic;
  if (!read_basic(request, &basic))
    return ACCESS_REFUSED;
  uint64_t stamp = 0;
  access_t access =
      access_password(request, basic.name, basic.password, &stamp);
  if (access == ACCESS_GRANTED) {
    strcpy(request->user, basic.name);
    credentials_remember(app->credentials, basic.name, basic.password, stamp,
                         monotonic_ms());
  }
  basic_wipe(&basic);
  return access;
}

void access_reply_refused(request_t *request) {
  bool page = request_header(request, "Sec-Fetch-Site") != NULL ||
              request_header(request, "X-Requested-With") != NULL ||
              request_header(request, MHD_HTTP_HEADER_COOKIE) != NULL;
  request_reply_error(request, MHD_HTTP_UNAUTHORIZED,
                      "log in first, or give a name and its password by HTTP "
                      "Basic");
  if (!page)
    request_add_header(request, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                       "Basic realm=\"anomaly-dashboard\", charset=\"UTF-8\"");
}

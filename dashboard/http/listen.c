/* SPDX-License-Identifier: MIT */
/*
 * listen.c -- see listen.h
 */
#include "dashboard/http/listen.h"

#include "dashboard/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILE_MAX (1 << 20)

/* Splits "host:port"; an empty host is NULL. Frees nothing: both point into
 * `text`, which is changed. */
static bool split(char *text, char **host, char **port) {
  char *colon = strrchr(text, ':');
  if (colon == NULL || colon[1] == '\0')
    return false;
  *colon = '\0';
  *port = colon + 1;
  *host = *text == '\0' ? NULL : text;
  size_t length = strlen(text);
  if (*text == '[' && length > 1 && text[length - 1] == ']') {
    text[length - 1] = '\0';
    *host = text + 1;
  }
  return true;
}

static int open_one(const struct addrinfo *info) {
  int one = 1;
  int zero = 0;
  int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (info->ai_family == AF_INET6) /* "[::]" is for IPv4 too */
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
  if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
      listen(fd, SOMAXCONN) == 0)
    return fd;
  int why = errno;
  close(fd);
  errno = why;
  return -1;
}

/* The first address of a list that can be listened on, of one family alone
 * unless it is AF_UNSPEC. */
static int open_first(const struct addrinfo *found, int family) {
  int fd = -1;
  for (; found != NULL && fd < 0; found = found->ai_next)
    if (family == AF_UNSPEC || found->ai_family == family)
      fd = open_one(found);
  return fd;
}

static int open_any(const char *address, const char *host, const char *port) {
  const struct addrinfo hints = {.ai_flags = AI_PASSIVE,
                                 .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  int code = getaddrinfo(host, port, &hints, &found);
  if (code != 0) {
    log_line("--listen %s: %s: give ADDRESS:PORT, such as 127.0.0.1:8080",
             address, gai_strerror(code));
    return -1;
  }
  /* all addresses are those of both protocols, where there is IPv6 */
  int fd = host == NULL ? open_first(found, AF_INET6) : -1;
  if (fd < 0)
    fd = open_first(found, AF_UNSPEC);
  if (fd < 0)
    log_line("--listen %s: %s: end what listens there, or give another port",
             address, strerror(errno));
  freeaddrinfo(found);
  return fd;
}

int listen_open(const char *address) {
  char *host = NULL;
  char *port = NULL;
  char *copy = strdup(address);
  int fd = -1;
  if (copy != NULL && split(copy, &host, &port))
    fd = open_any(address, host, port);
  else
    log_line("--listen %s: give ADDRESS:PORT, such as 127.0.0.1:8080", address);
  free(copy);
  return fd;
}

void listen_announce(int listening, bool tls) {
  struct sockaddr_storage bound;
  socklen_t size = sizeof(bound);
  char host[64] = "";
  char port[16] = "";
  if (getsockname(listening, (struct sockaddr *)&bound, &size) != 0 ||
      getnameinfo((struct sockaddr *)&bound, size, host, sizeof(host), port,
                  sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  bool six = bound.ss_family == AF_INET6;
  log_line("listening on %s://%s%s%s:%s/", tls ? "https" : "http",
           six ? "[" : "", host, six ? "]" : "", port);
}

char *listen_read_file(const char *path) {
  char *text = calloc(1, FILE_MAX + 1);
  FILE *file = fopen(path, "re");
  if (text == NULL || file == NULL)
    goto fail;
  size_t length = fread(text, 1, FILE_MAX, file);
  if (ferror(file) || length == 0)
    goto fail;
  fclose(file);
  return text;

fail:
  log_line("%s: %s: give a PEM file that the dashboard may read", path,
           errno != 0 ? strerror(errno) : "it is empty");
  if (file != NULL)
    fclose(file);
  free(text);
  return NULL;
}

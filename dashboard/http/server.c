/* SPDX-License-Identifier: MIT */
/*
 * server.c -- starts and stops libmicrohttpd's threads and ours
 */
#include "dashboard/http/server.h"

#include "dashboard/http/dispatch.h"
#include "dashboard/http/listen.h"
#include "dashboard/log.h"
#include "plugin/storage/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CONNECTION_TIMEOUT 30 /* seconds without a byte */
#define CONNECTION_MEMORY (64u << 10)

/* Of GnuTLS: no TLS before 1.2, nothing without forward secrecy, only ciphers
 * that authenticate what they encrypt. */
#define TLS_PRIORITIES                                                         \
  "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:"            \
  "+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:%SERVER_PRECEDENCE"

#define PASSWORD_WORKERS 2
#define LONG_WORKERS 2
#define FILES_MAX 4096

static void on_message(void *context, const char *format, va_list arguments) {
  char message[512] = "";
  const server_t *server = context;
  if (!server->app->verbose)
    return;
  vsnprintf(message, sizeof(message), format, arguments);
  message[strcspn(message, "\n")] = '\0';
  log_line("%s", message);
}

static unsigned processors(void) {
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online < 2 ? 2 : online > 8 ? 8 : (unsigned)online;
}

static struct MHD_Daemon *start_daemon(server_t *server, int listening) {
  bool tls = server->certificate != NULL;
  const struct MHD_OptionItem options[] = {
      /* the logger first: it tells what is wrong with the others */
      {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_message, server},
      {MHD_OPTION_LISTEN_SOCKET, listening, NULL},
      {MHD_OPTION_THREAD_POOL_SIZE, processors(), NULL},
      {MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL},
      {MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT, NULL},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
      {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)dispatch_uri, server},
      {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)dispatch_completed, server},
      {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connections_notify,
       server->connections},
      {tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0,
       server->certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES},
      {MHD_OPTION_END, 0, NULL},
  };
  return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
                              MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                              MHD_USE_ITC | (tls ? MHD_USE_TLS : 0),
                          0, NULL, NULL, dispatch_request, server,
                          MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static bool start_workers(server_t *server) {
  const size_t threads[ROUTE_RUNS] = {
      [RUN_QUERY] = processors(),
      [RUN_PASSWORD] = PASSWORD_WORKERS,
      [RUN_LONG] = LONG_WORKERS,
  };
  for (size_t i = RUN_QUERY; i < ROUTE_RUNS; i++) {
    server->workers[i] = work_create(threads[i], dispatch_job);
    if (server->workers[i] == NULL) {
      log_line("cannot start threads: free some memory");
      return false;
    }
  }
  return true;
}

/* A connection each, some for what uploads and queries open. */
static void allow_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  rlim_t wanted = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
  if (limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static bool read_tls(server_t *server, const options_t *options) {
  if (options->tls_certificate == NULL)
    return true;
  server->certificate = listen_read_file(options->tls_certificate);
  server->key = listen_read_file(options->tls_key);
  return server->certificate != NULL && server->key != NULL;
}

/* The workers end first, since no connection may be suspended when the daemon
 * stops; they are freed last, since until then it may have jobs for them. */
static void destroy(server_t *server) {
  for (size_t i = 0; i < ROUTE_RUNS; i++)
    work_stop(server->workers[i]);
  if (server->daemon != NULL)
    MHD_stop_daemon(server->daemon);
  connections_destroy(server->connections);
  for (size_t i = 0; i < ROUTE_RUNS; i++)
    work_destroy(server->workers[i]);
  if (server->key != NULL)
    explicit_bzero(server->key, strlen(server->key));
  free(server->key);
  free(server->certificate);
  free(server);
}

server_t *server_start(app_t *app, const route_t *routes, size_t routes_num,
                       const options_t *options) {
  server_t *server = calloc(1, sizeof(*server));
  if (server == NULL)
    return NULL;
  server->app = app;
  server->routes = routes;
  server->routes_num = routes_num;
  int listening = -1;
  server->connections = connections_create();
  if (server->connections == NULL || !read_tls(server, options))
    goto fail;
  allow_files();
  listening = listen_open(options->listen);
  if (listening < 0 || !start_workers(server))
    goto fail;
  server->daemon = start_daemon(server, listening);
  if (server->daemon == NULL) {
    log_line("cannot start the server: are certificate and key of one another? "
             "--verbose says more");
    goto fail;
  }
  listen_announce(listening, app->tls);
  return server;

fail:
  if (listening >= 0)
    close(listening);
  destroy(server);
  return NULL;
}

void server_stop(server_t *server, int seconds) {
  int listening = MHD_quiesce_daemon(server->daemon);
  int64_t give_up_at = monotonic_ms() + seconds * INT64_C(1000);
  while (atomic_load(&server->under_way) > 0 && monotonic_ms() < give_up_at)
    usleep(10000);
  if (listening >= 0)
    close(listening);
  destroy(server);
}

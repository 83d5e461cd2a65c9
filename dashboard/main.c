/* SPDX-License-Identifier: MIT */
/*
 * main.c -- anomaly-dashboard: what collectd's plugin anomaly has judged, in a
 * browser
 */
#include "config.h"

#include "dashboard/http/server.h"
#include "dashboard/log.h"
#include "dashboard/options.h"
#include "dashboard/routes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXIT_COMPLAINED 2

/* For the requests under way when the server is told to end. */
#define STOP_SECONDS 20

/* --- users --- */

static int set_password(const options_t *options) {
  char password[PASSWORD_MAX + 1] = "";
  char hash[PASSWORD_HASH_SIZE] = "";
  if (!user_name_valid(options->name)) {
    log_line("a name has 1 to %d bytes of UTF-8 without ':' and control "
             "characters",
             USER_NAME_SIZE - 1);
    return -1;
  }
  if (password_read(options->name, password) != 0)
    return -1;
  int status = password_hash(password, hash);
  explicit_bzero(password, sizeof(password));
  if (status != 0)
    log_line("cannot hash the password: %s", strerror(errno));
  else
    status = users_set(options->users, options->name, hash);
  explicit_bzero(hash, sizeof(hash));
  return status;
}

/* --- serving --- */

static void app_free(app_t *app) {
  cache_destroy(app->cache);
  live_destroy(app->live);
  credentials_destroy(app->credentials);
  throttle_destroy(app->throttle);
  sessions_destroy(app->sessions);
  users_destroy(app->users);
}

static int app_make(app_t *app, const options_t *options) {
  app->database = options->database;
  app->tls = options->tls_certificate != NULL;
  app->verbose = options->verbose;
  app->users = users_create(options->users);
  if (app->users == NULL)
    return -1;
  if (users_num(app->users) == 0) {
    log_line("%s: there are no users yet; add one first: anomaly-dashboard "
             "--users %s --set-password NAME",
             options->users, options->users);
    return -1;
  }
  app->sessions = sessions_create();
  app->throttle = throttle_create();
  app->credentials = credentials_create();
  app->live = live_create(options->database);
  app->cache = cache_create();
  if (app->sessions != NULL && app->throttle != NULL &&
      app->credentials != NULL && app->live != NULL && app->cache != NULL)
    return 0;
  log_line("out of memory");
  return -1;
}

/* Signals are for main() alone: blocked before there are other threads. */
static void block_signals(sigset_t *stops) {
  sigemptyset(stops);
  sigaddset(stops, SIGTERM);
  sigaddset(stops, SIGINT);
  pthread_sigmask(SIG_BLOCK, stops, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static int serve(const options_t *options) {
  app_t app = {0};
  sigset_t stops;
  int received = 0;
  int status = -1;
  block_signals(&stops);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* it is a lock for all threads */
  umask(0007); /* what is made beside the database is for its group too */
  if (app_make(&app, options) != 0)
    goto end;
  server_t *server = server_start(&app, routes, routes_num, options);
  if (server == NULL)
    goto end;
  while (sigwait(&stops, &received) != 0)
    ;
  log_line("finishing what is under way");
  server_stop(server, STOP_SECONDS);
  status = 0;
end:
  app_free(&app);
  return status;
}

int main(int argc, char **argv) {
  options_t options;
  int status = -1;
  switch (options_parse(&options, argc, argv)) {
  case OPTIONS_SERVE:
    status = serve(&options);
    break;
  case OPTIONS_SET_PASSWORD:
    status = set_password(&options);
    break;
  case OPTIONS_LIST_USERS:
    status = users_list(options.users);
    break;
  case OPTIONS_REMOVE_USER:
    status = users_remove(options.users, options.name);
    break;
  case OPTIONS_DONE:
    status = 0;
    break;
  case OPTIONS_WRONG:
    break;
  }
  return status == 0 ? EXIT_SUCCESS : EXIT_COMPLAINED;
}

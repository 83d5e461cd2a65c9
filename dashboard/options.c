/* SPDX-License-Identifier: MIT */
/*
 * options.c -- see options.h
 */
#include "config.h"

#include "dashboard/options.h"

#include "dashboard/log.h"

#include <getopt.h>
#include <stdio.h>

enum {
  KEY_DATABASE = 256, /* beyond any character: there are no short options */
  KEY_USERS,
  KEY_LISTEN,
  KEY_TLS_CERTIFICATE,
  KEY_TLS_KEY,
  KEY_VERBOSE,
  KEY_SET_PASSWORD,
  KEY_LIST_USERS,
  KEY_REMOVE_USER,
  KEY_HELP,
  KEY_VERSION,
};

static const struct option table[] = {
    {"database", required_argument, NULL, KEY_DATABASE},
    {"users", required_argument, NULL, KEY_USERS},
    {"listen", required_argument, NULL, KEY_LISTEN},
    {"tls-certificate", required_argument, NULL, KEY_TLS_CERTIFICATE},
    {"tls-key", required_argument, NULL, KEY_TLS_KEY},
    {"verbose", no_argument, NULL, KEY_VERBOSE},
    {"set-password", required_argument, NULL, KEY_SET_PASSWORD},
    {"list-users", no_argument, NULL, KEY_LIST_USERS},
    {"remove-user", required_argument, NULL, KEY_REMOVE_USER},
    {"help", no_argument, NULL, KEY_HELP},
    {"version", no_argument, NULL, KEY_VERSION},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: anomaly-dashboard --database FILE --users FILE [options]\n"
    "       anomaly-dashboard --users FILE --set-password NAME\n"
    "\n"
    "Shows what collectd's plugin anomaly has judged, in a browser.\n"
    "\n"
    "  --database FILE         that the plugin writes\n"
    "  --users FILE            who may log in\n"
    "  --listen ADDRESS:PORT   (127.0.0.1:8080)\n"
    "  --tls-certificate FILE  serve HTTPS: certificate chain and\n"
    "  --tls-key FILE          its key, both PEM\n"
    "  --verbose               log each request\n"
    "The users file:\n"
    "  --set-password NAME     add a user or change the password, asked on "
    "the\n"
    "                          terminal, else read from standard input\n"
    "  --list-users, --remove-user NAME\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "Examples: man anomaly-dashboard\n";

static options_action_t parse_option(options_t *options, int key,
                                     char *argument) {
  switch (key) {
  case KEY_DATABASE:
    options->database = argument;
    return OPTIONS_SERVE;
  case KEY_USERS:
    options->users = argument;
    return OPTIONS_SERVE;
  case KEY_LISTEN:
    options->listen = argument;
    return OPTIONS_SERVE;
  case KEY_TLS_CERTIFICATE:
    options->tls_certificate = argument;
    return OPTIONS_SERVE;
  case KEY_TLS_KEY:
    options->tls_key = argument;
    return OPTIONS_SERVE;
  case KEY_VERBOSE:
    options->verbose = true;
    return OPTIONS_SERVE;
  case KEY_SET_PASSWORD:
    options->name = argument;
    return OPTIONS_SET_PASSWORD;
  case KEY_LIST_USERS:
    return OPTIONS_LIST_USERS;
  case KEY_REMOVE_USER:
    options->name = argument;
    return OPTIONS_REMOVE_USER;
  case KEY_HELP:
    fputs(help, stdout);
    return OPTIONS_DONE;
  case KEY_VERSION:
    puts("anomaly-dashboard " PACKAGE_VERSION);
    return OPTIONS_DONE;
  case ':':
    log_line("%s: its argument is missing: see --help", argument);
    return OPTIONS_WRONG;
  default:
    log_line("%s: there is no such option: see --help", argument);
    return OPTIONS_WRONG;
  }
}

/* What an action cannot do without. */
static options_action_t check(const options_t *options,
                              options_action_t action) {
  if (options->users == NULL) {
    log_line("--users FILE is missing: see --help");
    return OPTIONS_WRONG;
  }
  if (action == OPTIONS_SERVE && options->database == NULL) {
    log_line("--database FILE is missing: see --help");
    return OPTIONS_WRONG;
  }
  if ((options->tls_certificate == NULL) != (options->tls_key == NULL)) {
    log_line("--tls-certificate and --tls-key go together: give both");
    return OPTIONS_WRONG;
  }
  return action;
}

options_action_t options_parse(options_t *options, int argc, char **argv) {
  options_action_t action = OPTIONS_SERVE;
  *options = (options_t){.listen = "127.0.0.1:8080"};
  opterr = 0; /* our own line says it */
  for (int key; (key = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
    bool wrong = key == '?' || key == ':';
    options_action_t wanted =
        parse_option(options, key, wrong ? argv[optind - 1] : optarg);
    if (wanted == OPTIONS_DONE || wanted == OPTIONS_WRONG)
      return wanted;
    if (wanted != OPTIONS_SERVE)
      action = wanted;
  }
  if (optind < argc) {
    log_line("%s: there are no arguments but options: see --help",
             argv[optind]);
    return OPTIONS_WRONG;
  }
  return check(options, action);
}

/* SPDX-License-Identifier: MIT */
/*
 * options.h -- the command line
 */
#ifndef ANOMALY_DASHBOARD_OPTIONS_H
#define ANOMALY_DASHBOARD_OPTIONS_H

#include <stdbool.h>

typedef enum {
  OPTIONS_SERVE,
  OPTIONS_SET_PASSWORD,
  OPTIONS_LIST_USERS,
  OPTIONS_REMOVE_USER,
  OPTIONS_DONE,  /* --help or --version has been printed */
  OPTIONS_WRONG, /* after a log line */
} options_action_t;

/* Texts are those of argv. */
typedef struct {
  const char *database;
  const char *users;
  const char *listen;
  const char *tls_certificate; /* NULL: no TLS */
  const char *tls_key;
  const char *name; /* of --set-password and --remove-user */
  bool verbose;
} options_t;

options_action_t options_parse(options_t *options, int argc, char **argv);

#endif /* ANOMALY_DASHBOARD_OPTIONS_H */

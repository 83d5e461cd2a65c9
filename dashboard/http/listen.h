/* SPDX-License-Identifier: MIT */
/*
 * listen.h -- the socket, and the files of TLS
 */
#ifndef ANOMALY_DASHBOARD_LISTEN_H
#define ANOMALY_DASHBOARD_LISTEN_H

#include <stdbool.h>

/* A listening socket on "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or
 * ":8080" (all addresses); port 0 takes any that is free. -1 after a log line.
 */
int listen_open(const char *address);

/* Logs the address that a browser can be pointed at. */
void listen_announce(int listening, bool tls);

/* A whole file as a text, to be freed; NULL after a log line. */
char *listen_read_file(const char *path);

#endif /* ANOMALY_DASHBOARD_LISTEN_H */

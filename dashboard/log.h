/* SPDX-License-Identifier: MIT */
/*
 * log.h -- lines on stderr, which systemd takes to its journal
 */
#ifndef ANOMALY_DASHBOARD_LOG_H
#define ANOMALY_DASHBOARD_LOG_H

/* Writes one line, with the program's name before it. Never a password, a
 * token or a hash. Any thread. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* ANOMALY_DASHBOARD_LOG_H */

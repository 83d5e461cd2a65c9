/* SPDX-License-Identifier: MIT */
/*
 * password.h -- crypt(3) with yescrypt, and asking for a password
 */
#ifndef ANOMALY_DASHBOARD_PASSWORD_H
#define ANOMALY_DASHBOARD_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_MIN 12  /* bytes */
#define PASSWORD_MAX 511 /* bytes; crypt(3) takes no more */
#define PASSWORD_HASH_SIZE 384

/* Hashes with a salt from the kernel and yescrypt's default cost: some tens of
 * milliseconds and 16 MB. 0, or -1 with errno. */
int password_hash(const char *password, char hash[PASSWORD_HASH_SIZE]);

/* Takes as long as password_hash(). A hash of any method of crypt(3) is
 * understood; one that is not matches nothing. */
bool password_matches(const char *password, const char *hash);

/* Reads a line: from the terminal without echo and twice, or else from standard
 * input. Without its line feed. 0, or -1 after a log line. */
int password_read(const char *name, char password[PASSWORD_MAX + 1]);

#endif /* ANOMALY_DASHBOARD_PASSWORD_H */

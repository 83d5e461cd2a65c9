/* SPDX-License-Identifier: MIT */
/*
 * hosts.h -- the newest time stamp of every host, in memory
 *
 * Has no lock of its own.
 */
#ifndef ANOMALY_HOSTS_H
#define ANOMALY_HOSTS_H

#include <stddef.h>
#include <stdint.h>

/* Names come from the network: no more than so many are remembered. */
#define HOSTS_MAX 65536

/* {0} knows no host. */
typedef struct {
  void *tree; /* of tsearch(3) */
  size_t num;
} hosts_t;

/* Remembers `ts` if it is the newest of the host. Allocates once a host; when
 * memory is short or HOSTS_MAX others are known the host stays unknown. */
void hosts_note(hosts_t *hosts, const char *host, int64_t ts);

/* INT64_MIN: an unknown host. */
int64_t hosts_newest(const hosts_t *hosts, const char *host);

void hosts_clear(hosts_t *hosts);

#endif /* ANOMALY_HOSTS_H */

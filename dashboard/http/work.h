/* SPDX-License-Identifier: MIT */
/*
 * work.h -- threads for what would keep a connection's thread too long
 */
#ifndef ANOMALY_DASHBOARD_WORK_H
#define ANOMALY_DASHBOARD_WORK_H

#include <stddef.h>

/* Jobs that wait at most. */
#define WORK_WAITING_MAX 256

typedef struct work_s work_t;

/* `threads` of 1..16 threads run do_job(job), in the order of submission. NULL:
 * out of memory or of threads. */
work_t *work_create(size_t threads, void (*do_job)(void *job));

/* 0, or -1: too many wait, or it has been stopped. Any thread. */
int work_submit(work_t *work, void *job);

/* Does what waits, then ends the threads. */
void work_stop(work_t *work);

/* Stops it first, if that has not been done. */
void work_destroy(work_t *work);

#endif /* ANOMALY_DASHBOARD_WORK_H */

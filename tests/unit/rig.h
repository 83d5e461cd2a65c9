/* SPDX-License-Identifier: MIT */
/*
 * rig.h -- the plugin without its callbacks: intake, judge, storage and
 * notifier put together as module.c does, with a database of its own
 */
#ifndef ANOMALY_RIG_H
#define ANOMALY_RIG_H

#include "plugin/collectd/judge.h"
#include "plugin/collectd/notifier.h"
#include "tests/unit/fake_collectd.h"
#include "tests/unit/scratch.h"

#include "collectd/core/utils/common/common.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct {
  char directory[SCRATCH_SIZE];
  char path[96]; /* of the database */
  options_t *options;
  const detector_t **detectors;
  intake_t *intake;
  storage_t *storage;
  judge_t *judge; /* NULL after rig_stop() */
  notifier_t *notifier;
} rig_t;

/* A new directory, and all that init makes, with what stands in
 * <Plugin anomaly>. */
void rig_begin(rig_t *rig, const char *options);

/* As shutdown does; nothing is lost, or the test fails. Options and file stay,
 * and the storage, then the notifier, may be started on them again. */
void rig_stop(rig_t *rig);
void rig_start_storage(rig_t *rig);
void rig_start_notifier(rig_t *rig);

/* The whole rig once more after rig_stop(), on the file of before. */
void rig_begin_again(rig_t *rig, const char *options);

/* Of what is left when all has stopped, the directory too. */
void rig_free(rig_t *rig);

/* A storage that is started meanwhile does nothing until it is let go. */
void rig_hold_storage(bool held);

/* Waits for a millisecond. */
void rig_nap(void);

/* Reads at `now` until every frame that is closed is judged. */
void rig_read_all(rig_t *rig, cdtime_t now);

/* Waits until all that was judged has been told. */
void rig_wait_told(rig_t *rig);

/* Waits until the storage has at most `bytes` left to write. */
void rig_wait_written(rig_t *rig, size_t bytes);

/* A number that ANOMALY_... may set. */
unsigned rig_setting(const char *name, unsigned otherwise);

/* Bytes of the heap in use; 0 under sanitizers, which have their own. */
size_t rig_heap(void);

#endif /* ANOMALY_RIG_H */

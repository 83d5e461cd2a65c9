/* SPDX-License-Identifier: MIT */
/*
 * fault_vfs.h -- SQLite's view of a disk that fails on demand
 *
 * A VFS that hands every call on to the one that was the default, unless it has
 * been told to fail it. Counts the calls of all files together. Any thread.
 */
#ifndef ANOMALY_FAULT_VFS_H
#define ANOMALY_FAULT_VFS_H

#include <stdbool.h>

typedef enum {
  FAULT_OPEN,       /* SQLITE_CANTOPEN */
  FAULT_READ,       /* SQLITE_IOERR_READ */
  FAULT_SHORT_READ, /* half of what was asked for, the rest is zero */
  FAULT_WRITE,      /* SQLITE_IOERR_WRITE, after half of it was written */
  FAULT_FULL,       /* SQLITE_FULL, after half of it was written */
  FAULT_SYNC,       /* SQLITE_IOERR_FSYNC */
  FAULT_TRUNCATE,   /* SQLITE_IOERR_TRUNCATE */
  FAULT_SIZE,       /* SQLITE_IOERR_FSTAT */
  FAULT_LOCK,       /* SQLITE_IOERR_LOCK */
  FAULT_BUSY,       /* SQLITE_BUSY from a lock of the file */
  FAULT_SHM_MAP,    /* SQLITE_IOERR_SHMMAP */
  FAULT_SHM_LOCK,   /* SQLITE_IOERR_SHMLOCK */
  FAULT_SHM_BUSY,   /* SQLITE_BUSY from a lock of the shared memory */
  FAULTS,
} fault_t;

/* Makes it SQLite's default; for good. */
void fault_vfs_install(void);

const char *fault_name(fault_t fault);

/* The n-th call from now on (the first is 1) fails, and with `lasting` all that
 * follow. Replaces what was asked for before. */
void fault_arm(fault_t fault, unsigned n, bool lasting);
void fault_disarm(void);

/* Whether any call has failed since fault_arm(). */
bool fault_fired(void);

/* While held, whoever writes to a file waits. */
void fault_hold_writes(bool hold);

#endif /* ANOMALY_FAULT_VFS_H */

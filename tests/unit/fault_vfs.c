/* SPDX-License-Identifier: MIT */
/*
 * fault_vfs.c -- see fault_vfs.h; https://sqlite.org/vfs.html tells what each
 * method has to do
 */
#include "tests/unit/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

/* The real file follows in the same piece of memory. */
typedef struct {
  sqlite3_file base;
  sqlite3_file real[];
} file_t;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static struct {
  fault_t fault;
  unsigned left; /* calls until it fires; 0: not armed */
  bool lasting;
  bool fired;
  bool held;
} plan;

static const char *const names[FAULTS] = {
    [FAULT_OPEN] = "open",
    [FAULT_READ] = "read",
    [FAULT_SHORT_READ] = "short read",
    [FAULT_WRITE] = "write",
    [FAULT_FULL] = "full",
    [FAULT_SYNC] = "sync",
    [FAULT_TRUNCATE] = "truncate",
    [FAULT_SIZE] = "size",
    [FAULT_LOCK] = "lock",
    [FAULT_BUSY] = "busy",
    [FAULT_SHM_MAP] = "shm map",
    [FAULT_SHM_LOCK] = "shm lock",
    [FAULT_SHM_BUSY] = "shm busy",
};

const char *fault_name(fault_t fault) { return names[fault]; }

void fault_arm(fault_t fault, unsigned n, bool lasting) {
  pthread_mutex_lock(&lock);
  plan.fault = fault;
  plan.left = n;
  plan.lasting = lasting;
  plan.fired = false;
  pthread_mutex_unlock(&lock);
}

void fault_disarm(void) {
  pthread_mutex_lock(&lock);
  plan.left = 0;
  pthread_mutex_unlock(&lock);
}

bool fault_fired(void) {
  pthread_mutex_lock(&lock);
  bool fired = plan.fired;
  pthread_mutex_unlock(&lock);
  return fired;
}

void fault_hold_writes(bool hold) {
  pthread_mutex_lock(&lock);
  plan.held = hold;
  pthread_cond_broadcast(&released);
  pthread_mutex_unlock(&lock);
}

/* Whether this call of its kind is to fail. */
static bool fails(fault_t fault) {
  pthread_mutex_lock(&lock);
  bool now = plan.left == 1 && plan.fault == fault;
  if (now && !plan.lasting)
    plan.left = 0;
  else if (plan.left > 1 && plan.fault == fault)
    plan.left--;
  plan.fired = plan.fired || now;
  pthread_mutex_unlock(&lock);
  return now;
}

static void wait_while_held(void) {
  pthread_mutex_lock(&lock);
  while (plan.held)
    pthread_cond_wait(&released, &lock);
  pthread_mutex_unlock(&lock);
}

/* --- files --------------------------------------------------------------- */

static sqlite3_file *real_of(sqlite3_file *file) {
  return ((file_t *)file)->real;
}

#define METHOD(file, name) real_of(file)->pMethods->name

static int on_close(sqlite3_file *file) {
  return METHOD(file, xClose)(real_of(file));
}

static int on_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset) {
  if (fails(FAULT_READ))
    return SQLITE_IOERR_READ;
  int code = METHOD(file, xRead)(real_of(file), to, n, offset);
  if (code == SQLITE_OK && fails(FAULT_SHORT_READ)) {
    memset((char *)to + n / 2, 0, (size_t)(n - n / 2));
    return SQLITE_IOERR_SHORT_READ;
  }
  return code;
}

static int on_write(sqlite3_file *file, const void *from, int n,
                    sqlite3_int64 offset) {
  wait_while_held();
  bool full = fails(FAULT_FULL);
  if (!full && !fails(FAULT_WRITE))
    return METHOD(file, xWrite)(real_of(file), from, n, offset);
  METHOD(file, xWrite)(real_of(file), from, n / 2, offset);
  return full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
  return fails(FAULT_TRUNCATE) ? SQLITE_IOERR_TRUNCATE
                               : METHOD(file, xTruncate)(real_of(file), size);
}

static int on_sync(sqlite3_file *file, int flags) {
  return fails(FAULT_SYNC) ? SQLITE_IOERR_FSYNC
                           : METHOD(file, xSync)(real_of(file), flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size) {
  return fails(FAULT_SIZE) ? SQLITE_IOERR_FSTAT
                           : METHOD(file, xFileSize)(real_of(file), size);
}

static int on_lock(sqlite3_file *file, int level) {
  if (fails(FAULT_LOCK))
    return SQLITE_IOERR_LOCK;
  return fails(FAULT_BUSY) ? SQLITE_BUSY
                           : METHOD(file, xLock)(real_of(file), level);
}

static int on_unlock(sqlite3_file *file, int level) {
  return METHOD(file, xUnlock)(real_of(file), level);
}

static int on_check_lock(sqlite3_file *file, int *locked) {
  return METHOD(file, xCheckReservedLock)(real_of(file), locked);
}

static int on_control(sqlite3_file *file, int operation, void *argument) {
  return METHOD(file, xFileControl)(real_of(file), operation, argument);
}

static int on_sector_size(sqlite3_file *file) {
  return METHOD(file, xSectorSize)(real_of(file));
}

static int on_characteristics(sqlite3_file *file) {
  return METHOD(file, xDeviceCharacteristics)(real_of(file));
}

static int on_shm_map(sqlite3_file *file, int region, int size, int extend,
                      void volatile **memory) {
  return fails(FAULT_SHM_MAP) ? SQLITE_IOERR_SHMMAP
                              : METHOD(file, xShmMap)(real_of(file), region,
                                                      size, extend, memory);
}

static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  /* to give a lock back cannot fail */
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    if (fails(FAULT_SHM_LOCK))
      return SQLITE_IOERR_SHMLOCK;
    if (fails(FAULT_SHM_BUSY))
      return SQLITE_BUSY;
  }
  return METHOD(file, xShmLock)(real_of(file), offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *file) {
  METHOD(file, xShmBarrier)(real_of(file));
}

static int on_shm_unmap(sqlite3_file *file, int delete_it) {
  return METHOD(file, xShmUnmap)(real_of(file), delete_it);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* shared memory, but no mapped files */
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

/* --- the file system ----------------------------------------------------- */

static int on_open(sqlite3_vfs *self, const char *name, sqlite3_file *file,
                   int flags, int *flags_out) {
  (void)self;
  file->pMethods = NULL;
  if (fails(FAULT_OPEN))
    return SQLITE_CANTOPEN;
  int code = real_vfs->xOpen(real_vfs, name, real_of(file), flags, flags_out);
  if (code == SQLITE_OK)
    file->pMethods = &methods;
  return code;
}

void fault_vfs_install(void) {
  real_vfs = sqlite3_vfs_find(NULL);
  vfs = *real_vfs; /* its methods find what is theirs in pAppData */
  vfs.zName = "fault";
  vfs.szOsFile += (int)sizeof(file_t);
  vfs.pNext = NULL;
  vfs.xOpen = on_open;
  sqlite3_vfs_register(&vfs, 1);
}

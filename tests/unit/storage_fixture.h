/* SPDX-License-Identifier: MIT */
/*
 * storage_fixture.h -- a storage in a directory of its own for each test, and a
 * log that counts
 */
#ifndef ANOMALY_STORAGE_FIXTURE_H
#define ANOMALY_STORAGE_FIXTURE_H

#include "plugin/storage/storage.h"
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

typedef struct {
  char directory[SCRATCH_SIZE];
  char path[96]; /* of the database, in a directory that is not there yet */
} fixture_t;

/* *state is a fixture_t. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
#define TEST(name)                                                             \
  cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* Two features, and the same with a third. */
extern const detector_t fixture_system;
extern const detector_t fixture_wider;

storage_t *fixture_start(const char *path, const detector_t *detector,
                         int64_t retention);
/* The same with a limit of its size, in bytes. */
storage_t *fixture_start_limited(const char *path, const detector_t *detector,
                                 int64_t retention, int64_t size_max);

/* The same with a limit of its models. */
storage_t *fixture_start_models(const char *path, const detector_t *detector,
                                size_t models_max);

/* Fail the test unless it happens within 30 seconds. */
void fixture_wait_state(storage_t *storage, storage_state_t state);
void fixture_wait_written(storage_t *storage); /* everything that was put */

/* Nothing is left unwritten. */
void fixture_stop(storage_t *storage);

/* What was logged since fixture_setup(). */
size_t fixture_logged(void);
const char *fixture_last_log(void); /* valid while nothing is logged */

void put_sample(storage_t *storage, const char *host, int64_t ts, double cpu);
void put_run(storage_t *storage, int64_t id, const char *host, bool open);
void put_silent_run(storage_t *storage, int64_t id,
                    const char *host); /* open */
void put_anomaly(storage_t *storage, int64_t run_id, int64_t ts);

/* A model of this image, a text; waits for the answer; and compares and frees
 * what it has. */
void put_image(storage_t *storage, const char *host, int64_t saved_at,
               const char *image);
storage_answer_t ask_model(storage_t *storage, const char *host);
void assert_image(storage_answer_t answer, const char *image);

#endif /* ANOMALY_STORAGE_FIXTURE_H */

/* SPDX-License-Identifier: MIT */
/*
 * scratch.h -- a directory of its own for a test, and SQL in one line
 */
#ifndef ANOMALY_SCRATCH_H
#define ANOMALY_SCRATCH_H

#include <stdint.h>

#define SCRATCH_SIZE 64

/* Makes an empty one and says where; removes it with all that is in it. */
void scratch_make(char directory[SCRATCH_SIZE]);
void scratch_remove(const char *directory);

/* With a connection of their own; a query's first column of its first row. The
 * text is valid until the next call. */
void sql_exec(const char *path, const char *sql);
int64_t sql_int(const char *path, const char *sql);
const char *sql_text(const char *path, const char *sql);

#endif /* ANOMALY_SCRATCH_H */

/* SPDX-License-Identifier: MIT */
/*
 * types_db.h -- the data sources of collectd's types, types.db(5)
 */
#ifndef ANOMALY_REPLAY_TYPES_DB_H
#define ANOMALY_REPLAY_TYPES_DB_H

#include "plugin/features/value.h"

#define TYPES_DB_DEFAULT "/usr/share/collectd/types.db"
#define TYPES_SOURCES_MAX 64

typedef struct types_db_s types_db_t;

/* NULL: out of memory. */
types_db_t *types_db_create(void);
void types_db_destroy(types_db_t *types);

/* Adds a file's types; those that are known already are replaced, as collectd
 * does. 0, or -1: complained. */
int types_db_read(types_db_t *types, const char *file);

/* The sources of a type, valid until the next file is read. 0: it is
 * unknown. */
size_t types_db_find(const types_db_t *types, const char *type,
                     const source_t **sources);

#endif /* ANOMALY_REPLAY_TYPES_DB_H */

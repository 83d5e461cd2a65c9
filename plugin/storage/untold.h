/* SPDX-License-Identifier: MIT */
/*
 * untold.h -- notices that people have not been told of yet
 *
 *     untold(id, run_id, okay, time, message, numbers)     in the order of id
 *
 * A row comes into the table with its run, in one transaction, and goes when
 * the notice has been told; usually there is none. `numbers` are a JSON object.
 */
#ifndef ANOMALY_UNTOLD_H
#define ANOMALY_UNTOLD_H

#include "plugin/storage/database.h"
#include "plugin/storage/outbox.h"

/* The JSON of notice->numbers, with 17 significant digits. NULL: out of memory;
 * free it with sqlite3_free(). */
char *untold_numbers(const storage_notice_t *notice);

/* Appends to an empty outbox what is in the table, as much as it has room for;
 * outbox->in_file tells whether there is more. 0, or -1 with db->error. Whoever
 * can write to the file may have made the rows: they are within all bounds, but
 * what they say is theirs. */
int untold_read(database_t *db, outbox_t *outbox);

#endif /* ANOMALY_UNTOLD_H */

/* SPDX-License-Identifier: MIT */
/*
 * world.h -- a small database with one of everything, and looking at what has
 * become of it
 */
#ifndef ANOMALY_FUZZ_WORLD_H
#define ANOMALY_FUZZ_WORLD_H

#include "dashboard/app.h"

/* The detector "system" of cpu and memory, on the hosts "web" and "mail", with
 * an open run 1, closed ones 2 and 3, and an upload 4. The same bytes each
 * time, but for a new version of SQLite or of the schema. */
void world_make(const char *path);

/* Does with the file what the plugin does at its start, in its work and while
 * it tidies up. Whatever is in the file, only errors may come of it. */
void world_open_as_plugin(const char *path);

/* What every request may use, with the user "ann" whose password is
 * WORLD_PASSWORD. crypt(3) is replaced, since it takes long on purpose. */
#define WORLD_PASSWORD "open sesame"
void world_begin(app_t *app, const char *database);
void world_end(app_t *app);

#endif /* ANOMALY_FUZZ_WORLD_H */

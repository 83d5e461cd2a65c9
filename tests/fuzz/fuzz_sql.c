/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sql.c -- the database with the right tables and any values in them
 *
 * A line is a statement that changes world.h's database, or a request to the
 * dashboard: "GET /runs?limit=3". Then the plugin opens what there is.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/fake_http.h"
#include "tests/fuzz/world.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

const char fuzz_name[] = "sql";

/* SQLite's virtual instructions for one statement, and bytes of a value: what
 * is slow here is slow in SQLite. */
#define STEPS_MAX 20000
#define LENGTH_MAX 65536

static int authorise(void *context, int action, const char *a, const char *b,
                     const char *c, const char *d) {
  (void)context, (void)a, (void)b, (void)c, (void)d;
  switch (action) {
  case SQLITE_INSERT:
  case SQLITE_UPDATE:
  case SQLITE_DELETE:
  case SQLITE_SELECT:
  case SQLITE_READ:
  case SQLITE_FUNCTION:
  case SQLITE_RECURSIVE:
    return SQLITE_OK;
  default:
    return SQLITE_DENY;
  }
}

static int stop(void *context) {
  (void)context;
  return 1;
}

static sqlite3 *open_file(const char *path) {
  sqlite3 *db = NULL;
  REQUIRE(sqlite3_open(path, &db) == SQLITE_OK);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
  sqlite3_set_authorizer(db, authorise, NULL);
  sqlite3_progress_handler(db, STEPS_MAX, stop, NULL);
  sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
  return db;
}

/* The file of world.h, as it was made. */
static void restore_world(const char *path) {
  static uint8_t *bytes;
  static long size;
  if (bytes == NULL) {
    world_make(path);
    FILE *file = fopen(path, "re");
    REQUIRE(file != NULL && fseek(file, 0, SEEK_END) == 0);
    size = ftell(file);
    rewind(file);
    bytes = malloc((size_t)size);
    REQUIRE(bytes != NULL &&
            fread(bytes, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
  }
  unlink(fuzz_path("sql.db-wal"));
  unlink(fuzz_path("sql.db-shm"));
  unlink(path);
  fuzz_write(path, bytes, (size_t)size);
}

static bool is_request(const char *line) {
  return strncmp(line, "GET ", 4) == 0 || strncmp(line, "POST ", 5) == 0 ||
         strncmp(line, "DELETE /", 8) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[128];
  char *text = fuzz_text(data, size), *rest = text;
  app_t app;
  snprintf(path, sizeof(path), "%s", fuzz_path("sql.db"));
  restore_world(path);
  world_begin(&app, path);
  sqlite3 *db = open_file(path);
  for (char *line; (line = strsep(&rest, "\n")) != NULL;)
    if (is_request(line))
      fake_http(&app, line);
    else
      sqlite3_exec(db, line, NULL, NULL, NULL);
  sqlite3_close(db);
  world_open_as_plugin(path);
  world_end(&app);
  free(text);
  return 0;
}

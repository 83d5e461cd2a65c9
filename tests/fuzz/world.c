/* SPDX-License-Identifier: MIT */
/*
 * world.c -- see world.h
 */
#include "tests/fuzz/world.h"

#include "plugin/storage/forget.h"
#include "plugin/storage/lessons.h"
#include "plugin/storage/reader.h"
#include "plugin/storage/record.h"
#include "plugin/storage/retention.h"
#include "plugin/storage/schema.h"
#include "plugin/storage/untold.h"
#include "plugin/storage/writer.h"
#include "tests/fuzz/fuzz.h"

#include <crypt.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1767225600000)
#define MODELS_MAX 8

static const detector_feature_t features[] = {{"cpu", "%", 0},
                                              {"memory", "%", 0}};

static detector_t make_system(void) {
  detector_t detector = DETECTOR_INIT;
  detector.name = "system";
  detector.features = features;
  detector.features_num = 2;
  detector.trees = 2;
  detector.sample_size = 4;
  return detector;
}

/* --- making it --- */

static const char rows[] =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
    "  WHERE i < 19)"
    " INSERT INTO samples_system(host, ts, cpu, memory, score, threshold,"
    "  flagged) SELECT iif(i % 2, 'web', 'mail'),"
    "  1767225000000 + 10000 * i, i, 100 - i, i / 20.0, 0.5, i > 17 FROM n;"
    "INSERT INTO runs VALUES"
    " (1, 'live', 'web', 'system', 1767225180000, NULL, 2, 1, 0.9,"
    "  1767225190000, NULL, 'cpu 19 %'),"
    " (2, 'live', 'mail', 'system', 1767225000000, 1767225060000, 6, 3, 0.8,"
    "  1767225010000, 'expected', 'a backup'),"
    " (3, 'live', 'web', 'system', 1767225000000, 1767225060000, 6, 3, 0.8,"
    "  1767225010000, 'incident', NULL),"
    " (4, 'upload', NULL, NULL, 0, 1000, 2, 1, 0.7, 1000, NULL, NULL);"
    "INSERT INTO anomalies VALUES (1, 1767225190000, 0.9, 0.5,"
    "  '[{\"feature\":\"cpu\",\"share\":1.0,\"value\":19.0,\"low\":0.0,"
    "\"high\":9.0}]', 'cpu 19 %'),"
    " (2, 1767225180000, 0.9, 0.5, '[]', NULL),"
    " (4, 1000, 0.7, 0.6, '[]', NULL);"
    "INSERT INTO uploads VALUES (4, 0.6, x'0000000000000000e803000000000000',"
    "  x'000000000000e03f666666666666e63f');"
    "INSERT INTO upload_features VALUES (4, 0, 'ram',"
    "  x'000000000000f03f000000000000f87f');"
    "INSERT INTO silent_runs VALUES (3);"
    "INSERT INTO models VALUES ('web', 'system', 1767225190000, x'414e4f4d'),"
    "  ('mail', 'system', 1767225180000, x'00');"
    "INSERT INTO untold VALUES (1, 2, 1, 1767225060000, 'mail is over',"
    "  '{\"peak_score\":0.8}');"
    "INSERT INTO forget VALUES ('mail', 'system', 1767225180000);";

static void must(database_t *db, int status) {
  if (status != 0)
    fprintf(stderr, "%s\n", db->error);
  REQUIRE(status == 0);
}

/* Small pages, so that a file of a few of everything is small. */
static void make_file(const char *path) {
  sqlite3 *db = NULL;
  REQUIRE(sqlite3_open(path, &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db,
                       "PRAGMA page_size = 512; CREATE TABLE t(a);"
                       "DROP TABLE t",
                       NULL, NULL, NULL) == SQLITE_OK);
  sqlite3_close(db);
}

void world_make(const char *path) {
  _Atomic int64_t give_up_at = INT64_MAX;
  detector_t system = make_system();
  database_t db = {0};
  make_file(path);
  must(&db, database_open(&db, path, &give_up_at));
  must(&db, schema_migrate(&db));
  must(&db, schema_add_samples(&db, &system));
  must(&db, database_exec(&db, rows));
  /* one file, without a log beside it */
  REQUIRE(sqlite3_exec(db.handle, "PRAGMA journal_mode = DELETE", NULL, NULL,
                       NULL) == SQLITE_OK);
  database_close(&db);
  char beside[160];
  snprintf(beside, sizeof(beside), "%s-wal", path);
  unlink(beside);
  snprintf(beside, sizeof(beside), "%s-shm", path);
  unlink(beside);
}

/* --- the plugin --- */

typedef struct {
  struct {
    char host[128];
    char detector[64];
  } items[MODELS_MAX];
  size_t num;
} models_t;

static void note_model(void *context, const char *host, const char *detector) {
  models_t *models = context;
  if (models->num == MODELS_MAX)
    return;
  snprintf(models->items[models->num].host, 128, "%s", host);
  snprintf(models->items[models->num++].detector, 64, "%s", detector);
}

static void note_host(void *context, const char *host, int64_t ts) {
  models_t *models = context;
  (void)ts;
  note_model(models, host, "system");
}

static bool take_lesson(void *context, const storage_lesson_t *lesson) {
  (void)context;
  REQUIRE(lesson->rows <= LESSONS_ROWS_MAX);
  free(lesson->values);
  return true;
}

static bool take_forget(void *context, const storage_forget_t *forget) {
  (void)context;
  REQUIRE(forget->detector != NULL);
  return true;
}

static void on_log(int level, const char *message) {
  (void)level, (void)message;
}

/* What storage.h promises of an open run is little: it comes from a file. The
 * model must take any of it. */
static void go_on(const detector_t *system, const storage_answer_t *answer) {
  static const double values[] = {1, 2};
  char why[MODEL_WHY_SIZE] = "";
  model_t *model =
      answer->image == NULL
          ? NULL
          : model_restore(system, answer->image, answer->image_size, why);
  if (model == NULL)
    model = model_create(system);
  REQUIRE(model != NULL);
  if (answer->run_open)
    model_adopt_run(model, &answer->run);
  for (int i = 0; i < 4; i++) {
    const frame_t frame = {
        .ts = NOW + 10000 * i, .interval = 10000, .values = values};
    verdict_t verdict;
    model_step(model, &frame, &verdict);
  }
  model_destroy(model);
}

static void read_models(database_t *db, const detector_t *system) {
  models_t models = {0};
  int64_t id = 0;
  const detector_t *const detectors[] = {system};
  reader_newest_run(db, &id);
  REQUIRE(id >= 0);
  reader_newest(db, detectors, 1, note_host, &models);
  reader_orphans(db, note_model, &models);
  for (size_t i = 0; i < models.num; i++) {
    storage_answer_t answer = {0};
    if (reader_model(db, models.items[i].host, models.items[i].detector,
                     &answer) == 0)
      go_on(system, &answer);
    free(answer.image);
  }
  outbox_t outbox = {0};
  untold_read(db, &outbox);
  for (const letter_t *letter = outbox.first; letter; letter = letter->next) {
    REQUIRE(letter->notice->numbers_num <= STORAGE_NUMBERS_MAX);
    REQUIRE(letter->notice->time >= 0);
  }
  outbox_clear(&outbox);
}

static void write_some(database_t *db, const detector_t *system) {
  static const double values[] = {1, NAN};
  const detector_t *const detectors[] = {system};
  const frame_t frame = {.ts = NOW, .interval = 10000, .values = values};
  const verdict_t verdict = {.score = 0.5, .threshold = 0.6};
  const storage_sample_t sample = {
      .host = "web", .detector = system, .frame = &frame, .verdict = &verdict};
  const storage_run_t run = {
      .id = 1, .host = "web", .detector = "system", .run = {.points = 3}};
  writer_t writer = {0};
  record_list_t batch = {0};
  record_list_append(&batch, record_sample(&sample, 0));
  record_list_append(&batch, record_run(&run));
  if (writer_open(&writer, db, detectors, 1) == 0)
    writer_write(&writer, &batch);
  writer_close(&writer);
  record_list_clear(&batch);
}

static void tidy_up(database_t *db, const detector_t *system) {
  static lessons_t lessons; /* too much for a stack */
  const detector_t *const detectors[] = {system};
  int64_t version = 0;
  int deleted = 0;
  bool over = false;
  lessons = (lessons_t){0};
  lessons_look(&lessons, db, detectors, 1, on_log, take_lesson, NULL);
  forget_look(db, &version, detectors, 1, take_forget, NULL);
  retention_slice(db, system, 604800, NOW, &deleted);
  retention_make_room(db, 4096, &over, &deleted);
}

void world_open_as_plugin(const char *path) {
  _Atomic int64_t give_up_at = INT64_MAX;
  detector_t system = make_system();
  const detector_t *const detectors[] = {&system};
  database_t db = {0};
  if (database_open(&db, path, &give_up_at) == 0 && schema_migrate(&db) == 0 &&
      schema_add_samples(&db, &system) == 0) {
    writer_close_strays(&db, detectors, 1);
    read_models(&db, &system);
    write_some(&db, &system);
    tidy_up(&db, &system);
  }
  database_close(&db);
}

/* --- the dashboard --- */

char *crypt_r(const char *password, const char *setting,
              struct crypt_data *data) {
  if (strncmp(setting, "$t$", 3) != 0)
    return NULL;
  snprintf(data->output, sizeof(data->output), "$t$%s", password);
  return data->output;
}

char *crypt_gensalt_rn(const char *prefix, unsigned long count,
                       const char *random, int random_size, char *output,
                       int output_size) {
  (void)prefix, (void)count, (void)random, (void)random_size;
  snprintf(output, (size_t)output_size, "$t$");
  return output;
}

void world_begin(app_t *app, const char *database) {
  const char *users = fuzz_path("users");
  static const char line[] = "ann:$t$" WORLD_PASSWORD "\n";
  fuzz_write(users, line, strlen(line));
  *app = (app_t){.database = database,
                 .users = users_create(users),
                 .sessions = sessions_create(),
                 .throttle = throttle_create(),
                 .credentials = credentials_create(),
                 .live = live_create(database),
                 .cache = cache_create()};
  REQUIRE(app->users != NULL && app->sessions != NULL &&
          app->throttle != NULL && app->credentials != NULL &&
          app->live != NULL && app->cache != NULL);
}

void world_end(app_t *app) {
  cache_destroy(app->cache);
  live_destroy(app->live);
  credentials_destroy(app->credentials);
  throttle_destroy(app->throttle);
  sessions_destroy(app->sessions);
  users_destroy(app->users);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_queue.c -- what is given up, in which order, and what is not
 */
#include "plugin/storage/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const detector_feature_t cpu = {.name = "cpu", .unit = "%"};
static const detector_t detector = {
    .name = "system", .features = &cpu, .features_num = 1};

static record_t *sample(int64_t ts) {
  const double value = 1;
  const frame_t frame = {.ts = ts, .interval = 1, .values = &value};
  const verdict_t verdict = {.score = 0.5};
  const storage_sample_t row = {"host", &detector, &frame, &verdict};
  return record_sample(&row, 0);
}

static record_t *run(int64_t id) {
  const storage_run_t row = {.id = id, .host = "host", .detector = "system"};
  return record_run(&row);
}

static record_t *anomaly(int64_t ts) {
  const storage_anomaly_t row = {.ts = ts, .detector = &detector};
  return record_anomaly(&row);
}

static record_t *model(const char *host, int64_t saved_at, size_t size) {
  return record_model(host, "system", saved_at, 0, calloc(1, size), size);
}

/* The records as a text: kind and what tells them apart. */
static const char *show(const record_list_t *list) {
  static char text[512];
  size_t length = 0;
  text[0] = '\0';
  for (const record_t *record = list->first; record; record = record->next) {
    char kind = "SMRA"[record->kind];
    long long id = record->kind == RECORD_SAMPLE  ? record->sample.ts
                   : record->kind == RECORD_MODEL ? record->model.saved_at
                   : record->kind == RECORD_RUN   ? record->run.id
                                                  : record->anomaly.ts;
    length += (size_t)snprintf(text + length, sizeof(text) - length, "%c%lld ",
                               kind, id);
  }
  return text;
}

/* Lists what waits by taking and returning it. */
static const char *show_queue(queue_t *queue) {
  record_list_t batch = {0};
  record_list_t gone = {0};
  queue_take(queue, SIZE_MAX, SIZE_MAX, &batch);
  const char *text = show(&batch);
  queue_return(queue, &batch, &gone);
  assert_int_equal(gone.length, 0);
  return text;
}

static void finish(queue_t *queue, record_list_t *gone) {
  queue_clear(queue, gone);
  record_list_clear(gone);
  assert_int_equal(queue->length, 0);
  assert_int_equal(queue->bytes, 0);
  assert_null(queue->models);
}

static void test_order(void **state) {
  (void)state;
  queue_t queue;
  record_list_t gone = {0};
  record_list_t batch = {0};
  queue_init(&queue, SIZE_MAX);
  queue_put(&queue, sample(1), &gone);
  queue_put(&queue, model("a", 2, 10), &gone);
  queue_put(&queue, run(3), &gone);
  queue_put(&queue, sample(4), &gone);
  queue_put(&queue, anomaly(5), &gone);
  queue_put(&queue, run(3), &gone);
  assert_string_equal(show_queue(&queue), "R3 A5 R3 M2 S1 S4 ");
  queue_take(&queue, 4, SIZE_MAX, &batch);
  assert_string_equal(show(&batch), "R3 A5 R3 M2 ");
  assert_int_equal(queue_waiting(&queue), 2);
  assert_int_equal(queue.length, 6);
  queue_put(&queue, run(7), &gone);
  queue_return(&queue, &batch, &gone);
  assert_string_equal(show_queue(&queue), "R3 A5 R3 R7 M2 S1 S4 ");
  queue_take(&queue, SIZE_MAX, 1, &batch); /* at least one */
  assert_string_equal(show(&batch), "R3 ");
  queue_done(&queue, &batch);
  record_list_clear(&batch);
  assert_int_equal(queue.length, 6);
  assert_int_equal(gone.length, 0);
  finish(&queue, &gone);
}

static void test_bound(void **state) {
  (void)state;
  queue_t queue;
  record_list_t gone = {0};
  record_t *probe = sample(0);
  size_t bytes = probe->bytes;
  record_destroy(probe);

  queue_init(&queue, 4 * bytes + bytes / 2);
  for (int64_t ts = 1; ts <= 4; ts++)
    assert_int_equal(queue_put(&queue, sample(ts), &gone), 0);
  assert_int_equal(queue_put(&queue, sample(5), &gone), 1); /* the oldest */
  assert_string_equal(show(&gone), "S1 ");
  assert_int_equal(queue_put(&queue, model("a", 6, 2 * bytes), &gone), 3);
  assert_string_equal(show(&gone), "S1 S2 S3 S4 ");
  while (queue.waiting[WORTH_SAMPLE].length > 0)
    queue_put(&queue, run(7), &gone);
  record_list_clear(&gone);
  assert_int_equal(queue_put(&queue, sample(8), &gone), 1); /* itself */
  assert_string_equal(show(&gone), "S8 ");
  assert_int_equal(queue_put(&queue, anomaly(9), &gone), 1);
  assert_string_equal(show(&gone), "S8 M6 ");
  record_list_clear(&gone);
  size_t lost = 0;
  for (int64_t id = 10; lost == 0; id++)
    lost = queue_put(&queue, run(id), &gone);
  assert_string_equal(show(&gone), "R7 "); /* the oldest even of these */
  assert_true(queue.bytes <= queue.bytes_max);
  finish(&queue, &gone);
}

static void test_taken_is_safe(void **state) {
  (void)state;
  queue_t queue;
  record_list_t gone = {0};
  record_list_t batch = {0};
  record_t *first = sample(1);
  queue_init(&queue, first->bytes);
  queue_put(&queue, first, &gone);
  queue_take(&queue, 1, SIZE_MAX, &batch);
  assert_int_equal(queue_put(&queue, run(2), &gone), 1);
  assert_string_equal(show(&gone), "R2 ");
  assert_string_equal(show(&batch), "S1 ");
  queue_return(&queue, &batch, &gone);
  finish(&queue, &gone);
}

static void test_newest_image(void **state) {
  (void)state;
  queue_t queue;
  record_list_t gone = {0};
  record_list_t batch = {0};
  queue_init(&queue, SIZE_MAX);
  queue_put(&queue, model("a", 1, 10), &gone);
  queue_put(&queue, model("b", 2, 20), &gone);
  size_t bytes = queue.bytes;
  assert_int_equal(queue_put(&queue, model("a", 3, 30), &gone), 0);
  assert_string_equal(show(&gone), "M1 "); /* replaced, not lost */
  assert_string_equal(show_queue(&queue), "M3 M2 ");
  assert_int_equal(queue.bytes, bytes + 20);

  /* While one is written a newer arrives: after a failure only that waits. */
  queue_take(&queue, 1, SIZE_MAX, &batch);
  queue_put(&queue, model("a", 4, 40), &gone);
  queue_return(&queue, &batch, &gone);
  assert_string_equal(show(&gone), "M1 M3 ");
  assert_string_equal(show_queue(&queue), "M2 M4 ");
  assert_int_equal(queue.length, 2);
  finish(&queue, &gone);
}

static void test_settled(void **state) {
  (void)state;
  queue_t queue;
  record_list_t gone = {0};
  record_list_t batch = {0};
  queue_init(&queue, SIZE_MAX);
  queue_put(&queue, model("a", 1, 10), &gone);
  queue_put(&queue, run(2), &gone);
  uint64_t serial = queue.serial;
  assert_false(queue_settled(&queue, "a", "system", serial));
  assert_false(queue_settled(&queue, "b", "system", serial));
  assert_true(queue_settled(&queue, "b", "system", 0));
  queue_take(&queue, 1, SIZE_MAX, &batch); /* the run */
  queue_put(&queue, run(3), &gone);
  assert_true(queue_settled(&queue, "b", "system", serial));
  assert_true(queue_settled(&queue, "a", "other", serial));
  assert_false(queue_settled(&queue, "a", "system", serial));
  queue_take(&queue, 3, SIZE_MAX, &batch); /* up to three, with the first */
  assert_true(queue_settled(&queue, "a", "system", serial));
  queue_done(&queue, &batch);
  record_list_clear(&batch);
  finish(&queue, &gone);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order),         cmocka_unit_test(test_bound),
      cmocka_unit_test(test_taken_is_safe), cmocka_unit_test(test_newest_image),
      cmocka_unit_test(test_settled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * sample.c -- a made-up table to try detection on
 *
 *     ts,cpu,ram,disk,latency_ms
 *
 * a row a minute: a daily cycle, noise that has a memory, and now and then an
 * incident of some minutes. The same seed gives the same bytes.
 */
#include "dashboard/api/api.h"
#include "dashboard/session/secret.h"
#include "plugin/detector/random.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define ROWS_DEFAULT 500
#define ROWS_MAX 200000
#define SEED_MAX INT64_MAX
#define FIRST_TS INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define STEP 60
#define DAY_STEPS (86400 / STEP)

/* Rows between two incidents, on average, and how long one lasts. */
#define CALM_ROWS 120
#define INCIDENT_ROWS 5

typedef enum { CALM, BUSY, LEAK, FULL, SLOW, INCIDENTS } incident_t;

typedef struct {
  random_t random;
  double wander[4]; /* noise of each column, carried on */
  incident_t incident;
  unsigned left; /* rows until the incident, or until it is over */
} maker_t;

/* Nearly normal, of mean 0 and deviation 1, the same on every machine. */
static double noise(maker_t *maker) {
  double sum = -6;
  for (int i = 0; i < 12; i++)
    sum += random_unit(&maker->random);
  return sum;
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

static void next_incident(maker_t *maker) {
  if (maker->left-- > 0)
    return;
  if (maker->incident == CALM) {
    maker->incident = 1 + random_below(&maker->random, INCIDENTS - 1);
    maker->left = random_below(&maker->random, INCIDENT_ROWS);
  } else {
    maker->incident = CALM;
    maker->left = CALM_ROWS / 2 + random_below(&maker->random, CALM_ROWS);
  }
}

static void append_row(maker_t *maker, int64_t row, sqlite3_str *csv) {
  next_incident(maker);
  for (size_t i = 0; i < 4; i++)
    maker->wander[i] = 0.8 * maker->wander[i] + noise(maker);
  double day = sin(2 * M_PI * (double)(row % DAY_STEPS) / DAY_STEPS);
  double cpu = 35 - 15 * day + 1.8 * maker->wander[0];
  double ram = 52 - 6 * day + 0.7 * maker->wander[1];
  double disk = 61 + 4 * day + 0.3 * maker->wander[2];
  switch (maker->incident) {
  case BUSY:
    cpu = 94 + noise(maker);
    break;
  case LEAK:
    ram += 32;
    break;
  case FULL:
    disk += 30;
    break;
  default:
    break;
  }
  double latency = 12 + 0.4 * cpu + 1.5 * maker->wander[3];
  if (maker->incident == SLOW)
    latency += 240 + 20 * noise(maker);
  time_t seconds = (time_t)(FIRST_TS + row * STEP);
  struct tm utc = {0};
  char ts[32] = "";
  char values[96] = "";
  gmtime_r(&seconds, &utc);
  strftime(ts, sizeof(ts), "%Y-%m-%dT%H:%M:%SZ", &utc);
  snprintf(values, sizeof(values), ",%.2f,%.2f,%.2f,%.1f\n", clamp(cpu, 0, 100),
           clamp(ram, 0, 100), clamp(disk, 0, 100), clamp(latency, 1, 1e6));
  sqlite3_str_appendall(csv, ts);
  sqlite3_str_appendall(csv, values);
}

/* false after a reply. */
static bool choose_seed(request_t *request, int64_t *seed) {
  if (!request_integer(request, "seed", 0, SEED_MAX, -1, seed))
    return false;
  uint32_t drawn = 0;
  if (*seed < 0) {
    if (secret_random(&drawn, sizeof(drawn)) != 0) {
      request_reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                          "the system gives no random numbers: give a seed");
      return false;
    }
    *seed = drawn % 1000000;
  }
  return true;
}

void api_sample(request_t *request) {
  int64_t rows = 0;
  int64_t seed = 0;
  char text[24] = "";
  if (!request_integer(request, "rows", 1, ROWS_MAX, ROWS_DEFAULT, &rows) ||
      !choose_seed(request, &seed))
    return;
  maker_t maker = {.random = {(uint64_t)seed}, .incident = CALM};
  maker.left = 20 + random_below(&maker.random, CALM_ROWS / 2);
  sqlite3_str *csv = sqlite3_str_new(NULL);
  sqlite3_str_appendall(csv, "ts,cpu,ram,disk,latency_ms\n");
  for (int64_t row = 0; row < rows; row++)
    append_row(&maker, row, csv);
  int length = sqlite3_str_length(csv);
  request_reply_text(request, MHD_HTTP_OK, "text/csv; charset=utf-8",
                     sqlite3_str_finish(csv), (size_t)length);
  snprintf(text, sizeof(text), "%lld", (long long)seed);
  request_add_header(request, "X-Seed", text);
}

/* SPDX-License-Identifier: MIT */
/*
 * threshold.h -- where anomalies begin, learned from the levels themselves
 *
 * A level is the logarithm of a model's evidence (detector.c): differences
 * matter, its zero does not. Two lines come from the maxima of the hours
 * (DETECTOR_HOURS; shorter while the history is, so that there are always 84 to
 * 168 of them): the usual one lies a margin above what the busier hours of an
 * ordinary week reach, which incidents cannot shift until they fill many hours;
 * the tail's one is what the budget of false alarms comes to if the hours'
 * maxima are distributed as maxima usually are (Gumbel, "Statistics of
 * Extremes", 1958). The lower one is the base. What recurs daily, such as a
 * nightly backup, is expected at its hour: there the line is also above the
 * third highest of the last seven days' levels, the fifth if the budget is
 * large.
 *
 * On top of it an offset keeps the budget: a run raises it, time lowers it at
 * the pace that the budget allows, and faster until the first run and while
 * nothing happens for long (compare Gibbs and Candes, "Adaptive conformal
 * inference under distribution shift", 2021). While a run is open, what it was
 * lowered is taken back. Two lines result, as in a Schmitt trigger: a streak of
 * flags begins above `upper` and lasts until the level falls below `lower`,
 * which is further away while the history is short, and most so in its first
 * six hours.
 *
 * In the first two windows, hours above the line do not count, up to a quarter
 * of all or, while they are shorter, a half, so that an incident in a model's
 * first hours does not make it deaf.
 *
 * What recurs every hour or two is told some times and then usual: when enough
 * runs of two days reached about the same level, the line rises above it at
 * once, and sinks from there like the offset.
 *
 * A level shift is forgotten at the latest when it fills half of the window's
 * hours; in practice columns and forest get used to it within a day.
 */
#ifndef ANOMALY_THRESHOLD_H
#define ANOMALY_THRESHOLD_H

#include "plugin/detector/detector.h"
#include "plugin/detector/image.h"

/* Levels are within -LEVEL_MAX..LEVEL_MAX. */
#define LEVEL_MAX 100.0

typedef struct threshold_s threshold_t;

/* By the detector's false_alarms, window and features_num. NULL: out of
 * memory. */
threshold_t *threshold_create(const detector_t *detector);
void threshold_destroy(threshold_t *threshold);
size_t threshold_size(void); /* bytes */

/* The two lines, lower <= upper; LEVEL_MAX while nothing has been learned. */
double threshold_upper(const threshold_t *threshold);
double threshold_lower(const threshold_t *threshold);

/* Learns a level that stands for `interval` milliseconds, in which a run was
 * `open` or not. */
void threshold_learn(threshold_t *threshold, double level, double interval,
                     bool open);

/* A run has ended. */
void threshold_alarm(threshold_t *threshold);

/* Both directions; see image.h. */
void threshold_image(threshold_t *threshold, image_t *image);

#endif /* ANOMALY_THRESHOLD_H */

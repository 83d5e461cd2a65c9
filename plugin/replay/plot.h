/* SPDX-License-Identifier: MIT */
/*
 * plot.h -- a picture of the replay, drawn by gnuplot
 *
 * A panel a feature, one of score and threshold below, flagged spans shaded
 * through all of them. Memory is constant however long the file is: rows that
 * share a column of the picture are kept as its minima and maxima.
 */
#ifndef ANOMALY_REPLAY_PLOT_H
#define ANOMALY_REPLAY_PLOT_H

#include "plugin/detector/detector.h"

typedef struct plot_s plot_t;

/* Starts gnuplot, so that its absence shows before any work is done. `path`
 * ends in .svg or .png and, like `detector`, must outlive the plot. `interval`:
 * milliseconds a row. NULL: complained. */
plot_t *plot_create(const char *path, const detector_t *detector,
                    int64_t interval);

/* Adds a row that has been judged; rows go forward in time. */
void plot_add(plot_t *plot, const frame_t *frame, const verdict_t *verdict);

/* Draws. 0, or -1: complained. */
int plot_draw(plot_t *plot);

/* Ends gnuplot; without plot_draw() no picture is made. */
void plot_destroy(plot_t *plot);

#endif /* ANOMALY_REPLAY_PLOT_H */

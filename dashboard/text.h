/* SPDX-License-Identifier: MIT */
/*
 * text.h -- texts of strangers
 */
#ifndef ANOMALY_DASHBOARD_TEXT_H
#define ANOMALY_DASHBOARD_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* A decimal integer and nothing else; false: it is not, or beyond the range. */
bool text_to_integer(const char *text, int64_t min, int64_t max,
                     int64_t *value);

#endif /* ANOMALY_DASHBOARD_TEXT_H */

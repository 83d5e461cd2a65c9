/* SPDX-License-Identifier: MIT */
/*
 * explain.h -- suspects in words
 *
 *     cpu 97.1 %, usual 12 to 43 %; errors 31/s, usual 0 to 1/s
 */
#ifndef ANOMALY_EXPLAIN_H
#define ANOMALY_EXPLAIN_H

#include "plugin/detector/detector.h"

/* Writes the most suspicious ones that fit whole into `size` bytes (NUL
 * included) and always terminates; a missing feature reads "cpu has fallen
 * silent, usual 12 to 43 %". Suspects that have no noticeable part of the
 * blame, or are within their usual range, are left out, but never the first:
 * "cpu 20 %, within its usual 12 to 43 %" is unusual beside the others, or by
 * how it moves.
 * Numbers have three digits, or as many as tell a value from the range that it
 * is outside of. Bytes, bits, Hz, W, Wh, J and V take prefixes, other units
 * stand as they are: 12.5 MB/s, 5200 ms. Returns the length written. */
size_t explain_sentence(const detector_t *detector, const suspect_t *suspects,
                        size_t suspects_num, char *buffer, size_t size);

#endif /* ANOMALY_EXPLAIN_H */

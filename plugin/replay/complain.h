/* SPDX-License-Identifier: MIT */
/*
 * complain.h -- the one line on stderr that says what is wrong
 */
#ifndef ANOMALY_REPLAY_COMPLAIN_H
#define ANOMALY_REPLAY_COMPLAIN_H

/* Prints "anomaly-replay: ", the message and a newline, wiping a progress bar
 * off the line first. The message says where, what, and the remedy. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* ANOMALY_REPLAY_COMPLAIN_H */

/* SPDX-License-Identifier: MIT */
/*
 * framing.h -- where a request ends must not be a matter of opinion
 *
 * A reverse proxy that sees another end than we do would take part of one
 * client's body for the next client's request. RFC 9112, sections 3.2, 5.1 and
 * 6.1 to 6.3, say what to refuse; libmicrohttpd takes some of it.
 */
#ifndef ANOMALY_DASHBOARD_FRAMING_H
#define ANOMALY_DASHBOARD_FRAMING_H

#include <microhttpd.h>
#include <stdbool.h>

/* Whether the headers say once, and in one way, whose and how long the request
 * is. */
bool framing_is_plain(struct MHD_Connection *connection);

#endif /* ANOMALY_DASHBOARD_FRAMING_H */

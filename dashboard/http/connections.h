/* SPDX-License-Identifier: MIT */
/*
 * connections.h -- who has to leave when there are too many
 *
 * A connection costs nothing to open and may be kept by a byte now and then.
 * So once CONNECTIONS_KEPT are open, each newcomer takes the place of the
 * stranger who has got no answer for longest; of a user only when there are no
 * strangers. Whoever logs in needs but an instant as a stranger.
 *
 * Any thread.
 */
#ifndef ANOMALY_DASHBOARD_CONNECTIONS_H
#define ANOMALY_DASHBOARD_CONNECTIONS_H

#include <microhttpd.h>

/* What libmicrohttpd takes at most, in equal parts a thread; and what we keep,
 * fewer, so that there is always a thread with room for one more. */
#define CONNECTIONS_MAX 1200
#define CONNECTIONS_KEPT 1000

typedef struct connections_s connections_t;

/* NULL: out of memory. */
connections_t *connections_create(void);

/* After all of them have been closed. */
void connections_destroy(connections_t *connections);

/* MHD_NotifyConnectionCallback. */
void connections_notify(void *connections, struct MHD_Connection *connection,
                        void **place, enum MHD_ConnectionNotificationCode code);

/* It is a user's from now on. */
void connections_is_users(connections_t *connections,
                          struct MHD_Connection *connection);

/* A request of it has been answered, or given up. */
void connections_answered(connections_t *connections,
                          struct MHD_Connection *connection);

#endif /* ANOMALY_DASHBOARD_CONNECTIONS_H */

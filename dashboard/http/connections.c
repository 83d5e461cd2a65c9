/* SPDX-License-Identifier: MIT */
/*
 * connections.c -- two queues, strangers and users, each with the one first who
 * has got no answer for longest
 */
#include "dashboard/http/connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

TAILQ_HEAD(queue_s, place_s);

typedef struct place_s {
  int socket;
  struct queue_s *queue; /* that it stands in; NULL: it has been told to go */
  TAILQ_ENTRY(place_s) next;
} place_t;

struct connections_s {
  pthread_mutex_t lock;

  /* under the lock, with all places */
  struct queue_s strangers;
  struct queue_s users;
  size_t num; /* in both */
};

connections_t *connections_create(void) {
  connections_t *connections = calloc(1, sizeof(*connections));
  if (connections == NULL)
    return NULL;
  pthread_mutex_init(&connections->lock, NULL);
  TAILQ_INIT(&connections->strangers);
  TAILQ_INIT(&connections->users);
  return connections;
}

void connections_destroy(connections_t *connections) {
  if (connections == NULL)
    return;
  pthread_mutex_destroy(&connections->lock);
  free(connections);
}

/* --- under the lock --- */

static void leave(connections_t *connections, place_t *place) {
  if (place->queue == NULL)
    return;
  TAILQ_REMOVE(place->queue, place, next);
  place->queue = NULL;
  connections->num--;
}

static void enter(connections_t *connections, struct queue_s *queue,
                  place_t *place) {
  TAILQ_INSERT_TAIL(queue, place, next);
  place->queue = queue;
  connections->num++;
}

/* Its thread sees the end of the stream and closes it. The socket is open
 * still: connections_notify() hears of it before it is closed. */
static void make_room(connections_t *connections) {
  place_t *place = TAILQ_FIRST(&connections->strangers);
  if (place == NULL)
    place = TAILQ_FIRST(&connections->users);
  shutdown(place->socket, SHUT_RDWR);
  leave(connections, place);
}

/* --- */

static void opened(connections_t *connections,
                   struct MHD_Connection *connection, void **context) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  place_t *place = calloc(1, sizeof(*place));
  *context = place;
  if (place == NULL)
    return; /* nobody can tell it to go, but it works */
  place->socket = info->connect_fd;
  pthread_mutex_lock(&connections->lock);
  if (connections->num >= CONNECTIONS_KEPT)
    make_room(connections);
  enter(connections, &connections->strangers, place);
  pthread_mutex_unlock(&connections->lock);
}

static void closed(connections_t *connections, place_t *place) {
  if (place == NULL)
    return;
  pthread_mutex_lock(&connections->lock);
  leave(connections, place);
  pthread_mutex_unlock(&connections->lock);
  free(place);
}

void connections_notify(void *context, struct MHD_Connection *connection,
                        void **place,
                        enum MHD_ConnectionNotificationCode code) {
  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    opened(context, connection, place);
  else
    closed(context, *place);
}

/* To the end of a queue; NULL: of its own. */
static void move(connections_t *connections, struct MHD_Connection *connection,
                 struct queue_s *queue) {
  place_t *place =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
          ->socket_context;
  if (place == NULL)
    return;
  pthread_mutex_lock(&connections->lock);
  if (place->queue != NULL) {
    if (queue == NULL)
      queue = place->queue;
    leave(connections, place);
    enter(connections, queue, place);
  }
  pthread_mutex_unlock(&connections->lock);
}

void connections_is_users(connections_t *connections,
                          struct MHD_Connection *connection) {
  move(connections, connection, &connections->users);
}

void connections_answered(connections_t *connections,
                          struct MHD_Connection *connection) {
  move(connections, connection, NULL);
}

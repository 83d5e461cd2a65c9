/* SPDX-License-Identifier: MIT */
/*
 * fuzz_http.c -- bytes on a connection to the server, with its threads
 *
 * @TOKEN@ stands for the token of a session. The database is world.h's; what a
 * request has changed in it is undone.
 */
#include "tests/fuzz/fuzz.h"

#include "dashboard/http/dispatch.h"
#include "dashboard/routes.h"
#include "plugin/storage/clock.h"
#include "tests/fuzz/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

const char fuzz_name[] = "http";

#define PLACEHOLDER "@TOKEN@"
#define LISTEN_MS 2      /* for the server to begin reading */
#define REPLY_MS 50      /* for all it says */
#define PATIENCE_MS 8000 /* for what it still does then */

static app_t app;
static char database[128];
static struct sockaddr_in address = {.sin_family = AF_INET};

static void make_database(void) {
  unlink(fuzz_path("http.db"));
  unlink(fuzz_path("http.db-wal"));
  unlink(fuzz_path("http.db-shm"));
  world_make(database);
}

static void stop_server(void);
static server_t *server;

/* A port that is free now. */
static void choose_port(void) {
  socklen_t size = sizeof(address);
  int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(one, (struct sockaddr *)&address, sizeof(address)) == 0);
  REQUIRE(getsockname(one, (struct sockaddr *)&address, &size) == 0);
  close(one);
}

static void start_server(void) {
  static char listen[32];
  signal(SIGPIPE, SIG_IGN);
  snprintf(database, sizeof(database), "%s", fuzz_path("http.db"));
  make_database();
  world_begin(&app, database);
  choose_port();
  snprintf(listen, sizeof(listen), "127.0.0.1:%d", ntohs(address.sin_port));
  const options_t options = {.database = database, .listen = listen};
  server = server_start(&app, routes, routes_num, &options);
  REQUIRE(server != NULL);
  atexit(stop_server);
}

static void stop_server(void) {
  server_stop(server, 1);
  world_end(&app);
}

/* What one input leaves behind must not matter to the next: logins that have
 * failed, sessions, answers that are kept. No request is under way. */
static void forget_all(void) {
  static struct stat was;
  struct stat is = {0};
  throttle_destroy(app.throttle);
  app.throttle = throttle_create();
  sessions_destroy(app.sessions);
  app.sessions = sessions_create();
  credentials_destroy(app.credentials);
  app.credentials = credentials_create();
  REQUIRE(app.throttle != NULL && app.sessions != NULL &&
          app.credentials != NULL);
  cache_clear(app.cache, monotonic_ms());
  stat(database, &is);
  if (is.st_mtim.tv_nsec != was.st_mtim.tv_nsec || is.st_size != was.st_size ||
      access(fuzz_path("http.db-wal"), F_OK) == 0) {
    make_database();
    stat(database, &was);
  }
}

/* The bytes with the token in its places. To be freed. */
static char *add_token(const uint8_t *data, size_t size, size_t *length) {
  char token[SESSION_TOKEN_SIZE];
  const size_t mark = strlen(PLACEHOLDER);
  char *text = malloc(size * SESSION_TOKEN_SIZE / mark + SESSION_TOKEN_SIZE);
  REQUIRE(text != NULL);
  REQUIRE(session_open(app.sessions, "ann", users_stamp(app.users, "ann"),
                       monotonic_ms(), token) == 0);
  *length = 0;
  while (size > 0) {
    bool here = size >= mark && memcmp(data, PLACEHOLDER, mark) == 0;
    memcpy(text + *length, here ? token : (const char *)data,
           here ? sizeof(token) - 1 : 1);
    *length += here ? sizeof(token) - 1 : 1;
    data += here ? mark : 1;
    size -= here ? mark : 1;
  }
  return text;
}

/* libFuzzer's own alarm may come while it connects, which goes on then. */
static bool connected(int connection) {
  struct pollfd made = {.fd = connection, .events = POLLOUT};
  int error = 0;
  if (connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0)
    return true;
  if (errno != EINTR)
    return false;
  while (poll(&made, 1, -1) < 0 && errno == EINTR)
    ;
  return getsockopt(connection, SOL_SOCKET, SO_ERROR, &error,
                    &(socklen_t){sizeof(error)}) == 0 &&
         error == 0;
}

static void send_all(int connection, const char *text, size_t length) {
  while (length > 0) {
    ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);
    if (sent <= 0)
      return; /* the server has heard enough */
    text += sent;
    length -= (size_t)sent;
  }
}

/* What the server says up to its end; the number of bytes. */
static size_t receive_all(int connection, char *reply, size_t size) {
  size_t length = 0;
  char rest[4096];
  for (;;) {
    bool room = length < size;
    ssize_t got = recv(connection, room ? reply + length : rest,
                       room ? size - length : sizeof(rest), 0);
    if (got <= 0)
      return length;
    length += room ? (size_t)got : 0;
  }
}

/* libmicrohttpd would not notice the end of what comes together with it until
 * the connection's time is up: so let it read first. */
static void end(int connection) {
  struct pollfd reply = {.fd = connection, .events = POLLIN};
  poll(&reply, 1, LISTEN_MS);
  shutdown(connection, SHUT_WR);
}

static void reset(int connection) {
  const struct linger now = {.l_onoff = 1};
  setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(connection);
}

static void wait_until_idle(void) {
  int64_t end = monotonic_ms() + PATIENCE_MS;
  while (atomic_load(&server->under_way) > 0) {
    REQUIRE(monotonic_ms() < end);
    usleep(100);
  }
}

static bool has(const char *reply, const char *text) {
  return strstr(reply, text) != NULL;
}

/* A reply in HTTP, never of the kind that tells of a fault of ours. */
static void check_reply(const char *reply, size_t length) {
  if (length == 0)
    return;
  REQUIRE(strncmp(reply, "HTTP/1.", 7) == 0);
  int status = atoi(reply + 9);
  REQUIRE(status >= 100 && status < 600);
  REQUIRE(status != 500);
  /* every reply of our own says so */
  if (status == 200)
    REQUIRE(has(reply, "X-Content-Type-Options: nosniff"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char reply[65536];
  const struct timeval patience = {.tv_usec = REPLY_MS * 1000};
  size_t length = 0;
  if (server == NULL)
    start_server();
  forget_all();
  char *text = add_token(data, size, &length);
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(connection >= 0);
  /* the timeouts come after it: on a busy machine the server takes its time */
  REQUIRE(connected(connection));
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  send_all(connection, text, length);
  end(connection);
  length = receive_all(connection, reply, sizeof(reply) - 1);
  reply[length] = '\0';
  check_reply(reply, length);
  reset(connection);
  wait_until_idle();
  free(text);
  return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * collectd_load.c -- many hosts at once, in collectd's network protocol
 *
 * Every host sends what the plugins cpu, memory, df and interface would, which
 * makes the five features of the built-in detector, in one packet an interval;
 * the hosts take turns, evenly over the interval. Values carry the time when
 * they are due and scatter a little, as an idle machine's do. At the end one
 * line each, NAME VALUE:
 *
 *   packets  sent, one for each interval of each host
 *   late     seconds that the slowest packet was behind its time
 */
#include <collectd/network_buffer.h>

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What collectd takes, unless MaxPacketSize is set lower. */
#define PACKET_SIZE 1452

#define USER_MAX 64
#define NOBODY 65534

static const char usage[] =
    "Usage: collectd_load [options]\n"
    "  --port N         of 127.0.0.1 (25826)\n"
    "  --hosts N        host-0 and so on (100)\n"
    "  --interval S     of every host, in seconds (10)\n"
    "  --seconds S      then it ends, a whole number of intervals later (60)\n"
    "  --security none|sign|encrypt\n"
    "  --user U --password P\n";

typedef struct {
  unsigned port;
  size_t hosts;
  double interval;
  double seconds;
  lcc_security_level_t security;
  const char *user;
  const char *password;
} load_options_t;

/* The counters of one host. */
typedef struct {
  uint64_t octets;
  uint64_t errors;
} host_t;

static void fail(const char *what) {
  fprintf(stderr, "collectd_load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec ts = {0};
  clock_gettime(CLOCK_REALTIME, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void sleep_until(double then) {
  struct timespec ts = {.tv_sec = (time_t)then,
                        .tv_nsec = (long)(fmod(then, 1) * 1e9)};
  while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL) == EINTR)
    ;
}

/* About normal: the sum of four uniform ones. */
static double scatter(double mean, double deviation) {
  double sum = drand48() + drand48() + drand48() + drand48();
  return mean + deviation * sqrt(3) * (sum - 2);
}

/* --- one packet ---------------------------------------------------------- */

static void add(lcc_network_buffer_t *packet, lcc_value_list_t *vl,
                const char *plugin, const char *plugin_instance,
                const char *type, const char *type_instance) {
  lcc_identifier_t *id = &vl->identifier;
  snprintf(id->plugin, sizeof(id->plugin), "%s", plugin);
  snprintf(id->plugin_instance, sizeof(id->plugin_instance), "%s",
           plugin_instance);
  snprintf(id->type, sizeof(id->type), "%s", type);
  snprintf(id->type_instance, sizeof(id->type_instance), "%s", type_instance);
  if (lcc_network_buffer_add_value(packet, vl) != 0) {
    fprintf(stderr, "collectd_load: the packet is full\n");
    exit(1);
  }
}

static void add_gauges(lcc_network_buffer_t *packet, lcc_value_list_t *vl) {
  value_t value = {0};
  int type = LCC_TYPE_GAUGE;
  vl->values = &value;
  vl->values_types = &type;
  vl->values_len = 1;
  double busy = scatter(20, 1);
  value.gauge = busy;
  add(packet, vl, "cpu", "0", "percent", "user");
  value.gauge = 100 - busy;
  add(packet, vl, "cpu", "0", "percent", "idle");
  double used = scatter(4e9, 1e7);
  value.gauge = used;
  add(packet, vl, "memory", "", "memory", "used");
  value.gauge = 8e9 - used;
  add(packet, vl, "memory", "", "memory", "free");
  used = scatter(3e10, 1e7);
  value.gauge = used;
  add(packet, vl, "df", "root", "df_complex", "used");
  value.gauge = 1e11 - used;
  add(packet, vl, "df", "root", "df_complex", "free");
}

static void add_counters(lcc_network_buffer_t *packet, lcc_value_list_t *vl,
                         host_t *host) {
  value_t pair[2] = {0};
  int types[2] = {LCC_TYPE_DERIVE, LCC_TYPE_DERIVE};
  vl->values = pair;
  vl->values_types = types;
  vl->values_len = 2;
  host->octets += (uint64_t)(scatter(2e5, 1e4) * vl->interval);
  pair[0].derive = pair[1].derive = host->octets;
  add(packet, vl, "interface", "eth0", "if_octets", "");
  pair[0].derive = pair[1].derive = host->errors;
  add(packet, vl, "interface", "eth0", "if_errors", "");
}

/* libcollectdclient 5.12 takes success for failure when it asks libgcrypt for
 * locked memory, and does without signatures then. So let it have none. */
static void forgo_locked_memory(void) {
  struct rlimit none = {0};
  if (geteuid() == 0 && setuid(NOBODY) != 0)
    fail("setuid");
  if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
    fail("setrlimit");
}

static lcc_network_buffer_t *create_packet(const load_options_t *options) {
  if (options->security != NONE)
    forgo_locked_memory();
  bool encrypt = options->security == ENCRYPT;
  lcc_network_buffer_t *packet =
      lcc_network_buffer_create(PACKET_SIZE - strlen(options->user));
  if (packet == NULL)
    fail("memory");
  errno = lcc_network_buffer_set_security_level(packet, options->security,
                                                encrypt ? "" : options->user,
                                                options->password);
  if (errno != 0)
    fail("libcollectdclient");
  return packet;
}

/* libcollectdclient 5.12 encrypts the wrong bytes unless the user has no name.
 * The name is not encrypted itself: it is put in behind the packet's type (16
 * bits), length and length of the name. */
static size_t name_user(char *bytes, size_t size, const char *user) {
  size_t length = strlen(user);
  memmove(bytes + 6 + length, bytes + 6, size - 6);
  memcpy(bytes + 6, user, length);
  size += length;
  uint16_t lengths[2] = {htons((uint16_t)size), htons((uint16_t)length)};
  memcpy(bytes + 2, lengths, sizeof(lengths));
  return size;
}

static size_t fill(const load_options_t *options, lcc_network_buffer_t *packet,
                   char *bytes, size_t number, host_t *host, double time) {
  lcc_value_list_t vl = {.time = time, .interval = options->interval};
  snprintf(vl.identifier.host, sizeof(vl.identifier.host), "host-%zu", number);
  lcc_network_buffer_initialize(packet);
  add_gauges(packet, &vl);
  add_counters(packet, &vl, host);
  lcc_network_buffer_finalize(packet);
  size_t size = PACKET_SIZE;
  lcc_network_buffer_get(packet, bytes, &size);
  return options->security == ENCRYPT ? name_user(bytes, size, options->user)
                                      : size;
}

/* --- all of them --------------------------------------------------------- */

static int connect_to(unsigned port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 ||
      connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
    fail("socket");
  return fd;
}

/* Turn n is that of host n % hosts. */
static void send_all(const load_options_t *options, int fd,
                     lcc_network_buffer_t *packet, host_t *hosts) {
  char bytes[PACKET_SIZE];
  size_t turns =
      options->hosts * (size_t)ceil(options->seconds / options->interval);
  double begin = now(), late = 0;
  for (size_t n = 0; n < turns; n++) {
    double due = begin + (double)n * options->interval / (double)options->hosts;
    size_t host = n % options->hosts;
    size_t size = fill(options, packet, bytes, host, hosts + host, due);
    if (due > now())
      sleep_until(due);
    if (send(fd, bytes, size, 0) != (ssize_t)size)
      fail("send");
    late = fmax(late, now() - due);
  }
  printf("packets %zu\nlate %.3f\n", turns, late);
}

static lcc_security_level_t security_level(const char *name) {
  if (strcmp(name, "sign") == 0)
    return SIGN;
  if (strcmp(name, "encrypt") == 0)
    return ENCRYPT;
  if (strcmp(name, "none") == 0)
    return NONE;
  fputs(usage, stderr);
  exit(2);
}

static void parse(int argc, char **argv, load_options_t *options) {
  static const struct option known[] = {
      {"port", required_argument, NULL, 'p'},
      {"hosts", required_argument, NULL, 'h'},
      {"interval", required_argument, NULL, 'i'},
      {"seconds", required_argument, NULL, 's'},
      {"security", required_argument, NULL, 'l'},
      {"user", required_argument, NULL, 'u'},
      {"password", required_argument, NULL, 'w'},
      {0}};
  for (int c = 0; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
    switch (c) {
    case 'p':
      options->port = (unsigned)atoi(optarg);
      break;
    case 'h':
      options->hosts = (size_t)atol(optarg);
      break;
    case 'i':
      options->interval = atof(optarg);
      break;
    case 's':
      options->seconds = atof(optarg);
      break;
    case 'l':
      options->security = security_level(optarg);
      break;
    case 'u':
      options->user = optarg;
      break;
    case 'w':
      options->password = optarg;
      break;
    default:
      fputs(usage, stderr);
      exit(2);
    }
  if (options->hosts == 0 || !(options->interval > 0) ||
      strlen(options->user) > USER_MAX || optind != argc) {
    fputs(usage, stderr);
    exit(2);
  }
}

int main(int argc, char **argv) {
  load_options_t options = {.port = 25826,
                            .hosts = 100,
                            .interval = 10,
                            .seconds = 60,
                            .security = NONE,
                            .user = "",
                            .password = ""};
  parse(argc, argv, &options);
  lcc_network_buffer_t *packet = create_packet(&options);
  host_t *hosts = calloc(options.hosts, sizeof(*hosts));
  if (hosts == NULL)
    fail("memory");
  int fd = connect_to(options.port);
  send_all(&options, fd, packet, hosts);
  close(fd);
  free(hosts);
  lcc_network_buffer_destroy(packet);
  return 0;
}

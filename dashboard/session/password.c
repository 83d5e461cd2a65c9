/* SPDX-License-Identifier: MIT */
/*
 * password.c -- see password.h
 *
 * Whatever has held a password is overwritten before it is given back.
 */
#include "dashboard/session/password.h"

#include "dashboard/log.h"
#include "dashboard/session/secret.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* crypt_r() with its 32 KB on the heap: it is too much for a small stack. NULL,
 * or something that release() takes. */
static const char *crypt_text(const char *password, const char *setting,
                              struct crypt_data **data) {
  *data = calloc(1, sizeof(**data));
  if (*data == NULL)
    return NULL;
  const char *hash = crypt_r(password, setting, *data);
  return hash != NULL && hash[0] != '*' ? hash : NULL;
}

static void release(struct crypt_data *data) {
  if (data == NULL)
    return;
  explicit_bzero(data, sizeof(*data));
  free(data);
}

int password_hash(const char *password, char hash[PASSWORD_HASH_SIZE]) {
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  struct crypt_data *data = NULL;
  int status = -1;
  if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)) == NULL)
    return -1;
  const char *made = crypt_text(password, setting, &data);
  if (made != NULL && strlen(made) < PASSWORD_HASH_SIZE) {
    strcpy(hash, made);
    status = 0;
  }
  release(data);
  return status;
}

bool password_matches(const char *password, const char *hash) {
  struct crypt_data *data = NULL;
  const char *made = crypt_text(password, hash, &data);
  bool matches = made != NULL && strlen(made) == strlen(hash) &&
                 secret_equal(made, hash, strlen(hash));
  release(data);
  return matches;
}

/* --- asking --- */

/* A line without its end; false: there is none, or it is too long. */
static bool read_line(FILE *from, char line[PASSWORD_MAX + 1]) {
  char buffer[PASSWORD_MAX + 3];
  bool good = fgets(buffer, sizeof(buffer), from) != NULL;
  if (good) {
    size_t length = strcspn(buffer, "\r\n");
    good = length <= PASSWORD_MAX;
    if (good) {
      memcpy(line, buffer, length);
      line[length] = '\0';
    }
  }
  explicit_bzero(buffer, sizeof(buffer));
  return good;
}

static bool ask(FILE *terminal, const char *name, const char *what,
                char line[PASSWORD_MAX + 1]) {
  fprintf(terminal, "%s for %s: ", what, name);
  fflush(terminal);
  bool good = read_line(terminal, line);
  fputc('\n', terminal);
  return good;
}

static bool ask_twice(FILE *terminal, const char *name,
                      char password[PASSWORD_MAX + 1]) {
  char again[PASSWORD_MAX + 1] = "";
  bool good = ask(terminal, name, "Password", password) &&
              ask(terminal, name, "The same again", again);
  if (good && strcmp(password, again) != 0) {
    log_line("these are two different passwords: try again");
    good = false;
  }
  explicit_bzero(again, sizeof(again));
  return good;
}

static bool ask_terminal(const char *name, char password[PASSWORD_MAX + 1]) {
  FILE *terminal = fopen("/dev/tty", "r+");
  struct termios before;
  if (terminal == NULL || tcgetattr(fileno(terminal), &before) != 0) {
    log_line("cannot ask on the terminal: %s", strerror(errno));
    if (terminal != NULL)
      fclose(terminal);
    return false;
  }
  setvbuf(terminal, NULL, _IONBF, 0); /* it would keep the password */
  struct termios silent = before;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
  bool good = ask_twice(terminal, name, password);
  tcsetattr(fileno(terminal), TCSAFLUSH, &before);
  fclose(terminal);
  return good;
}

int password_read(const char *name, char password[PASSWORD_MAX + 1]) {
  bool good = false;
  if (isatty(STDIN_FILENO)) {
    good = ask_terminal(name, password);
  } else {
    setvbuf(stdin, NULL, _IONBF, 0);
    good = read_line(stdin, password);
    if (!good)
      log_line("no password of at most %d bytes on standard input",
               PASSWORD_MAX);
  }
  if (good && strlen(password) < PASSWORD_MIN) {
    log_line("the password is too short: give at least %d characters",
             PASSWORD_MIN);
    good = false;
  }
  if (!good)
    explicit_bzero(password, PASSWORD_MAX + 1);
  return good ? 0 : -1;
}

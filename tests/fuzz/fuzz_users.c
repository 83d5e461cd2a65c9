/* SPDX-License-Identifier: MIT */
/*
 * fuzz_users.c -- users files: what is read is written back as the same, and
 * nobody gets in whom it does not name
 */
#include "tests/fuzz/fuzz.h"

#include "dashboard/session/users_file.h"

#include <string.h>

const char fuzz_name[] = "users";

static void check_entries(const users_file_t *file) {
  for (size_t i = 0; i < file->num; i++) {
    const users_entry_t *entry = &file->entries[i];
    REQUIRE(user_name_valid(entry->name));
    REQUIRE(memchr(entry->hash, '\0', sizeof(entry->hash)) != NULL);
    REQUIRE(entry->hash[0] != '\0' && strpbrk(entry->hash, ":\r\n") == NULL);
    REQUIRE(users_file_find(file, entry->name) == entry);
  }
}

static void check_written(const users_file_t *file) {
  const char *path = fuzz_path("again");
  users_file_t again;
  fuzz_write(path, "", 0);
  REQUIRE(users_file_write(path, file) == 0);
  REQUIRE(users_file_read(path, &again) == 0);
  REQUIRE(again.num == file->num);
  for (size_t i = 0; i < file->num; i++)
    REQUIRE(strcmp(again.entries[i].name, file->entries[i].name) == 0 &&
            strcmp(again.entries[i].hash, file->entries[i].hash) == 0);
  REQUIRE((again.status.st_mode & 0777) == 0600);
  users_file_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *path = fuzz_path("users");
  users_file_t file;
  fuzz_write(path, data, size);
  if (users_file_read(path, &file) == 0) {
    check_entries(&file);
    check_written(&file);
  }
  users_file_free(&file);

  char *text = fuzz_text(data, size < 128 ? size : 128);
  if (user_name_valid(text))
    REQUIRE(strlen(text) < USER_NAME_SIZE && strpbrk(text, ":\n") == NULL);
  free(text);
  return 0;
}

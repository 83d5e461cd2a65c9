/* SPDX-License-Identifier: MIT */
/*
 * outbox.c -- a list of letters that counts its bytes
 */
#include "plugin/storage/outbox.h"
#include "plugin/storage/clock.h"

#include <stdlib.h>
#include <string.h>

size_t notice_bytes(const storage_notice_t *notice) {
  return sizeof(*notice) + notice->numbers_num * sizeof(notice->numbers[0]);
}

letter_t *letter_create(const storage_notice_t *notice) {
  letter_t *letter = calloc(1, sizeof(*letter));
  if (letter == NULL)
    return NULL;
  letter->notice = malloc(notice_bytes(notice));
  if (letter->notice == NULL) {
    free(letter);
    return NULL;
  }
  memcpy(letter->notice, notice, notice_bytes(notice));
  letter->put_at = monotonic_ms();
  return letter;
}

void letter_destroy(letter_t *letter) {
  if (letter == NULL)
    return;
  free(letter->notice);
  free(letter);
}

bool outbox_has_room(const outbox_t *outbox, size_t bytes) {
  return outbox->bytes + bytes <= OUTBOX_BYTES;
}

void outbox_append(outbox_t *outbox, letter_t *letter) {
  letter->next = NULL;
  if (outbox->last == NULL)
    outbox->first = letter;
  else
    outbox->last->next = letter;
  outbox->last = letter;
  outbox->num++;
  outbox->bytes += notice_bytes(letter->notice);
}

letter_t *outbox_pop(outbox_t *outbox) {
  letter_t *letter = outbox->first;
  if (letter == NULL)
    return NULL;
  outbox->first = letter->next;
  if (outbox->first == NULL)
    outbox->last = NULL;
  outbox->num--;
  outbox->bytes -= notice_bytes(letter->notice);
  letter->next = NULL;
  return letter;
}

void outbox_prepend(outbox_t *outbox, outbox_t *front) {
  outbox->in_file = outbox->in_file || front->in_file;
  if (front->last != NULL) {
    front->last->next = outbox->first;
    outbox->first = front->first;
    if (outbox->last == NULL)
      outbox->last = front->last;
    outbox->num += front->num;
    outbox->bytes += front->bytes;
  }
  *front = (outbox_t){0};
}

void outbox_clear(outbox_t *outbox) {
  for (letter_t *letter = NULL; (letter = outbox_pop(outbox)) != NULL;)
    letter_destroy(letter);
  outbox->in_file = false;
}

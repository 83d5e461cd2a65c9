/* SPDX-License-Identifier: MIT */
/*
 * work.c -- a bounded ring of jobs and the threads that take them
 */
#include "dashboard/http/work.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define THREADS_MAX 16

struct work_s {
  /* set by work_create(), never written again */
  void (*do_job)(void *job);

  /* owned by whoever creates and stops it */
  pthread_t threads[THREADS_MAX];
  size_t threads_num;

  pthread_mutex_t lock;
  pthread_cond_t wake;

  /* under the lock */
  void *ring[WORK_WAITING_MAX];
  size_t first;
  size_t waiting;
  bool stopping;
};

/* NULL: all is done, and no more will come. */
static void *take_job(work_t *work) {
  void *job = NULL;
  pthread_mutex_lock(&work->lock);
  while (work->waiting == 0 && !work->stopping)
    pthread_cond_wait(&work->wake, &work->lock);
  if (work->waiting > 0) {
    job = work->ring[work->first];
    work->first = (work->first + 1) % WORK_WAITING_MAX;
    work->waiting--;
  }
  pthread_mutex_unlock(&work->lock);
  return job;
}

static void *thread_main(void *argument) {
  work_t *work = argument;
  for (void *job = NULL; (job = take_job(work)) != NULL;)
    work->do_job(job);
  return NULL;
}

work_t *work_create(size_t threads, void (*do_job)(void *job)) {
  work_t *work = calloc(1, sizeof(*work));
  if (work == NULL)
    return NULL;
  work->do_job = do_job;
  pthread_mutex_init(&work->lock, NULL);
  pthread_cond_init(&work->wake, NULL);
  for (; work->threads_num < threads; work->threads_num++)
    if (pthread_create(&work->threads[work->threads_num], NULL, thread_main,
                       work) != 0) {
      work_destroy(work);
      return NULL;
    }
  return work;
}

int work_submit(work_t *work, void *job) {
  int status = -1;
  pthread_mutex_lock(&work->lock);
  if (work->waiting < WORK_WAITING_MAX && !work->stopping) {
    work->ring[(work->first + work->waiting) % WORK_WAITING_MAX] = job;
    work->waiting++;
    status = 0;
    pthread_cond_signal(&work->wake);
  }
  pthread_mutex_unlock(&work->lock);
  return status;
}

void work_stop(work_t *work) {
  if (work == NULL)
    return;
  pthread_mutex_lock(&work->lock);
  work->stopping = true;
  pthread_cond_broadcast(&work->wake);
  pthread_mutex_unlock(&work->lock);
  for (size_t i = 0; i < work->threads_num; i++)
    pthread_join(work->threads[i], NULL);
  work->threads_num = 0;
}

void work_destroy(work_t *work) {
  if (work == NULL)
    return;
  work_stop(work);
  pthread_cond_destroy(&work->wake);
  pthread_mutex_destroy(&work->lock);
  free(work);
}

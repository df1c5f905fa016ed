/*
 * Cameras that push over HTTP, for measuring: one thread, epoll, every push encoded beforehand (plan.ts) and its
 * picture sent from the page cache, so that the cameras cost this machine as little as cameras elsewhere would.
 * A push is due at a fixed time; how long it takes counts from then, also while the one before it is unanswered.
 * "take" on stdin prints one line of JSON of what was seen since the last one; the end of stdin ends it when every
 * push that was due is answered. A plan that ends before is a failure: said twice, a push is a duplicate and cheap.
 *   cc -O2 -o push-load push-load.c;  push-load PORT PLAN
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PICTURES = 2, GIVEUP_MS = 20000 };

/* All integers are 32 bits, little-endian. A plan begins with cameras, pushes, and place and length of each picture.
 * Then each push: camera, due in ms, picture, length before, length behind, and the bytes before and behind the
 * picture, filled up to four. */
struct push { uint32_t camera, due_ms, picture, before, behind; };
struct header { uint32_t cameras, pushes, place[PICTURES], length[PICTURES]; };

struct job { const struct push *push; uint64_t due_ns; struct job *next; };
struct camera {
  int fd, epollout;
  struct job *first, *last; /* the first is on its way */
  size_t at;                /* bytes of it that are sent */
  char in[4096];
  int in_length;
};

static int ep, port, plan_fd, stopping;
static const struct header *plan;
static struct camera *cameras;
static double *seen_ms;
static long seen, seen_size, failed, open_jobs;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}
static void fail(const char *what) { perror(what); exit(1); }

static void watch(struct camera *c, int want, int op) {
  c->epollout = want;
  struct epoll_event e = {.events = EPOLLIN | (want ? EPOLLOUT : 0), .data.ptr = c};
  if (epoll_ctl(ep, op, c->fd, &e)) fail("epoll_ctl");
}
static void dial(struct camera *c) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c->fd, (void *)&to, sizeof to)) fail("connect");
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  c->at = 0;
  c->in_length = 0;
  watch(c, 0, EPOLL_CTL_ADD);
}
static void done(struct camera *c, int ok) {
  struct job *job = c->first;
  if (seen == seen_size) seen_ms = realloc(seen_ms, (seen_size = seen_size * 2 + 1024) * sizeof *seen_ms);
  seen_ms[seen++] = (now_ns() - job->due_ns) / 1e6;
  if (!ok) failed++;
  c->first = job->next;
  if (!c->first) c->last = 0;
  c->at = 0;
  open_jobs--;
  free(job);
}
static void speak(struct camera *c) {
  while (c->first) {
    const struct push *p = c->first->push;
    const char *before = (const char *)(p + 1), *behind = before + p->before;
    size_t picture = plan->length[p->picture], whole = p->before + picture + p->behind;
    if (c->at >= whole) break; /* it waits for its answer */
    ssize_t n;
    if (c->at < p->before) n = send(c->fd, before + c->at, p->before - c->at, MSG_NOSIGNAL | MSG_MORE);
    else if (c->at < p->before + picture) {
      off_t from = plan->place[p->picture] + (c->at - p->before);
      n = sendfile(c->fd, plan_fd, &from, p->before + picture - c->at);
    } else n = send(c->fd, behind + (c->at - p->before - picture), whole - c->at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      if (!c->epollout) watch(c, 1, EPOLL_CTL_MOD);
      return;
    }
    if (n <= 0) return; /* `hear` finds out */
    c->at += n;
  }
  if (c->epollout) watch(c, 0, EPOLL_CTL_MOD);
}
static void hear(struct camera *c) {
  for (;;) {
    ssize_t n = recv(c->fd, c->in + c->in_length, sizeof c->in - 1 - c->in_length, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) { /* it hung up: what was on its way has failed */
      close(c->fd);
      if (c->first && c->at > 0) done(c, 0);
      dial(c);
      speak(c);
      return;
    }
    c->in_length += n;
    c->in[c->in_length] = 0;
    char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "content-length:");
    if (!end) continue;
    int whole = (int)(end - c->in) + 4 + (length && length < end ? atoi(length + 15) : 0);
    if (c->in_length < whole) continue;
    int ok = !strncmp(c->in, "HTTP/1.1 200", 12);
    c->in_length = 0;
    if (c->first) done(c, ok);
    speak(c);
  }
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static void tell(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  qsort(seen_ms, seen, sizeof *seen_ms, by_size);
#define SHARE(p) (seen ? seen_ms[(long)((p) * (seen - 1))] : -1)
  printf("{\"answered\":%ld,\"failed\":%ld,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f,\"ownCpuS\":%.3f}\n", seen, failed,
      SHARE(0.5), SHARE(0.99), SHARE(1.0),
      r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6);
  fflush(stdout);
  seen = failed = 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  port = atoi(argv[1]);
  plan_fd = open(argv[2], O_RDONLY);
  struct stat st;
  if (plan_fd < 0 || fstat(plan_fd, &st)) fail(argv[2]);
  const char *file = mmap(0, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, plan_fd, 0);
  if (file == MAP_FAILED) fail("mmap");
  plan = (const struct header *)file;
  signal(SIGPIPE, SIG_IGN);
  /* The last core is the load's, as in load.c. */
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (cores > 1) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cores - 1, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  ep = epoll_create1(0);
  cameras = calloc(plan->cameras, sizeof *cameras);
  for (uint32_t i = 0; i < plan->cameras; i++) dial(&cameras[i]);
  struct epoll_event in = {.events = EPOLLIN, .data.ptr = 0};
  epoll_ctl(ep, EPOLL_CTL_ADD, 0, &in);

  const char *next = file + sizeof *plan;
  uint64_t start_ns = now_ns(), stopped_ns = 0;
  for (uint32_t told = 0; !stopping || open_jobs > 0;) {
    uint64_t t = now_ns(), due = 0;
    if (stopping && t - stopped_ns > GIVEUP_MS * 1000000ull) return 1;
    while (!stopping) {
      if (told == plan->pushes) {
        fputs("the plan is at its end\n", stderr);
        return 1;
      }
      const struct push *p = (const struct push *)next;
      due = start_ns + p->due_ms * 1000000ull;
      if (due > t) break;
      struct camera *c = &cameras[p->camera];
      struct job *job = malloc(sizeof *job);
      *job = (struct job){p, due, 0};
      if (c->last) c->last->next = job;
      else c->first = job;
      c->last = job;
      open_jobs++;
      if (c->first == job) speak(c);
      next += sizeof *p + ((p->before + p->behind + 3) & ~3u);
      told++;
    }
    int wait = stopping ? 100 : (int)((due - t) / 1000000) + 1;
    struct epoll_event events[256];
    int n = epoll_wait(ep, events, 256, wait);
    for (int i = 0; i < n; i++) {
      struct camera *c = events[i].data.ptr;
      if (!c) {
        char said[64];
        ssize_t length = read(0, said, sizeof said);
        if (length > 0) tell();
        else {
          stopping = 1;
          stopped_ns = now_ns();
          epoll_ctl(ep, EPOLL_CTL_DEL, 0, 0);
        }
        continue;
      }
      if (events[i].events & EPOLLOUT) speak(c);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) hear(c);
    }
  }
  return 0;
}

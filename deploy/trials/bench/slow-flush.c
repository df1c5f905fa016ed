/*
 * A disk whose flushes take SLOW_FLUSH_MS longer, as an SD card's do; with SLOW_FLUSH_AFTER_MS only from then on.
 *   cc -O2 -shared -fPIC -o slow-flush.so slow-flush.c -ldl;  LD_PRELOAD=./slow-flush.so SLOW_FLUSH_MS=20 node …
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static struct timespec began;
__attribute__((constructor)) static void begin(void) { clock_gettime(CLOCK_MONOTONIC, &began); }

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}
static void nap(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long passed = (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000;
  if (passed < number("SLOW_FLUSH_AFTER_MS")) return;
  long ms = number("SLOW_FLUSH_MS");
  struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&t, 0);
}
int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  nap();
  return real(fd);
}
int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  nap();
  return real(fd);
}

/*
 * A disk whose flushes take SLOW_FLUSH_MS longer, as an SD card's do.
 *   cc -O2 -shared -fPIC -o slow-flush.so slow-flush.c -ldl;  LD_PRELOAD=./slow-flush.so SLOW_FLUSH_MS=20 node …
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void nap(void) {
  const char *text = getenv("SLOW_FLUSH_MS");
  long ms = text ? atol(text) : 0;
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

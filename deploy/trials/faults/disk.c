/* A disk that fails, for LD_PRELOAD. Build: cc -O2 -shared -fPIC -o disk.so disk.c -ldl
 *
 * DISK_DIR    the folder whose files are on this disk
 * DISK_KEPT   where a copy of each file as of its last successful flush is kept: what a power cut leaves for certain
 * DISK_EIO    "sync:N" or "write:N": the Nth flush, or write, of a file in DISK_DIR fails with EIO, once; then "eio" stands on
 *             standard output, so that whoever tries the box knows since when
 * DISK_DIE    "sync:N" or "write:N": the process is killed (SIGKILL) just before the Nth flush, or write
 * DISK_SLOW   every flush takes so many ms longer
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *dir, *kept;
static size_t length;
static long sync_at, write_at, die_sync_at, die_write_at, slow_ms, syncs, writes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Deleted, but for certain only after the next flush: until then a power cut may bring it back. */
#define MAX_GONE 64
static char *gone[MAX_GONE];
static int gone_count;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
  const char *eio = getenv("DISK_EIO"), *die = getenv("DISK_DIE"), *slow = getenv("DISK_SLOW");
  dir = getenv("DISK_DIR");
  kept = getenv("DISK_KEPT");
  length = dir ? strlen(dir) : 0;
  if (eio && !strncmp(eio, "sync:", 5)) sync_at = atol(eio + 5);
  if (eio && !strncmp(eio, "write:", 6)) write_at = atol(eio + 6);
  if (die && !strncmp(die, "sync:", 5)) die_sync_at = atol(die + 5);
  if (die && !strncmp(die, "write:", 6)) die_write_at = atol(die + 6);
  if (slow) slow_ms = atol(slow);
}

/* The path of an open file below DISK_DIR; 0 for any other. */
static int ours(int fd, char *path) {
  char link[64];
  if (!dir) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, PATH_MAX - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return !strncmp(path, dir, length) && (path[length] == '/' || path[length] == 0);
}

static void keep(const char *path) {
  char to[PATH_MAX + 64], part[PATH_MAX + 96], buffer[1 << 16];
  ssize_t n;
  if (!kept || strstr(path, "-shm")) return;
  snprintf(to, sizeof to, "%s%s", kept, path + length);
  snprintf(part, sizeof part, "%s.part", to);
  int in = open(path, O_RDONLY | O_CLOEXEC), out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  while (in >= 0 && out >= 0 && (n = read(in, buffer, sizeof buffer)) > 0)
    if (REAL(write)(out, buffer, n) != n) break;
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  rename(part, to);
}

/* Says that the fault has come, and fails. */
static int fault(void) {
  if (REAL(write)(1, "eio\n", 4) != 4) abort();
  errno = EIO;
  return -1;
}

static int flushed(int fd, int (*real)(int)) {
  char path[PATH_MAX];
  struct stat stat;
  if (!ours(fd, path)) return real(fd);
  /* SQLite takes no notice where the flush of a folder fails: only those of files count. */
  int is_file = path[length] == '/' && !fstat(fd, &stat) && S_ISREG(stat.st_mode);
  pthread_mutex_lock(&lock);
  long now = is_file ? ++syncs : 0;
  pthread_mutex_unlock(&lock);
  if (slow_ms > 0) {
    struct timespec wait = {slow_ms / 1000, (slow_ms % 1000) * 1000000L};
    nanosleep(&wait, 0);
  }
  if (now && now == die_sync_at) kill(getpid(), SIGKILL);
  if (now && now == sync_at) return fault();
  int result = real(fd);
  if (result) return result;
  pthread_mutex_lock(&lock);
  while (gone_count > 0) {
    char to[PATH_MAX + 64];
    gone_count -= 1;
    snprintf(to, sizeof to, "%s%s", kept ? kept : "", gone[gone_count]);
    if (kept) REAL(unlink)(to);
    free(gone[gone_count]);
  }
  if (is_file) keep(path);
  pthread_mutex_unlock(&lock);
  return 0;
}

int fsync(int fd) { return flushed(fd, REAL(fsync)); }
int fdatasync(int fd) { return flushed(fd, REAL(fdatasync)); }

int unlink(const char *path) {
  int result = REAL(unlink)(path);
  if (!result && dir && !strncmp(path, dir, length) && path[length] == '/') {
    pthread_mutex_lock(&lock);
    if (gone_count < MAX_GONE) gone[gone_count++] = strdup(path + length);
    pthread_mutex_unlock(&lock);
  }
  return result;
}

static int fails(int fd) {
  char path[PATH_MAX];
  if ((!write_at && !die_write_at) || !ours(fd, path) || strstr(path, "-shm")) return 0;
  pthread_mutex_lock(&lock);
  long count = ++writes;
  int now = count == write_at;
  pthread_mutex_unlock(&lock);
  if (count == die_write_at) kill(getpid(), SIGKILL);
  return now ? fault() : 0;
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t at) {
  return fails(fd) ? -1 : REAL(pwrite)(fd, from, n, at);
}
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) {
  return fails(fd) ? -1 : REAL(pwrite64)(fd, from, n, at);
}
ssize_t write(int fd, const void *from, size_t n) {
  return fails(fd) ? -1 : REAL(write)(fd, from, n);
}

/*
 * A stand-in for /sys/class/gpio on a machine without GPIO, so that the real onoff and its epoll run as they do on a
 * Pi: export, unexport, direction, value, edge, active_low, and EPOLLPRI at an edge. One chip; its label, first number
 * and size come as arguments. What it copies is the kernel's Documentation/admin-guide/gpio/sysfs.rst.
 *
 *   stand-in LABEL BASE COUNT MOUNTPOINT
 *
 * The file `.sim` is the other side of the pins. Written to it, one order a line:
 *   536 1        the world drives line 536 high
 *   536 busy     another driver holds it: export answers EBUSY;  536 free ends that
 *   536 locked   its direction cannot be set: EPERM
 *   536 turn     somebody makes an input of it
 *   536 drop     somebody unexports it
 * Read from it: every change of a level since the start, as `MONOTONIC_MS LINE LEVEL`.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum { most_lines = 128, history_bytes = 1 << 18, order_bytes = 64 };
enum edge { edge_none, edge_rising, edge_falling, edge_both };
static const char *const edge_names[] = {"none", "rising", "falling", "both"};

/* `level` is that of the pin; `edges` counts those that the line was told to report. */
struct line {
  int exported, output, level, active_low, busy, locked;
  enum edge edge;
  unsigned edges;
};

/* An open `value`: how many edges its reader knows of, and whom to wake at the next. */
struct reader {
  int number;
  unsigned seen;
  struct fuse_pollhandle *wake;
  struct reader *next;
};

enum what {
  absent, root, export_file, unexport_file, sim_file,
  chip_dir, chip_base, chip_label, chip_count,
  line_dir, line_value, line_direction, line_edge, line_active_low,
};
struct place {
  enum what what;
  int number;
};

static const char *label;
static int base, count;
static struct line lines[most_lines];
static struct reader *readers;
static char history[history_bytes];
static size_t history_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int of_chip(long kernel_number) { return kernel_number >= base && kernel_number < base + count; }

static struct place find(const char *path) {
  static const struct { const char *name; enum what what; } top[] = {
      {"/", root}, {"/export", export_file}, {"/unexport", unexport_file}, {"/.sim", sim_file}};
  static const struct { const char *name; enum what what; } in_chip[] = {
      {"", chip_dir}, {"/base", chip_base}, {"/label", chip_label}, {"/ngpio", chip_count}};
  static const struct { const char *name; enum what what; } in_line[] = {
      {"", line_dir}, {"/value", line_value}, {"/direction", line_direction}, {"/edge", line_edge},
      {"/active_low", line_active_low}};
  struct place place = {absent, -1};
  char *rest;
  for (size_t i = 0; i < sizeof top / sizeof *top; i++)
    if (!strcmp(path, top[i].name)) place.what = top[i].what;
  if (!strncmp(path, "/gpiochip", 9)) {
    if (strtol(path + 9, &rest, 10) != base) return place;
    for (size_t i = 0; i < sizeof in_chip / sizeof *in_chip; i++)
      if (!strcmp(rest, in_chip[i].name)) place.what = in_chip[i].what;
  } else if (!strncmp(path, "/gpio", 5)) {
    long kernel_number = strtol(path + 5, &rest, 10);
    if (!of_chip(kernel_number) || !lines[kernel_number - base].exported) return place;
    place.number = (int)(kernel_number - base);
    for (size_t i = 0; i < sizeof in_line / sizeof *in_line; i++)
      if (!strcmp(rest, in_line[i].name)) place.what = in_line[i].what;
  }
  return place;
}

static int is_directory(enum what what) { return what == root || what == chip_dir || what == line_dir; }

/* The pin takes a level, by whomever; who watches its edges is woken. */
static void set_level(int number, int level) {
  struct line *line = &lines[number];
  struct timespec now;
  if (line->level == level) return;
  line->level = level;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (history_length < history_bytes - 64)
    history_length += (size_t)sprintf(history + history_length, "%lld %d %d\n",
                                      now.tv_sec * 1000LL + now.tv_nsec / 1000000, base + number, level);
  if (!(line->edge & (level ? edge_rising : edge_falling))) return;
  line->edges++;
  for (struct reader *reader = readers; reader; reader = reader->next) {
    if (reader->number != number || !reader->wake) continue;
    fuse_notify_poll(reader->wake);
    fuse_pollhandle_destroy(reader->wake);
    reader->wake = NULL;
  }
}

static int get_attributes(const char *path, struct stat *stat, struct fuse_file_info *info) {
  (void)info;
  pthread_mutex_lock(&lock);
  enum what what = find(path).what;
  pthread_mutex_unlock(&lock);
  if (what == absent) return -ENOENT;
  memset(stat, 0, sizeof *stat);
  stat->st_mode = is_directory(what) ? S_IFDIR | 0755 : S_IFREG | 0644;
  stat->st_nlink = 1;
  stat->st_size = is_directory(what) ? 0 : 4096;
  return 0;
}

static int list(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                enum fuse_readdir_flags flags) {
  (void)offset, (void)info, (void)flags;
  char name[32];
  pthread_mutex_lock(&lock);
  enum what what = find(path).what;
  if (what == root) {
    fill(buffer, "export", NULL, 0, 0);
    fill(buffer, "unexport", NULL, 0, 0);
    sprintf(name, "gpiochip%d", base);
    fill(buffer, name, NULL, 0, 0);
    for (int i = 0; i < count; i++) {
      if (!lines[i].exported) continue;
      sprintf(name, "gpio%d", base + i);
      fill(buffer, name, NULL, 0, 0);
    }
  } else if (what == chip_dir) {
    for (const char *const *one = (const char *const[]){"base", "label", "ngpio", NULL}; *one; one++)
      fill(buffer, *one, NULL, 0, 0);
  } else if (what == line_dir) {
    for (const char *const *one = (const char *const[]){"value", "direction", "edge", "active_low", NULL}; *one; one++)
      fill(buffer, *one, NULL, 0, 0);
  }
  pthread_mutex_unlock(&lock);
  return 0;
}

static int open_file(const char *path, struct fuse_file_info *info) {
  struct reader *reader = calloc(1, sizeof *reader);
  if (!reader) return -ENOMEM;
  pthread_mutex_lock(&lock);
  struct place place = find(path);
  reader->number = place.what == line_value ? place.number : -1;
  if (reader->number >= 0) reader->seen = lines[reader->number].edges;
  reader->next = readers;
  readers = reader;
  pthread_mutex_unlock(&lock);
  info->fh = (uintptr_t)reader;
  info->direct_io = 1;
  return 0;
}

static int close_file(const char *path, struct fuse_file_info *info) {
  (void)path;
  struct reader *reader = (struct reader *)(uintptr_t)info->fh;
  pthread_mutex_lock(&lock);
  for (struct reader **at = &readers; *at; at = &(*at)->next) {
    if (*at != reader) continue;
    *at = reader->next;
    break;
  }
  pthread_mutex_unlock(&lock);
  if (reader->wake) fuse_pollhandle_destroy(reader->wake);
  free(reader);
  return 0;
}

static int read_file(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  char small[128];
  const char *text = small;
  int length = 0;
  pthread_mutex_lock(&lock);
  struct place place = find(path);
  struct line *line = place.number >= 0 ? &lines[place.number] : NULL;
  switch (place.what) {
    case chip_base: length = sprintf(small, "%d\n", base); break;
    case chip_label: length = snprintf(small, sizeof small, "%s\n", label); break;
    case chip_count: length = sprintf(small, "%d\n", count); break;
    case line_value:
      length = sprintf(small, "%d\n", line->level ^ line->active_low);
      ((struct reader *)(uintptr_t)info->fh)->seen = line->edges;
      break;
    case line_direction: length = sprintf(small, "%s\n", line->output ? "out" : "in"); break;
    case line_edge: length = sprintf(small, "%s\n", edge_names[line->edge]); break;
    case line_active_low: length = sprintf(small, "%d\n", line->active_low); break;
    case sim_file: text = history, length = (int)history_length; break;
    case absent: length = -ENOENT; break;
    default: length = -EACCES;
  }
  if (length > 0) {
    length = offset >= length ? 0 : length - (int)offset;
    if ((size_t)length > size) length = (int)size;
    memcpy(buffer, text + offset, (size_t)length);
  }
  pthread_mutex_unlock(&lock);
  return length;
}

static int obey(const char *order) {
  int kernel_number;
  char word[16];
  if (sscanf(order, "%d %15s", &kernel_number, word) != 2 || !of_chip(kernel_number)) return -EINVAL;
  int number = kernel_number - base;
  struct line *line = &lines[number];
  if (!strcmp(word, "0") || !strcmp(word, "1")) set_level(number, word[0] == '1');
  else if (!strcmp(word, "busy")) line->busy = 1;
  else if (!strcmp(word, "locked")) line->locked = 1;
  else if (!strcmp(word, "free")) line->busy = line->locked = 0;
  else if (!strcmp(word, "turn")) line->output = 0;
  else if (!strcmp(word, "drop")) line->exported = 0, line->edge = edge_none;
  else return -EINVAL;
  return 0;
}

static int set_direction(int number, const char *word) {
  struct line *line = &lines[number];
  if (line->locked) return -EPERM;
  if (!strcmp(word, "in")) {
    line->output = 0;
    return 0;
  }
  if (strcmp(word, "out") && strcmp(word, "low") && strcmp(word, "high")) return -EINVAL;
  if (line->edge != edge_none) return -EIO;
  line->output = 1;
  set_level(number, !strcmp(word, "high"));
  return 0;
}

static int set_edge(struct line *line, const char *word) {
  if (line->output) return -EIO;
  for (int i = 0; i < 4; i++) {
    if (strcmp(word, edge_names[i])) continue;
    line->edge = (enum edge)i;
    return 0;
  }
  return -EINVAL;
}

static int set_exported(const char *word, int exported) {
  long kernel_number = strtol(word, NULL, 10);
  if (!of_chip(kernel_number)) return -EINVAL;
  struct line *line = &lines[kernel_number - base];
  if (exported ? line->busy || line->exported : !line->exported) return exported ? -EBUSY : -EINVAL;
  line->exported = exported;
  line->edge = edge_none;
  return 0;
}

static int write_file(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)offset, (void)info;
  char word[order_bytes];
  size_t length = size < sizeof word - 1 ? size : sizeof word - 1;
  memcpy(word, bytes, length);
  word[length] = '\0';
  word[strcspn(word, "\n")] = '\0';
  pthread_mutex_lock(&lock);
  struct place place = find(path);
  struct line *line = place.number >= 0 ? &lines[place.number] : NULL;
  int result = 0;
  switch (place.what) {
    case export_file: result = set_exported(word, 1); break;
    case unexport_file: result = set_exported(word, 0); break;
    case sim_file: result = obey(word); break;
    case line_value:
      if (!line->output) result = -EPERM;
      else set_level(place.number, (word[0] != '0') ^ line->active_low);
      break;
    case line_direction: result = set_direction(place.number, word); break;
    case line_edge: result = set_edge(line, word); break;
    case line_active_low: line->active_low = word[0] != '0'; break;
    case absent: result = -ENOENT; break;
    default: result = -EACCES;
  }
  pthread_mutex_unlock(&lock);
  return result < 0 ? result : (int)size;
}

static int poll_file(const char *path, struct fuse_file_info *info, struct fuse_pollhandle *wake, unsigned *events) {
  (void)path;
  struct reader *reader = (struct reader *)(uintptr_t)info->fh;
  pthread_mutex_lock(&lock);
  if (wake) {
    if (reader->wake) fuse_pollhandle_destroy(reader->wake);
    reader->wake = wake;
  }
  *events = reader->number < 0 ? POLLIN | POLLOUT
            : reader->seen != lines[reader->number].edges ? POLLPRI | POLLERR
                                                          : 0;
  pthread_mutex_unlock(&lock);
  return 0;
}

static int truncate_file(const char *path, off_t length, struct fuse_file_info *info) {
  (void)path, (void)length, (void)info;
  return 0;
}

/* Lines come and go by `export`, behind the back of the kernel's cache: it may keep nothing. */
static void *start(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return NULL;
}

static const struct fuse_operations operations = {
    .init = start, .getattr = get_attributes, .readdir = list, .open = open_file, .release = close_file, .read = read_file,
    .write = write_file, .poll = poll_file, .truncate = truncate_file};

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  label = argv[1];
  base = atoi(argv[2]);
  count = atoi(argv[3]);
  if (count < 1 || count > most_lines) return 2;
  /* Whoever started it is gone: so is the village. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  char *mount[] = {argv[0], "-f", argv[4], NULL};
  return fuse_main(3, mount, &operations, NULL);
}

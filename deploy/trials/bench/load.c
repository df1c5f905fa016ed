/*
 * A village of native meters on MQTT 3.1.1, for measuring: one thread, epoll, messages encoded beforehand.
 * Closed loop (rate=0): each connection keeps `window` QoS 1 messages unanswered. Open loop (rate=R): messages are
 * due at fixed times over all connections, and their latency counts from then, also while they could not be sent.
 * Prints "window" when the measured time begins, and one line of JSON at its end.
 *   cc -O2 -o load load.c;  load port=1883 conns=50 window=8 secs=5 warm=1 rate=0 readers=0 login=1 pid=123
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RING = 4096, LATE = 16384 };

struct conn {
  int fd, state, reader, epollout; /* state: 0 connecting, 1 in, 2 subscribed */
  uint16_t id;
  int unanswered;
  uint64_t asked[RING];  /* when the message of this packet id was due, ns */
  uint64_t *sent;        /* the same by its number, for readers */
  uint64_t first_ms, last_ms;
  uint8_t packet[512];
  int length, at_id, at_ms, at_watt, at_wh;
  uint32_t wh;
  uint64_t *due;
  int due_head, due_tail, due_size;
  uint8_t in[65536 * 2];
  int in_length;
  uint8_t *out;
  int out_length, out_at, out_size;
};

static int port = 1883, conns = 1, window = 1, readers = 0, login = 0, pid = 0;
static double secs = 5, warm = 1, rate = 0;
static int ep;
static struct conn *all;
static uint64_t begin_ns = UINT64_MAX, end_ns = UINT64_MAX;
static long sent, acked, heard, acked_all, sent_all, heard_all, closed_count;
static int stopping;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}
static uint64_t wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}
static void fail(const char *what) { perror(what); exit(1); }

/* Latencies in microseconds: exact to 2,048, then to one part in 128. */
enum { FINE = 2048, STEPS = 128, BUCKETS = FINE + 32 * STEPS };
struct spread { long n, bucket[BUCKETS]; double max; };
static struct spread acks, reads;
static void count(struct spread *s, double us) {
  uint64_t v = us < 0 ? 0 : (uint64_t)us;
  int at;
  if (v < FINE) at = (int)v;
  else {
    int top = 63 - __builtin_clzll(v); /* 11.. */
    at = FINE + (top - 11) * STEPS + (int)((v >> (top - 7)) & (STEPS - 1));
    if (at >= BUCKETS) at = BUCKETS - 1;
  }
  s->bucket[at]++;
  s->n++;
  if (us > s->max) s->max = us;
}
static double share(struct spread *s, double p) {
  if (s->n == 0) return -1;
  long want = (long)(p * (s->n - 1)), seen = 0;
  for (int i = 0; i < BUCKETS; i++) {
    seen += s->bucket[i];
    if (seen > want) {
      if (i < FINE) return i / 1000.0;
      int top = 11 + (i - FINE) / STEPS;
      return ((1ull << top) + ((uint64_t)((i - FINE) % STEPS) << (top - 7))) / 1000.0;
    }
  }
  return s->max / 1000.0;
}

static void digits(uint8_t *to, uint64_t value, int n) {
  while (n-- > 0) { to[n] = '0' + value % 10; value /= 10; }
}

static void watch(struct conn *c, int want) {
  if (c->epollout == want) return;
  c->epollout = want;
  struct epoll_event e = {.events = EPOLLIN | (want ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void flush(struct conn *c) {
  while (c->out_at < c->out_length) {
    ssize_t n = send(c->fd, c->out + c->out_at, c->out_length - c->out_at, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) { watch(c, 1); return; }
      break;
    }
    c->out_at += n;
  }
  c->out_at = c->out_length = 0;
  watch(c, 0);
}
static void put(struct conn *c, const void *bytes, int n) {
  if (c->out_length + n > c->out_size) {
    c->out_size = (c->out_length + n) * 2 + 4096;
    c->out = realloc(c->out, c->out_size);
  }
  memcpy(c->out + c->out_length, bytes, n);
  c->out_length += n;
}

/* One reading of nine figures, about 200 bytes, with places for what changes. */
static void encode(struct conn *c, int number) {
  char topic[64], body[400];
  int topic_length = snprintf(topic, sizeof topic, "gatehouse/v1/m%04d/power", number);
  int n = snprintf(body, sizeof body,
      "{\"atMs\":1000000000000,\"powerW\":1234.5,\"phases\":[{\"voltageV\":228.1,\"currentA\":2.11,\"powerFactor\":0.95},"
      "{\"voltageV\":229.4,\"currentA\":1.83,\"powerFactor\":0.91},{\"voltageV\":227.9,\"currentA\":1.57,\"powerFactor\":0.97}],"
      "\"energyWh\":10000000}");
  int rest = 2 + topic_length + 2 + n, at = 0;
  c->packet[at++] = 0x32;
  for (int left = rest; ; ) {
    uint8_t byte = left % 128;
    left /= 128;
    c->packet[at++] = left ? byte | 128 : byte;
    if (!left) break;
  }
  c->packet[at++] = topic_length >> 8;
  c->packet[at++] = topic_length & 255;
  memcpy(c->packet + at, topic, topic_length);
  at += topic_length;
  c->at_id = at;
  at += 2;
  memcpy(c->packet + at, body, n);
  c->at_ms = at + (int)(strstr(body, "\"atMs\":") - body) + 7;
  c->at_watt = at + (int)(strstr(body, "\"powerW\":") - body) + 9;
  c->at_wh = at + (int)(strstr(body, "\"energyWh\":") - body) + 11;
  c->length = at + n;
  c->wh = 10000000 + number;
}

static uint32_t dice = 12345;
static void publish(struct conn *c, uint64_t due) {
  /* A reading is known by its device and time: time goes on with each. */
  uint64_t ms = wall_ms();
  if (rate == 0 || ms <= c->last_ms) ms = c->last_ms + 1;
  c->last_ms = ms;
  dice = dice * 1664525u + 1013904223u;
  digits(c->packet + c->at_ms, ms, 13);
  uint32_t watt = 12000 + (dice >> 16) % 800;
  digits(c->packet + c->at_watt, watt / 10, 4);
  c->packet[c->at_watt + 5] = '0' + watt % 10;
  if ((dice >> 24) % 3 == 0) c->wh++;
  digits(c->packet + c->at_wh, c->wh, 8);
  if (++c->id == 0) c->id = 1;
  c->packet[c->at_id] = c->id >> 8;
  c->packet[c->at_id + 1] = c->id & 255;
  c->asked[c->id % RING] = due;
  if (c->sent && rate == 0) c->sent[(ms - c->first_ms) % LATE] = due;
  c->unanswered++;
  put(c, c->packet, c->length);
  sent_all++;
  if (due >= begin_ns && due < end_ns) sent++;
}
static void fill(struct conn *c) {
  if (stopping || c->reader || c->state < 1) return;
  if (rate > 0)
    while (c->due_head != c->due_tail && c->unanswered < window) {
      publish(c, c->due[c->due_head]);
      c->due_head = (c->due_head + 1) % c->due_size;
    }
  else
    while (c->unanswered < window) publish(c, now_ns());
  if (c->out_length > c->out_at) flush(c);
}

static void take(struct conn *c, const uint8_t *packet, const uint8_t *body, int n) {
  int type = packet[0] >> 4;
  if (type == 2) {
    if (n < 2 || body[1] != 0) { fprintf(stderr, "refused: code %d\n", n < 2 ? -1 : body[1]); exit(1); }
    c->state = 1;
  } else if (type == 9) c->state = 2;
  else if (type == 4) {
    uint64_t at = now_ns(), due = c->asked[(body[0] << 8 | body[1]) % RING];
    c->unanswered--;
    acked_all++;
    if (at >= begin_ns && at < end_ns) { acked++; count(&acks, (at - due) / 1000.0); }
  } else if (type == 3) {
    int topic_length = body[0] << 8 | body[1], at_payload = 2 + topic_length;
    if (packet[0] & 6) {
      uint8_t answer[4] = {0x40, 2, body[at_payload], body[at_payload + 1]};
      at_payload += 2;
      put(c, answer, 4);
    }
    heard_all++;
    uint64_t at = now_ns();
    if (at >= begin_ns && at < end_ns) {
      heard++;
      const char *ms_text = memmem(body + at_payload, n - at_payload, "\"atMs\":", 7);
      const uint8_t *m = memchr(body + 13, 'm', topic_length > 13 ? topic_length - 13 : 0);
      if (ms_text && m && rate == 0) {
        int number = atoi((const char *)m + 1);
        uint64_t ms = strtoull(ms_text + 7, 0, 10);
        struct conn *from = &all[number < conns ? number : 0];
        /* Older than what is remembered: too late to say how late. */
        if (from->sent && from->last_ms - ms < LATE)
          count(&reads, (at - from->sent[(ms - from->first_ms) % LATE]) / 1000.0);
        else count(&reads, 1e9);
      }
    }
  }
}
static void listen_to(struct conn *c) {
  for (;;) {
    ssize_t n = recv(c->fd, c->in + c->in_length, sizeof c->in - c->in_length, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) { closed_count++; epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, 0); return; }
    c->in_length += n;
    int at = 0;
    for (;;) {
      int length = 0, shift = 0, i = 1, whole = 0;
      while (i < c->in_length - at && i < 5) {
        uint8_t byte = c->in[at + i++];
        length |= (byte & 127) << shift;
        shift += 7;
        if (!(byte & 128)) { whole = 1; break; }
      }
      if (!whole || c->in_length - at - i < length) break;
      take(c, c->in + at, c->in + at + i, length);
      at += i + length;
    }
    memmove(c->in, c->in + at, c->in_length - at);
    c->in_length -= at;
    if (n < 16384) break;
  }
  if (c->out_length > c->out_at) flush(c);
}

static void dial(struct conn *c, int number) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c->fd, (void *)&to, sizeof to)) fail("connect");
  char name[32];
  if (c->reader) snprintf(name, sizeof name, "board%d", number);
  else snprintf(name, sizeof name, "m%04d", number);
  int l = (int)strlen(name), at = 0;
  uint8_t p[160] = {0x10};
  at = 2;
  const uint8_t head[] = {0, 4, 'M', 'Q', 'T', 'T', 4, login ? 0xc2 : 2, 0, 120};
  memcpy(p + at, head, sizeof head);
  at += sizeof head;
  for (int i = 0; i < (login ? 3 : 1); i++) { /* client id, user name, password: all the name */
    p[at++] = 0;
    p[at++] = l;
    memcpy(p + at, name, l);
    at += l;
  }
  p[1] = at - 2;
  if (send(c->fd, p, at, 0) != at) fail("send");
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}

static double cpu_of(int p) {
  char name[64], text[1024];
  snprintf(name, sizeof name, "/proc/%d/stat", p);
  FILE *f = fopen(name, "r");
  if (!f) return 0;
  size_t n = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  text[n] = 0;
  unsigned long user, system;
  char *after = strrchr(text, ')');
  if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) return 0;
  return (user + system) / (double)sysconf(_SC_CLK_TCK);
}
static long field(const char *file, int p, const char *key) {
  char name[64], line[256];
  snprintf(name, sizeof name, "/proc/%d/%s", p, file);
  FILE *f = fopen(name, "r");
  long value = 0;
  if (!f) return 0;
  while (fgets(line, sizeof line, f))
    if (!strncmp(line, key, strlen(key))) value = atol(line + strlen(key) + 1);
  fclose(f);
  return value;
}
static double own_cpu(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
static int round_of_events(int timeout) {
  struct epoll_event events[512];
  int n = epoll_wait(ep, events, 512, timeout);
  for (int i = 0; i < n; i++) {
    struct conn *c = events[i].data.ptr;
    if (events[i].events & EPOLLOUT) flush(c);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) listen_to(c);
    fill(c);
  }
  return n;
}
static void until(int state, int from, const char *what) {
  uint64_t limit = now_ns() + 20000000000ull;
  for (;;) {
    int n = 0;
    for (int i = from; i < conns + readers; i++) n += all[i].state >= state;
    if (n == conns + readers - from) return;
    if (now_ns() > limit || closed_count > 0) { fprintf(stderr, "only %d %s\n", n, what); exit(1); }
    round_of_events(50);
  }
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    char *v = strchr(argv[i], '=');
    if (!v) return 2;
    *v++ = 0;
    if (!strcmp(argv[i], "port")) port = atoi(v);
    else if (!strcmp(argv[i], "conns")) conns = atoi(v);
    else if (!strcmp(argv[i], "window")) window = atoi(v);
    else if (!strcmp(argv[i], "readers")) readers = atoi(v);
    else if (!strcmp(argv[i], "login")) login = atoi(v);
    else if (!strcmp(argv[i], "pid")) pid = atoi(v);
    else if (!strcmp(argv[i], "secs")) secs = atof(v);
    else if (!strcmp(argv[i], "warm")) warm = atof(v);
    else if (!strcmp(argv[i], "rate")) rate = atof(v);
    else return 2;
  }
  if (window > RING / 2) window = RING / 2;
  signal(SIGPIPE, SIG_IGN);
  /* The last core is ours, so that every candidate is disturbed alike. */
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (cores > 1) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cores - 1, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  ep = epoll_create1(0);
  all = calloc(conns + readers, sizeof *all);
  for (int i = 0; i < conns + readers; i++) {
    struct conn *c = &all[i];
    c->reader = i >= conns;
    dial(c, c->reader ? i - conns : i);
    if (c->reader) continue;
    encode(c, i);
    c->last_ms = c->first_ms = wall_ms() - 600000;
    if (readers) c->sent = calloc(LATE, sizeof *c->sent);
    if (rate > 0) {
      c->due_size = (int)(rate * (secs + warm + 2) / conns) + 64;
      c->due = malloc(c->due_size * sizeof *c->due);
    }
  }
  /* Nothing is published before all are in: state stays below 1 in fill() for those. */
  int was = stopping;
  stopping = 1;
  until(1, 0, "connections");
  for (int i = conns; i < conns + readers; i++) {
    const char *filter = "gatehouse/v1/+/power";
    int l = (int)strlen(filter);
    uint8_t p[64] = {0x82, 2 + 2 + l + 1, 0, 1, 0, l};
    memcpy(p + 6, filter, l);
    p[6 + l] = 1;
    put(&all[i], p, 7 + l);
    flush(&all[i]);
  }
  until(2, conns, "subscriptions");
  stopping = was;

  uint64_t start = now_ns();
  begin_ns = start + (uint64_t)(warm * 1e9);
  end_ns = begin_ns + (uint64_t)(secs * 1e9);
  double cpu0 = 0, cpu1 = 0, own0 = 0, own1 = 0;
  long disk0 = 0, disk1 = 0, rss = 0, peak = 0, scheduled = 0;
  int phase = 0, turn = 0;
  if (rate == 0) for (int i = 0; i < conns; i++) fill(&all[i]);
  for (;;) {
    uint64_t t = now_ns();
    if (phase == 0 && t >= begin_ns) {
      phase = 1;
      puts("window");
      fflush(stdout);
      if (pid) { cpu0 = cpu_of(pid); disk0 = field("io", pid, "write_bytes"); }
      own0 = own_cpu();
    }
    if (phase == 1 && t >= end_ns) {
      phase = 2;
      stopping = 1;
      own1 = own_cpu();
      if (pid) {
        cpu1 = cpu_of(pid);
        disk1 = field("io", pid, "write_bytes");
        rss = field("status", pid, "VmRSS");
        peak = field("status", pid, "VmHWM");
      }
    }
    if (phase == 2 && (t >= end_ns + 5000000000ull ||
        (acked_all >= sent_all && heard_all >= (long)readers * sent_all))) break;
    int timeout = 10;
    if (!stopping && rate > 0) {
      uint64_t next;
      while ((next = start + (uint64_t)(scheduled * 1e9 / rate)) <= t) {
        struct conn *c = &all[turn];
        turn = (turn + 1) % conns;
        c->due[c->due_tail] = next;
        c->due_tail = (c->due_tail + 1) % c->due_size;
        scheduled++;
        fill(c);
      }
      timeout = next > t + 1000000 ? 1 : 0;
    }
    round_of_events(timeout);
  }
  printf("{\"seconds\":%.3f,\"sentPerS\":%.1f,\"ackedPerS\":%.1f,\"deliveredPerS\":%.1f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,"
         "\"maxMs\":%.3f,\"readP50Ms\":%.3f,\"readP99Ms\":%.3f,\"cpuS\":%.2f,\"diskBytes\":%ld,\"rssMb\":%.1f,\"peakMb\":%.1f,"
         "\"ownCpuS\":%.2f,\"sent\":%ld,\"acked\":%ld,\"delivered\":%ld,\"closed\":%ld}\n",
         secs, sent / secs, acked / secs, heard / secs, share(&acks, .5), share(&acks, .99), acks.max / 1000,
         share(&reads, .5), share(&reads, .99), cpu1 - cpu0, disk1 - disk0, rss / 1024.0, peak / 1024.0, own1 - own0,
         sent_all, acked_all, heard_all, closed_count);
  return 0;
}

/** What stands in the way of the figures that are missed, and how it was seen; part of docs/performance.md. */
export const whyNotFurther = `## Why not further

Seen on the same machine while it was busy with other work, so shares and megabytes are told here, and few milliseconds.

- **The machine of the day.** A virtual one whose speed swings by a factor of two within minutes, also when nothing else runs on it: aedes was seen between 87,000 and 142,000/s at 50 × 8. Only ratios of programs
  that took turns say something, and three rounds do not make them steady: at 473 × 8 six pairs of one hour gave 0.6 to 1.1 of aedes. At 473 × 1 the whole run of this page gave 0.57, four pairs minutes later 0.69, 0.87, 0.74 and 0.77. On 24 November the same commands gave aedes 236,000/s and mosquitto 192,000.
- **50 × 8.** Of the gateway's time a third is the kernel's (reading, writing, waking threads), a quarter compiled code (rules, reading of figures, packing), a tenth V8's own building blocks, a
  twentieth collecting. Before 30 November a fifth went into collecting and a seventh into JSON.
- **473 × 1.** A message is a read and a write of its own here as with aedes; what the gateway adds costs 12 µs, six times as much as at 50 × 8: the rules' states of 473 houses, 10 KB each, no longer fit into the processor's caches.
- **PUBACK.** A flush is a thread that is woken, a write, an interrupt and another thread that is woken: 44 % of the time at 473/s is the kernel's. A commit takes 1.0 ms where the disk's flush takes 0.3 (F), and one in fifty
  takes 5 to 50 ms on this disk, whatever the load. A message that comes during one flush waits for that and its own, so 1.75 F is reached only where F is long beside this.
- **Idle memory.** 53 MB are pages of Node's own program and of the C and C++ libraries, which lie in files and are shared; a Node that does nothing has
  40 MB, 33 of them such pages. Time zones (\`Intl\`) add 6 MB to it, V8's optimising compiler 4, HTTP, TLS and zlib 2. Beside these: 33 MB of V8's heap
  (24 used, 12 of them code and text of the program and of Node; 8 the young generation), 7 MB of
  \`malloc\`. So 60 MB would leave 7 for everything that is ours. After a start there were 10 MB more of rubbish; it is collected two seconds later.
  By \`awk '/^[0-9a-f]+-/{n=$6} /^Rss/{r[n]+=$2} END{for(n in r) print r[n],n}' /proc/PID/smaps\` and \`v8.getHeapSpaceStatistics()\`.
- **Start.** Of the CPU time of a start with 473 meters 26 % went into reading the configuration (YAML of 1,900 lines into a tree with positions, for
  messages with a line; then zod), 21 % into collecting what that leaves, 19 % into compiling and running our files, 7 % into modules of Node, 5 % into the
  console. What V8 compiles is kept from the build to the start since then: a fifth less. By \`node --cpu-prof dist/gateway/main.js run --config FILE\`.
- **Event-loop delay.** The longest turns at 473 × 8 and F = 50 ms are of 22 ms: rules over a group of 2,000 to 3,700 readings 5 to 10 ms, collecting 5 to 10, reading what all senders sent at once 5. Reading in shares of 500
  messages a turn was tried: 13 to 15 ms with and without.
- **A stalled disk.** Node reads up to 64 KB from a socket before anybody can refuse it: 30 MB for 473 senders that have more to say, beside the group that is
  written and the one that waits (8,192 readings each, 0.4 KB a reading with what waits for its answer).
- **473 × 8.** 3,784 messages in flight grow old before they are answered. What they hold are 200 bytes each since readings wait as figures; a seventh of the time still goes into collecting, and 75 MB of the memory are what
  waits to be collected. A young generation of 16 MB instead of 4 was tried: 180 MB instead of 235 here, and 148 instead of 123 at 50 × 8. \`--max-old-space-size=256\`: 137 MB, a fifth slower, and turns twice as long.
- **Packing.** A box that takes 473 readings a second has 135 MB; the worker adds 42, of which 10 are an empty worker, 20 its heap, 9 its buffers.
- **The curve of a day.** Four queries one after the other are 1 ms, 48 pieces to inflate 0.6, the rest unpacking of 86,400 readings; alone on the machine 3.2 ms was the best and 6 to 7 the middle.
- **A subscriber.** Each packet for it comes from aedes in five or six pieces, which now leave in one write a turn; what is left is aedes' own way of a message.
`;

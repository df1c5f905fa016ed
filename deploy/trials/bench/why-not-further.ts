/** What stands in the way of the figures that are missed, and how it was seen; part of docs/performance.md. */
export const whyNotFurther = `## Why not further

Seen on the same machine while it was busy with other work, so shares and megabytes are told here, and no milliseconds.

- **The machine of the day.** On 24 November the same commands on a virtual machine of the same name gave plain aedes 236,000/s and mosquitto 192,000 at 50 × 8, and an earlier version of the
  gateway 0.85 to 0.90 of aedes; on 30 November aedes 135,000 and mosquitto 40,000, and 0.63. A program that does one thing for a packet loses by slow system calls what the gateway loses by
  its own work beside the other core: of its time at 50 × 8 a fifth goes into collecting what messages leave, a tenth into writing answers, a seventh into rules, a tenth into reading JSON and its figures.
- **Idle memory.** 53 MB are pages of Node's own program and of the C and C++ libraries, which lie in files and are shared; a Node that does nothing has
  40 MB, 33 of them such pages. Time zones (\`Intl\`) add 6 MB to it, V8's optimising compiler 4, HTTP, TLS and zlib 2. Beside these: 33 MB of V8's heap
  (24 used, 12 of them code and text of the program and of Node; 8 the young generation), 7 MB of
  \`malloc\`. So 60 MB would leave 7 for everything that is ours. After a start there were 10 MB more of rubbish; it is collected two seconds later.
  By \`awk '/^[0-9a-f]+-/{n=$6} /^Rss/{r[n]+=$2} END{for(n in r) print r[n],n}' /proc/PID/smaps\` and \`v8.getHeapSpaceStatistics()\`.
- **Start.** Of the CPU time of a start with 473 meters 26 % went into reading the configuration (YAML of 1,900 lines into a tree with positions, for
  messages with a line; then zod), 21 % into collecting what that leaves, 19 % into compiling and running our files, 7 % into modules of Node, 5 % into the
  console. What V8 compiles is kept from the build to the start since then: a fifth less. By \`node --cpu-prof dist/gateway/main.js run --config FILE\`.
- **Event-loop delay.** After a flush all senders answer at once, and libuv reads all sockets that are ready in one turn: 3,784 messages at 473 × 8,
  for each of which the table above has 7 µs in all. Acknowledgements go out 500 a turn, and rules have a turn of their own; reading in turns needs a queue before the
  connections, which is not there.
- **A stalled disk.** Node reads up to 64 KB from a socket before anybody can refuse it: 30 MB for 473 senders that have more to say, beside the group that is
  written and the one that waits (8,192 readings each, 1.5 KB a reading with what waits for its answer).
- **473 × 8.** 3,784 readings in flight are more than the young generation holds (4 MB), so they grow old before they are answered and stay until a
  full collection. Not tried on a quiet machine: a larger young generation, and \`--max-old-space-size\`, by which V8 also sets how far the heap may grow between two.
- **A subscriber.** Each packet for it comes from aedes in five or six pieces, which now leave in one write a turn; what is left is aedes' own way of a message.
`;

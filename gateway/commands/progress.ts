import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal, nothing where standard error is a file. */
export interface Progress {
  to(done: number): void;
  stop(): void;
}

export function startProgress(title: string, total: number): Progress {
  if (!process.stderr.isTTY || total <= 0) return { to() {}, stop() {} };
  const format = `${title} {bar} {percentage}% | {eta_formatted} left`;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { to: (done) => bar.update(Math.min(done, total)), stop: () => bar.stop() };
}

import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal, nothing where standard error is a file. */
export interface Progress {
  /** `total`: the work has turned out to be more. */
  to(done: number, total?: number): void;
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
  return {
    to(done, more) {
      if (more !== undefined) bar.setTotal(more);
      bar.update(Math.min(done, bar.getTotal()));
    },
    stop: () => bar.stop(),
  };
}

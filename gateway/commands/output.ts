import { once } from 'node:events';

/** Lines to standard output, in order, as fast as the reader takes them. */
export async function writeLine(value: unknown): Promise<void> {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

/** A line for people, to standard error. */
export const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

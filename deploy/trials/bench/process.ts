import { readFileSync } from 'node:fs';

const read = (pid: number, name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');

/** Memory that a process has now, MB. */
export const rssMbOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) / 1024;

/** CPU time of a process, ms; the kernel counts in ticks of 10 ms. */
export function cpuMsOf(pid: number): number {
  const fields = read(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runLoad } from '../bench/load.ts';
import { compileTools } from '../bench/tools.ts';
import { startBox } from './box.ts';
import { page, type Result } from './page.ts';
import { percentile, startCameras } from './push-load.ts';

/** A village has ten cameras; a hundred is ten times as many, each at a car a second. */
const cameras = 100;
const pictureBytes = 300_000;
/** Meters of 473 houses that speak every ten seconds, messages a second. */
const paceOfVillage = 50;
const closedLoop = { conns: 50, window: 8, rate: 0, readers: 0 } as const;

/**
 * `npm run test:cameras`: a hundred cameras push a picture a second each to a real gateway, and meters speak beside
 * them. Writes docs/cameras.md, or where `--out` says; `--seconds` is how long it goes on.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const option = (name: string, fallback: string) => {
    const at = argv.indexOf(`--${name}`);
    return at < 0 ? fallback : (argv[at + 1] ?? fallback);
  };
  const seconds = Number(option('seconds', '60'));
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cameras-'));
  const tools = compileTools(folder);
  if (!tools) throw new Error('It needs a C compiler (cc) for the load of meters');
  const box = await startBox({ folder, cameras });
  try {
    const meters = async (rate: number, forS: number) =>
      runLoad({
        ...closedLoop,
        rate,
        program: tools.load,
        port: box.mqttPort,
        pid: box.pid,
        login: true,
        seconds: forS,
        warmS: 3,
      });
    const alone = await meters(0, 12);
    box.forgetPeak();
    const load = startCameras({ address: box.push, cameras, pictureBytes });
    const paced = await meters(paceOfVillage, seconds - 3);
    const calm = load.take();
    const [rssMb, peakMb] = [box.rssMb(), box.peakMb()];
    const beside = await meters(0, 12);
    const busy = load.take();
    await load.stop();
    const result: Result = {
      atMs: Date.now(),
      machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}`,
      cameras,
      pictureBytes,
      seconds,
      answered: calm.ms.length,
      failed: calm.failed + busy.failed,
      p50Ms: percentile(calm.ms, 0.5),
      p99Ms: percentile(calm.ms, 0.99),
      maxMs: percentile(calm.ms, 1),
      rssMb,
      peakMb,
      pacedSent: paced.sent,
      pacedAcked: paced.acked,
      pacedP99Ms: paced.p99Ms,
      alonePerS: alone.ackedPerS,
      besidePerS: beside.ackedPerS,
      busyP99Ms: percentile(busy.ms, 0.99),
    };
    const target = resolve(option('out', 'docs/cameras.md'));
    writeFileSync(target, page(result));
    process.stderr.write(`gatehouse: wrote ${target}\n`);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return result.failed === 0 ? 0 : 1;
  } finally {
    await box.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';

/** For tests: a platform that takes what a box sends up, and keeps it. */
export async function platform(undo: (() => unknown)[]) {
  const got: string[] = [];
  const aedes = await Aedes.createBroker();
  aedes.on('publish', (packet) => {
    if (!packet.topic.startsWith('$SYS')) got.push(packet.payload.toString());
  });
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

/** The bytes of every file below a folder. */
export const filesBelow = (folder: string): Buffer[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name)));

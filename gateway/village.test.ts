import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { drivers } from '../drivers/index.ts';
import { lastLocal, simulatedMs } from '../simulators/clock.ts';
import { demoConfig } from '../simulators/demo-config.ts';
import { playVillage } from '../simulators/play.ts';
import { scenarios } from '../simulators/scenarios/index.ts';
import { createVillage, dlt645House, modbusHouse, type Village } from '../simulators/village.ts';
import { startGateway } from './app.ts';
import { systemClock } from './clock.ts';
import { fromSource } from './config/load.ts';
import { createLog } from './log.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** One house of each meter, those with meters on a line, and every lane. */
function oneOfEach(): Village {
  const { houses, lanes } = createVillage(1);
  const seen = new Set<string>();
  const asked = [dlt645House, modbusHouse].map((n) => `b${n}`);
  return {
    lanes,
    houses: houses.filter(({ point, meter }) => {
      const fresh = !seen.has(meter.driver);
      seen.add(meter.driver);
      return fresh || asked.includes(point);
    }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

test('a whole gateway hears every driver of the village on its own wire: MQTT, push with Digest, HTTP, Modbus, DL/T 645', {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-village-test-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const village = oneOfEach();
  const buses = {
    dlt645Port: await freePort(),
    modbusPort: await freePort(),
    httpPort: await freePort(),
    directory: folder,
  };
  const source = demoConfig({ village, mqttPort: 0, httpPort: 0, pushPort: 0, buses });
  const settings = fromSource({ ...source, dataDir: join(folder, 'data'), sms: {} }, folder);
  const scenario = scenarios.demo;
  if (!scenario) throw new Error('demo');
  const { utcOffsetMs } = settings.site;
  const speed = 120;
  const time = {
    startMs: lastLocal(scenario.startHour, Date.now(), utcOffsetMs),
    realStartMs: Date.now(),
    speed,
  };
  const clock = {
    nowMs: () => Math.round(simulatedMs(Date.now(), time)),
    monoMs: () => systemClock.monoMs() * speed,
    trusted: () => true,
  };
  const gateway = await startGateway({
    settings,
    clock,
    realClock: systemClock,
    log: createLog('silent'),
    speed,
    demo: true,
    onFatal(error) {
      throw error;
    },
  });
  undo.push(gateway.stop);
  const played = await playVillage({
    village,
    scenario,
    seed: 1,
    brokerUrl: `mqtt://${gateway.mqtt}`,
    pushUrl: `http://${gateway.push}`,
    buses: settings.config.buses,
    time,
    utcOffsetMs,
  });
  undo.push(played.stop);
  const heard = new Set<string>();
  const unheard = () => {
    for (const { driver, readings } of gateway.devices()) if (readings > 0) heard.add(driver);
    return drivers.map(({ id }) => id).filter((id) => !heard.has(id));
  };
  // Pins need a mount namespace of their own: gateway/demo.test.ts and gateway/wires/gpio have them.
  await expect.poll(unheard, { timeout: 240_000, interval: 500 }).toEqual(['gpio-barrier']);
  console.info(
    `${heard.size} of ${drivers.length} drivers heard on their own wires, and one on pins`,
  );
});

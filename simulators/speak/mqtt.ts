import mqtt from 'mqtt';
import type { Message } from '../../drivers/driver.ts';
import type { Obeys } from './camera.ts';
import { type Line, maxWaiting } from './speaker.ts';

/** A connection of its own for one device, QoS 1, with its name as client id. */
export async function dialMqtt(
  url: string,
  device: string,
  password: string | undefined,
  obeys?: Obeys,
): Promise<Line> {
  const client = await mqtt.connectAsync(url, {
    clientId: device,
    protocolVersion: 4,
    keepalive: 60,
    reconnectPeriod: 3000,
    ...(password === undefined ? {} : { username: device, password }),
  });
  client.on('error', () => {
    // mqtt.js connects again by itself; what waits is sent then.
  });
  if (obeys) {
    const say = (messages: readonly Message[]) => {
      for (const { topic, body } of messages) {
        if (topic !== undefined) client.publish(topic, Buffer.from(body), { qos: 1 });
      }
    };
    client.on('message', (topic, body) => say(obeys.answer(topic, body, say)));
    await client.subscribeAsync(obeys.filter, { qos: 1 });
  }
  let waiting = 0;
  return {
    send({ topic, body }, done) {
      if (topic === undefined || waiting >= maxWaiting) {
        done(false);
        return;
      }
      waiting += 1;
      client.publish(topic, Buffer.from(body), { qos: 1 }, (error) => {
        waiting -= 1;
        done(!error);
      });
    },
    connected: () => client.connected,
    stop: async () => {
      await client.endAsync(true).catch(() => {});
    },
  };
}

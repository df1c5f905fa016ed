import { nativeTopic } from '../../../drivers/native.ts';
import type { Device } from '../../config/device.ts';

/** Which device a topic belongs to. */
export interface Routes {
  /** The devices whose topic this is: none, one as a rule, more where a maker has one topic for all its devices. */
  of(topic: string): readonly Device[];
  /** True if `device` may subscribe to `filter`: its own commands, exactly. */
  maySubscribe(device: Device, filter: string): boolean;
  device(id: string): Device | undefined;
}

/** Topics with a `+` are looked up once and remembered, up to so many. */
const maxRemembered = 20_000;
export const maxTopicBytes = 128;
export const maxTopicLevels = 8;
/** Control characters, lone surrogates, the replacement character, wildcards, names of prototypes. */
const forbidden =
  /[\p{Cc}\p{Cs}\ufffd\uffff+#]|(?:^|\/)(?:__proto__|constructor|prototype)(?:\/|$)/u;

/** A topic that may be published on at all. */
export const isCleanTopic = (topic: string): boolean =>
  topic.length > 0 &&
  Buffer.byteLength(topic) <= maxTopicBytes &&
  topic.split('/').length <= maxTopicLevels &&
  !forbidden.test(topic);

export function createRoutes(devices: readonly Device[]): Routes {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const exact = new Map<string, Device[]>();
  const patterns: Array<readonly [pattern: RegExp, device: Device]> = [];
  const subscribes = new Map<string, ReadonlySet<string>>();
  for (const device of devices) {
    const topics = device.driver.topics?.(device.id, device.options);
    if (!topics) continue;
    subscribes.set(device.id, new Set(topics.subscribes));
    for (const topic of topics.publishes) {
      if (topic.includes('+')) patterns.push([patternOf(topic), device]);
      else exact.set(topic, [...(exact.get(topic) ?? []), device]);
    }
  }
  const remembered = new Map<string, readonly Device[]>();

  return {
    of(topic) {
      const exactly = exact.get(topic);
      if (exactly) return exactly;
      if (patterns.length === 0 || nativeTopic(topic)) return nobody;
      const known = remembered.get(topic);
      if (known !== undefined) return known;
      const found = patterns.flatMap(([pattern, device]) => (pattern.test(topic) ? [device] : []));
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(topic, found);
      return found;
    },
    maySubscribe: (device, filter) => subscribes.get(device.id)?.has(filter) ?? false,
    device: (id) => byId.get(id),
  };
}

const nobody: readonly Device[] = [];

function patternOf(topic: string): RegExp {
  const levels = topic
    .split('/')
    .map((level) => (level === '+' ? '[^/]+' : level.replace(/[.*?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${levels.join('/')}$`);
}

import type { Device } from './device.ts';
import type { GatewayConfig } from './schema.ts';

/**
 * Devices that speak on the topic of another and cannot be told from it, and why. Two lines that were copied would make
 * one device two, count each passage twice, and open two barriers with one command.
 */
export function confusable(
  devices: readonly Device[],
  broker: GatewayConfig['broker'],
): ReadonlyMap<Device, string> {
  const found = new Map<Device, string>();
  const speakers = new Map<string, Device[]>();
  for (const device of devices) {
    for (const topic of topicsOf(device).publishes) {
      const before = speakers.get(topic) ?? [];
      for (const other of before) {
        if (found.has(device) || found.has(other)) continue;
        const why = confusion(device, other);
        if (why === null) continue;
        // A log-in of its own tells who speaks; it does not tell whom a command is for.
        if (haveLogIns(device, other, broker) && !hearTheSame(device, other)) continue;
        // Of two cameras the one that names none is at fault.
        const unnamed = nameOf(other) === undefined && nameOf(device) !== undefined;
        const [at, twin] = unnamed ? [other, device] : [device, other];
        found.set(at, `It speaks on the topic ${topic} as ${twin.id} does: ${why}`);
      }
      speakers.set(topic, [...before, device]);
    }
  }
  return found;
}

/** Why two devices on one topic cannot be told apart, as a remedy; null where they can. */
function confusion(a: Device, b: Device): string | null {
  const { shared } = a.driver;
  if (a.driver !== b.driver) {
    const both = shared !== undefined && b.driver.shared !== undefined;
    // One board may be read by two drivers, each for what the other does not know.
    const same = a.driver.kinds.some((kind) => kind !== 'status' && b.driver.kinds.includes(kind));
    return both || !same ? null : 'give one of them a topic of its own, or remove it';
  }
  if (shared === undefined) {
    return JSON.stringify(partOf(a)) === JSON.stringify(partOf(b))
      ? 'give each a topic of its own, or let the options say which part of it each one is'
      : null;
  }
  const names = [nameOf(a), nameOf(b)];
  if (names.includes(undefined)) return `set options.${shared.option} on each of them`;
  return names[0] === names[1]
    ? `options.${shared.option} must differ; it is the id of the device where it is absent`
    : null;
}

const topicsOf = ({ driver, id, options }: Device) =>
  driver.topics?.(id, options) ?? { publishes: [], subscribes: [] };

const nameOf = ({ driver, id, options }: Device): string | undefined =>
  driver.shared?.name(options, id);

/** What of a board a device is: all options but those that only say where its topics are. */
function partOf({ driver, id, options }: Device): unknown {
  const given = options as Readonly<Record<string, unknown>>;
  const topics = JSON.stringify(driver.topics?.(id, given));
  return Object.entries(given)
    .filter(([key]) => JSON.stringify(driver.topics?.(id, { ...given, [key]: '?' })) === topics)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** True where our own broker knows which of the two speaks: no user speaks for both. */
function haveLogIns(a: Device, b: Device, { external, anonymous, users }: GatewayConfig['broker']) {
  const both = users.some(({ name, speaksFor = [] }) =>
    [a.id, b.id].every((id) => id === name || speaksFor.includes(id)),
  );
  return external === undefined && !anonymous && !both;
}

function hearTheSame(a: Device, b: Device): boolean {
  const commands = new Set(topicsOf(a).subscribes);
  return topicsOf(b).subscribes.some((topic) => commands.has(topic));
}

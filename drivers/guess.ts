import type { Driver, Message } from './driver.ts';
import { drivers } from './index.ts';

/** So many names are enough for a person to choose from. */
const mostGuesses = 3;
const someone = 'x-unknown-x';

/**
 * Which drivers could have sent a message of a device that nobody has configured: those that make readings of it,
 * the ones whose topics it fits first. Ids, at most three; empty where none reads it.
 */
export function guessDrivers(message: Message, from: readonly Driver[] = drivers): string[] {
  const arrival = { device: someone, atMs: 0, lane: someone, direction: 'unknown' } as const;
  const fits = from.flatMap((driver) => {
    const options = driver.options.safeParse({});
    if (!options.success || !reads(driver, message, options.data, arrival)) return [];
    return [{ id: driver.id, onTopic: isOnTopic(driver, message.topic, options.data) }];
  });
  return fits
    .sort((a, b) => Number(b.onTopic) - Number(a.onTopic))
    .slice(0, mostGuesses)
    .map(({ id }) => id);
}

function reads(
  driver: Driver,
  message: Message,
  options: unknown,
  arrival: Parameters<Driver['decode']>[2],
): boolean {
  try {
    return driver.decode(message, options, arrival, {}).length > 0;
  } catch {
    return false;
  }
}

/** True if a device of this kind, whatever its name, publishes on such a topic. */
function isOnTopic(driver: Driver, topic: string | undefined, options: unknown): boolean {
  if (topic === undefined || !driver.topics) return false;
  return driver.topics(someone, options).publishes.some((pattern) => {
    const levels = pattern
      .split('/')
      .map((level) =>
        level === '+' || level === someone
          ? '[^/]+'
          : level.replace(/[.*?^${}()|[\]\\]/g, '\\$&').replaceAll(someone, '[^/]+'),
      );
    return new RegExp(`^${levels.join('/')}$`).test(topic);
  });
}

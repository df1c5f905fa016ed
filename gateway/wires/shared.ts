import { CodecError, type Message } from '../../drivers/driver.ts';
import type { Reading } from '../../drivers/reading.ts';
import type { Device } from '../config/device.ts';
import type { Intake } from './intake.ts';

/** Whom a message concerns. */
export interface Concerned {
  /** One as a rule, more where two drivers read the same program (plates and faces of Frigate). */
  readonly devices: readonly Device[];
  /** Only without devices: why it can be nobody's, and the remedy. Absent where it says nothing that anybody stores. */
  readonly refused?: string;
}

/** What a device made of a message. */
export interface Taken {
  readonly device: Device;
  readonly readings: readonly Reading[];
}

/** Of the devices that share a topic, those that a message concerns. Nobody answers for what others say there. */
export function concerned(owners: readonly Device[], message: Message): Concerned {
  if (owners.length < 2) return { devices: owners };
  let unread: string | undefined;
  const devices = owners.filter(({ driver, options, id }) => {
    try {
      return driver.shared?.mine(message, options, id) ?? true;
    } catch (error) {
      unread = error instanceof CodecError ? error.message : (error as Error).name;
      return false;
    }
  });
  if (devices.length > 0) return { devices };
  if (unread !== undefined) return { devices, refused: `Of one of ${owners.length}: ${unread}` };
  // A program says much of others, cameras that are not on our list: valid, and nothing to store.
  return owners.some((owner) => isSomething(owner, message))
    ? { devices, refused: remedy(owners) }
    : { devices };
}

/** True if the device would make something of it, or refuse it. */
function isSomething({ id, lane, direction, driver, options }: Device, message: Message): boolean {
  try {
    return driver.decode(message, options, { device: id, atMs: 0, lane, direction }, {}).length > 0;
  } catch {
    return true;
  }
}

function remedy(owners: readonly Device[]): string {
  const named = new Set(owners.flatMap(({ driver }) => driver.shared?.option ?? []));
  return (
    `The topic is shared by ${owners.length} devices and the message names none of them: ` +
    `set options.${[...named].join(' or ')} of each to the name it gives itself, or let each log in under its own id`
  );
}

/** One message for all whom it concerns; `done` when every one has it on the disk, with what each made of it. */
export function takeAll(
  intake: Pick<Intake, 'take' | 'refuse'>,
  owners: readonly Device[],
  { devices, refused }: Concerned,
  message: Message,
  done: (error: Error | null, taken: readonly Taken[]) => void,
): void {
  if (devices.length === 0) {
    if (refused === undefined) done(null, []);
    else intake.refuse(owners, message, refused, (error) => done(error, []));
    return;
  }
  let left = devices.length;
  let failed: Error | null = null;
  const taken: Taken[] = [];
  for (const device of devices) {
    let readings: readonly Reading[] = [];
    const kept = (error: Error | null) => {
      failed ??= error;
      taken.push({ device, readings });
      left -= 1;
      if (left === 0) done(failed, taken);
    };
    intake.take(device, message, kept, (read) => {
      readings = read;
    });
  }
}

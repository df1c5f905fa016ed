import { CodecError } from '../driver.ts';
import { maxReadingsPerMessage, Reading } from '../reading.ts';

/** The readings, each held against the schema: nothing half, nothing that the journal would refuse. */
export function checked(readings: readonly Reading[], personal = false): Reading[] {
  if (readings.length > maxReadingsPerMessage) {
    throw new CodecError(`${readings.length} readings; at most ${maxReadingsPerMessage}`, {
      personal,
    });
  }
  return readings.map((reading) => {
    const parsed = Reading.safeParse(reading);
    if (parsed.success) return parsed.data;
    // Only which field it is: what stands in it may be a plate.
    const field = parsed.error.issues[0]?.path.join('.');
    throw new CodecError(`${reading.kind}: ${field || 'a field'} is out of its range`, {
      personal,
    });
  });
}

import type { ArmedRule } from '../../rules/fold.ts';
import type { Site } from '../../rules/site.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Desk } from '../desk/contract.ts';
import type { Health } from '../health/health.ts';
import type { Journal } from '../journal/contract.ts';
import type { Log } from '../log.ts';
import type { ModemState } from '../outbox/sms/modem.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Commander } from '../wires/commands.ts';
import type { GpioState } from '../wires/gpio/device.ts';
import type { DeviceState } from '../wires/intake.ts';
import type { BusState } from '../wires/poll/rounds.ts';
import type { UnknownDevice } from '../wires/strangers.ts';

/** What the console is built from. */
export interface ConsoleParts {
  readonly config: GatewayConfig;
  readonly site: Site;
  readonly rules: readonly ArmedRule[];
  readonly journal: Journal;
  readonly desk: Desk;
  readonly gate: Sqlite;
  readonly clock: Clock;
  /** Sessions and locks go by real time, also in a demonstration. */
  readonly realClock: Clock;
  readonly log: Log;
  readonly metrics: () => Promise<string>;
  readonly health: () => Health;
  readonly devices: () => readonly DeviceState[];
  readonly buses: () => readonly BusState[];
  readonly gpio: () => readonly GpioState[];
  readonly strangers: () => readonly UnknownDevice[];
  readonly commander: Pick<Commander, 'open' | 'setTime' | 'canOpen' | 'plate' | 'keepsPlates'>;
  readonly demo: boolean;
  /** Seal what an account keeps secret. */
  readonly keys: Keys;
  readonly dataDir: string;
  /** State of the modem; undefined where none is configured. */
  readonly modem: () => ModemState | undefined;
}

import type { Site } from '../../rules/site.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { PhoneKeys } from './people.ts';
import type { QuietContext } from './quiet-hours.ts';

/** What every part of the desk knows of its box. */
export interface DeskContext extends QuietContext {
  readonly config: GatewayConfig;
  readonly site: Site;
  readonly clock: Clock;
  readonly keys: PhoneKeys;
  readonly log: Log;
  readonly language: string;
  /** Opens every SMS, without its brackets. */
  readonly signature: string;
  /** Part of every id that goes upstream: two boxes, or one made anew, never use the same. */
  readonly boxId: string;
}

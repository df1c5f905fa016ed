import type { Text } from '../drivers/text.ts';

export type Severity = 'info' | 'minor' | 'major' | 'critical';
export type Level = 'possible' | 'probable' | 'confirmed';
export type Change = 'raised' | 'changed' | 'cleared';
export type PhaseName = 'l1' | 'l2' | 'l3';

/** What a rule concluded, and every change of it (contracts, section 5). */
export interface Finding {
  /** The same in every replay of the same readings, and through all changes: rule/subject[/phase]/sinceMs. */
  readonly id: string;
  readonly rule: string;
  /** One of the three says what it is about; none for the whole site. */
  readonly point?: string;
  readonly lane?: string;
  readonly device?: string;
  readonly phase?: PhaseName;
  readonly change: Change;
  readonly severity: Severity;
  /** Where the rule has stages (load.overload: 1, 2, 3). */
  readonly stage?: number;
  readonly level?: Level;
  /** Log-odds. */
  readonly score?: number;
  /** Time of the reading that decided. */
  readonly atMs: number;
  /** When the thing itself began. */
  readonly sinceMs: number;
  /** The numbers that the text uses, units in the names. */
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly text: Text;
  /** True: the rule runs in shadow; recorded, never sent. */
  readonly shadow?: true;
}

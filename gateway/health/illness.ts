import type { Text } from '../../drivers/text.ts';
import type { Severity } from '../../rules/finding.ts';

/** What is wrong with the box, while it is. */
export interface Illness {
  readonly text: Text;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** How bad, where that depends. */
  readonly severity?: Severity;
  /** Since when, ms, where that is known better than by looking. */
  readonly sinceMs?: number;
}

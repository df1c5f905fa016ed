import type { Sqlite } from '../store/sqlite.ts';
import { advanceCase, CaseRefused, type CaseState } from './cases.ts';

/** What the platform says of a case, by the number that the grid gave it. */
export interface PlatformCase {
  readonly gridNumber: string;
  readonly result: Extract<CaseState, 'handed_over' | 'closed'>;
  readonly note?: string | undefined;
}

/**
 * Takes reported cases on by the platform's word. What it says twice, too late or of a number that nobody knows changes
 * nothing. Returns how many steps were taken.
 */
export async function applyPlatformCases(
  gate: Sqlite,
  results: readonly PlatformCase[],
  by: { readonly nowMs: number; readonly zone: string },
): Promise<number> {
  let steps = 0;
  for (const { gridNumber, result, note } of results) {
    const rows = await gate.all<{ id: number; state: CaseState }>(
      "SELECT id, state FROM cases WHERE grid_number = ? AND state IN ('reported', 'handed_over') ORDER BY id",
      [gridNumber],
    );
    for (const { id, state } of rows) {
      // Closed at once it was handed over as well.
      const to: readonly PlatformCase['result'][] =
        state === 'reported' && result === 'closed' ? ['handed_over', 'closed'] : [result];
      for (const step of to) {
        try {
          await advanceCase(gate, id, step, {
            who: '街道平台',
            role: 'platform',
            ...by,
            ...(note === undefined ? {} : { note }),
          });
          steps += 1;
        } catch (error) {
          if (!(error instanceof CaseRefused)) throw error;
        }
      }
    }
  }
  return steps;
}

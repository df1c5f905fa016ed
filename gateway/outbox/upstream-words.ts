import { z } from 'zod';

/** The platform's own word that it has kept a record: the id, plain or as JSON. */
const Confirmation = z.object({ id: z.string().min(1).max(200) });
/** What became of a case that was reported: the number that the grid gave it, and how far it is. */
const CaseResult = z.object({
  gridNumber: z.string().min(1).max(40),
  result: z.enum(['handed_over', 'closed']),
  note: z.string().max(500).optional(),
});
export type CaseResult = z.infer<typeof CaseResult>;

/** Longest word of the platform, bytes; and how much of a list is read. */
export const maxWordBytes = 64 * 1024;
const mostOfList = 100;

const listed = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, mostOfList) : [value];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

/** A plain id, `{"id":…}`, `{"ids":[…]}`, or an array of either. What is none of these confirms nothing. */
export function confirmedIds(text: string): readonly string[] {
  const value = parsed(text);
  const ids = typeof value === 'object' && value !== null && 'ids' in value ? value.ids : value;
  return listed(ids).flatMap((one) => {
    const id = typeof one === 'string' ? one : Confirmation.safeParse(one).data?.id;
    return id ? [id.slice(0, 200)] : [];
  });
}

/** Results of cases: one, an array, or `{"cases":[…]}`. What is none is passed over. */
export function caseResults(text: string): readonly CaseResult[] {
  const value = parsed(text);
  const cases =
    typeof value === 'object' && value !== null && 'cases' in value ? value.cases : value;
  return listed(cases).flatMap((one) => CaseResult.safeParse(one).data ?? []);
}

/** Our own id of a record for the platform. */
export const idOf = (text: string): string => Confirmation.parse(JSON.parse(text)).id;

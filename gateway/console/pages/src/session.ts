export const roles = [
  'duty',
  'chair',
  'property',
  'grid',
  'installer',
  'maintainer',
  'auditor',
] as const;
export type Role = (typeof roles)[number];

/** Who is logged in, and what there is to see. */
export interface LoggedIn {
  readonly account: { readonly name: string; readonly role: Role; readonly factor: boolean };
  readonly rights: readonly string[];
  readonly needsFactor: boolean;
  readonly needsSetup: false;
  readonly nowMs: number;
  readonly clockTrusted: boolean;
  readonly site: { readonly name: string; readonly utcOffsetMs: number };
}

export type Session = LoggedIn | { readonly account: null; readonly needsSetup: boolean };

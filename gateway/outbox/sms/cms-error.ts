/** What a +CMS ERROR is about, and so what may be done (3GPP TS 27.005, 3.2.5; 24.011, annex E). */
export type CmsClass =
  /** The number is wrong or unreachable for good: no retry. */
  | 'recipient'
  /** Arrears, SMS barred: the channel is down. */
  | 'account'
  /** The network will work again: retry. */
  | 'transient'
  /** Refused once; twice means spam control. */
  | 'policy'
  /** SIM missing, locked or unknown: the channel is down. */
  | 'sim'
  /** The module itself: watchdog ladder. */
  | 'module'
  /** The module forgot its settings: start-up again. */
  | 'state'
  /** Our PDU is wrong: never the same again. */
  | 'bug'
  /** Storage full: delete, retry. */
  | 'storage'
  /** No service-centre number: the installer must enter it. */
  | 'config'
  /** Nothing to do. */
  | 'protocol';

const table: readonly (readonly [readonly number[], CmsClass])[] = [
  [[1, 27, 29, 30], 'recipient'],
  [[8, 10, 50, 69, 111], 'account'],
  [[17, 22, 38, 41, 42, 47, 314, 331, 332, 500], 'transient'],
  [[21], 'policy'],
  [[28, 310, 311, 312, 313, 315, 316, 317, 318], 'sim'],
  [[300, 301], 'module'],
  [[302, 303, 305], 'state'],
  [[304], 'bug'],
  [[320, 321, 322], 'storage'],
  [[330], 'config'],
  [[340], 'protocol'],
];

/** The class of an error code. Makers' own codes (512 and up) and unknown ones count as transient. */
export function cmsClass(code: number): CmsClass {
  return table.find(([codes]) => codes.includes(code))?.[1] ?? 'transient';
}

/** What the channel as a whole is worth after such an error. */
export const stopsChannel = (kind: CmsClass): boolean =>
  kind === 'account' || kind === 'sim' || kind === 'config';

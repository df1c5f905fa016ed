/** Relative validity, 3GPP TS 23.040, 9.2.3.12.1; rounded up to the next step, at most 63 weeks. */
export function encodeValidity(minutes: number): number {
  const day = 24 * 60;
  if (minutes <= 12 * 60) return Math.max(0, Math.ceil(minutes / 5) - 1);
  if (minutes <= day) return 143 + Math.ceil((minutes - 12 * 60) / 30);
  if (minutes <= 30 * day) return Math.max(168, 166 + Math.ceil(minutes / day));
  return Math.min(255, 192 + Math.ceil(minutes / (7 * day)));
}

/** Minutes of a relative validity octet. */
export function decodeValidity(octet: number): number {
  if (octet <= 143) return (octet + 1) * 5;
  if (octet <= 167) return 12 * 60 + (octet - 143) * 30;
  if (octet <= 196) return (octet - 166) * 24 * 60;
  return (octet - 192) * 7 * 24 * 60;
}

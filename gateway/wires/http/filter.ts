/** Collects the body of a push and lets go of pictures while they arrive: they are never held as a whole. */
export interface BodyFilter {
  push(chunk: Buffer): void;
  /** Bytes that are kept so far. */
  held(): number;
  /** What is left: the texts. Cut at the limit, which the driver then refuses as cut short. */
  body(): Buffer;
}

/** Texts of a JSON or form field longer than this are pictures in base64: they are emptied. */
export const maxFieldBytes = 8192;

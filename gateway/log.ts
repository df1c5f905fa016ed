import pino from 'pino';

/** What every part may use of the log: objects of figures and names, never payloads, plates or numbers of persons. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Masks what looks like a plate or a mobile number, should one ever slip into a text. A net below the rope. */
const personal =
  /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][A-HJ-NP-Z0-9·]{5,7}|(?:\+?86)?1[3-9]\d{9}(?!\d)/g;

export const masked = (text: string): string => text.replace(personal, '***');

/** JSON lines on standard error; standard output belongs to results. */
export function createLog(level: string): pino.Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['password', 'phone', 'plate', 'payload', 'headers.authorization'],
      hooks: {
        logMethod(args, method) {
          const safe = args.map((arg) => (typeof arg === 'string' ? masked(arg) : arg));
          method.apply(this, safe as Parameters<typeof method>);
        },
      },
      serializers: {
        err: (error: unknown) =>
          error instanceof Error
            ? {
                type: error.name,
                message: masked(error.message),
                ...('code' in error ? { code: error.code } : {}),
              }
            : { message: masked(String(error)) },
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

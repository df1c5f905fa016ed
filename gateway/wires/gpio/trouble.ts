import { type ErrorCode, GatewayError } from '../../errors.ts';

/** What the kernel says (Documentation/admin-guide/gpio/sysfs.rst), and which of our codes has the remedy. */
const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'GPIO_ABSENT',
  ENODEV: 'GPIO_ABSENT',
  ENOTCONN: 'GPIO_ABSENT',
  EINVAL: 'GPIO_NO_LINE',
  EACCES: 'GPIO_DENIED',
  EPERM: 'GPIO_DIRECTION',
  EBUSY: 'GPIO_TAKEN',
};

/** An error of the kernel or of onoff as one that the operator can mend. */
export function gpioError(cause: unknown, doing: string): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new GatewayError(codes[code ?? ''] ?? 'GPIO_FAILED', `${doing}: ${why}`, { cause });
}

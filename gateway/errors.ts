const remedies = {
  CONFIG_INVALID:
    'Correct the file; the message names the line and the key. `gatehouse check` tries it.',
  CONFIG_MISSING: 'Give the path with --config, or leave it out for the demonstration village.',
  USAGE: 'See --help.',
  STORE_REFUSED: 'Free space on the disk, or see `gatehouse doctor`.',
  STORE_FOREIGN: 'The directory holds something else or a damaged store; see `gatehouse doctor`.',
  STORE_LOCKED: 'Another gatehouse uses this directory: stop it, or choose another with --data.',
  KEYS_MISSING: 'Put the key files back beside the data directory, or start with an empty one.',
  PORT_TAKEN:
    'Another program listens there: stop it, or change the address in gateway.yaml; `run --demo` has --port.',
  BROKER_UNREACHABLE:
    'Start the gateway first, in another terminal; --broker names another address, --config the passwords of a box.',
  MODEM_SILENT: 'Check the modem: USB cable, SIM card, antenna.',
  BUS_UNREACHABLE:
    'Check cable, power and address; stop the gateway while it holds the port; its user must be in the group dialout.',
  GPIO_LIBRARY:
    'Install it: apt-get install build-essential python3, then npm ci without --omit=optional.',
  GPIO_ABSENT:
    'Compare `chip` with the labels; the kernel needs GPIO over sysfs, and the pins must be those of this machine.',
  GPIO_NO_LINE: 'Compare the number with the pin header (BCM numbers), `chip` and `base`.',
  GPIO_DENIED: 'The user of the gateway must be in the group gpio; then start it anew.',
  GPIO_DIRECTION:
    'Another program or an overlay in config.txt has set the direction of the line: end that, or take another line.',
  GPIO_TAKEN: 'See /sys/kernel/debug/gpio for who holds the line; free it, or take another.',
  GPIO_FAILED: 'Check the pins and the log of the kernel (dmesg).',
  INPUT_UNREADABLE: 'Check the path and the file; where a line is at fault, the message names it.',
} as const;

export type ErrorCode = keyof typeof remedies;

/** A failure that the operator can mend. `code` is stable and documented; the message is for people. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} (${remedies[code]})`, options);
    this.code = code;
  }
}

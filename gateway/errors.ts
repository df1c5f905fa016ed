const remedies = {
  CONFIG_INVALID:
    'Correct the file; the message names the line and the key. `gatehouse check` tries it.',
  CONFIG_MISSING: 'Give the path with --config, or leave it out for the demonstration village.',
  USAGE: 'See --help.',
  STORE_REFUSED: 'Free space on the disk, or see `gatehouse doctor`.',
  STORE_FOREIGN: 'The directory holds something else or a damaged store; see `gatehouse doctor`.',
  STORE_LOCKED: 'Another gatehouse uses this directory: stop it, or choose another with --data.',
  KEYS_MISSING: 'Put the key files back beside the data directory, or start with an empty one.',
  PORT_TAKEN: 'Another program listens there: stop it, or change the address in gateway.yaml.',
  MODEM_SILENT: 'Check the modem: USB cable, SIM card, antenna.',
  BUS_UNREACHABLE:
    'Check cable, power and address; stop the gateway while it holds the port; its user must be in the group dialout.',
  INPUT_UNREADABLE: 'Check the file; the message names the line.',
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

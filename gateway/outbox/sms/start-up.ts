import { type Dialogue, ModemError } from './dialogue.ts';

/** Why the modem cannot be used, in words of the start-up table. */
export class StartUpError extends Error {
  override readonly name = 'StartUpError';
  /** True: trying again by itself changes nothing; a person must see to the SIM, the contract or the PIN. */
  readonly lasting: boolean;

  constructor(message: string, lasting: boolean, options?: ErrorOptions) {
    super(message, options);
    this.lasting = lasting;
  }
}

/** What a start found out. */
export interface StartUp {
  /** AT+CSQ as dBm; null when unknown. */
  readonly signalDbm: number | null;
  /** True: registered for SMS, at home or roaming. */
  readonly registered: boolean;
  /** False: no service-centre number, the installer must enter one. */
  readonly hasCentre: boolean;
}

/** Brings the modem from unknown to ready for PDUs. `pin` is entered once only: three wrong ones lock the SIM. */
export async function startUp(
  at: Dialogue,
  times: { readonly commandMs: number; readonly settleMs: number },
  pin: (() => string | undefined) | undefined,
): Promise<StartUp> {
  const timeoutMs = times.commandMs;
  // A crash may have left a prompt open: ESC closes it, else it would swallow the next command. What is
  // answered to ESC belongs to nobody, so it is waited out.
  at.escape();
  await new Promise((resolve) => setTimeout(resolve, times.settleMs));
  await knock(at, timeoutMs);
  await at.command('ATE0', timeoutMs);
  await at.command('AT+CMEE=1', timeoutMs);
  await unlock(at, timeoutMs, pin);
  const registered = await isRegistered(at, timeoutMs);
  const signalDbm = await signal(at, timeoutMs);
  const [centre] = await at.command('AT+CSCA?', timeoutMs, '+CSCA:');
  await at.command('AT+CMGF=0', timeoutMs);
  await optional(at, 'AT+CSMS=0', timeoutMs);
  await at.command('AT+CNMI=2,1,0,1,0', timeoutMs);
  await optional(at, 'AT+CPMS="ME","ME","ME"', timeoutMs);
  await optional(at, 'AT+CTZU=1', timeoutMs);
  return { signalDbm, registered, hasCentre: /"\+?\d+"/.test(centre ?? '') };
}

async function knock(at: Dialogue, timeoutMs: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await at.command('AT', timeoutMs);
      return;
    } catch (error) {
      // The answer to ESC, or noise from before: five tries, as the table says.
      if (attempt >= 5 || (error instanceof ModemError && error.kind === 'closed')) throw error;
    }
  }
}

async function unlock(
  at: Dialogue,
  timeoutMs: number,
  pin: (() => string | undefined) | undefined,
): Promise<void> {
  let state: string;
  try {
    [state = ''] = await at.command('AT+CPIN?', timeoutMs, '+CPIN:');
  } catch (cause) {
    if (!(cause instanceof ModemError) || cause.kind !== 'cme') throw cause;
    throw new StartUpError(`SIM not usable (CME ${cause.code ?? '?'})`, true, { cause });
  }
  if (state.includes('READY')) return;
  if (state === '') throw new ModemError('refused', 'The modem answers AT+CPIN? with nothing');
  const digits = state.includes('SIM PIN') ? pin?.() : undefined;
  if (digits === undefined) throw new StartUpError('SIM is locked: PIN or PUK needed', true);
  try {
    await at.command(`AT+CPIN="${digits}"`, timeoutMs);
  } catch {
    // The command itself holds the PIN: its error is not kept as a cause.
    throw new StartUpError('The PIN of the SIM was refused; it is not tried again', true);
  }
}

/** Registered for SMS: 1 home, 5 roaming, 6 and 7 SMS only. Asks the 4G side too. */
export async function isRegistered(at: Dialogue, timeoutMs: number): Promise<boolean> {
  const states: number[] = [];
  for (const name of ['CREG', 'CEREG']) {
    const [line = ''] = await at.command(`AT+${name}?`, timeoutMs, `+${name}:`).catch(refused);
    states.push(Number(/,(\d)/.exec(line)?.[1] ?? 0));
  }
  if (states.some((state) => [1, 5, 6, 7].includes(state))) return true;
  if (states.includes(3)) throw new StartUpError('The network refuses the SIM', true);
  return false;
}

/** Signal strength, dBm; null when the modem does not know. */
export async function signal(at: Dialogue, timeoutMs: number): Promise<number | null> {
  const [line = ''] = await at.command('AT+CSQ', timeoutMs, '+CSQ:').catch(refused);
  const rssi = Number(/\+CSQ:\s*(\d+)/.exec(line)?.[1] ?? 99);
  return rssi <= 31 ? -113 + 2 * rssi : null;
}

async function optional(at: Dialogue, command: string, timeoutMs: number): Promise<void> {
  await at.command(command, timeoutMs).catch(refused);
}

/** A command that a module does not know is no fault; silence is. */
function refused(error: unknown): readonly string[] {
  if (error instanceof ModemError && ['cms', 'cme', 'refused'].includes(error.kind)) return [];
  throw error;
}

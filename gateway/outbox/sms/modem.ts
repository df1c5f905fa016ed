import { decodePdu, type Outcome, tpduLength } from '../../../drivers/sms/pdu.ts';
import type { Log } from '../../log.ts';
import { createDialogue, type Dialogue, ModemError, type Unsolicited } from './dialogue.ts';
import type { SerialLine } from './serial-line.ts';
import { isRegistered, StartUpError, signal, startUp } from './start-up.ts';

/** What the modem is worth now. */
export interface ModemState {
  readonly state: 'starting' | 'ready' | 'down';
  readonly reason?: string;
  readonly signalDbm: number | null;
  readonly registered: boolean;
}

/** A text that somebody sent to the box. `from` is personal: never into a log. */
export interface InboundSms {
  readonly from: string;
  readonly text: string;
  readonly atMs: number;
}

/** What became of a message: `reference` is the one that `send` gave. */
export interface SmsReport {
  readonly reference: number;
  readonly number: string;
  readonly outcome: Outcome;
  readonly status: number;
}

/** How long the modem may take, ms. Tests shorten them. */
export interface ModemTimes {
  readonly commandMs: number;
  readonly promptMs: number;
  readonly answerMs: number;
  /** Between looks at signal, registration and storage. */
  readonly pollMs: number;
  /** After ESC: what still comes belongs to nobody. */
  readonly settleMs: number;
  /** After a restart of the module. */
  readonly bootMs: number;
  /** Between tries while it is down; doubles up to sixteen times this. */
  readonly retryMs: number;
}

const defaults: ModemTimes = {
  commandMs: 3000,
  promptMs: 5000,
  answerMs: 120_000,
  pollMs: 30_000,
  settleMs: 300,
  bootMs: 15_000,
  retryMs: 15_000,
};

export interface ModemOptions {
  /** Opens the port anew each time: a modem may come back under another name. */
  readonly open: () => Promise<SerialLine>;
  readonly log: Log;
  readonly times?: Partial<ModemTimes>;
  readonly pin?: () => string | undefined;
  /** Pulls the hardware reset line, where there is one. */
  readonly reset?: () => Promise<void>;
  /** Must have kept the text when it resolves: the modem's copy is deleted then. */
  readonly onInbound?: (sms: InboundSms) => Promise<void>;
  readonly onReport?: (report: SmsReport) => void;
  readonly onState?: (state: ModemState) => void;
}

export interface Modem {
  state(): ModemState;
  /** Sends the PDUs of one message, in order; their references. Throws ModemError. */
  send(pdus: readonly string[]): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** Drives one modem: start-up, one command at a time, reading, and the watchdog ladder when it falls silent. */
export function startModemDriver(options: ModemOptions): Modem {
  const { log, onState } = options;
  const times = { ...defaults, ...options.times };
  let state: ModemState = { state: 'starting', signalDbm: null, registered: false };
  let line: SerialLine | null = null;
  let at: Dialogue | null = null;
  let stopped = false;
  let timeouts = 0;
  let wake: () => void = () => {};
  /** Everything that speaks to the modem waits here for its turn. */
  let queue: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => {});
    return turn;
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const isDown = () => state.state === 'down';
  const become = (next: ModemState) => {
    const changed = next.state !== state.state || next.reason !== state.reason;
    state = next;
    if (!changed) return;
    log[next.state === 'down' ? 'warn' : 'info']({ modem: next.state, reason: next.reason });
    onState?.(next);
  };

  async function connect(command?: string): Promise<void> {
    await disconnect();
    line = await options.open();
    at = listenTo(line);
    if (command !== undefined) {
      await at.command(command, times.commandMs).catch(() => {}); // what hangs may still restart
      await pause(times.bootMs);
      if (stopped) return;
      await disconnect();
      line = await options.open();
      at = listenTo(line);
    }
    const found = await startUp(at, times, options.pin);
    await readStored(at);
    timeouts = 0;
    const reason = found.hasCentre ? undefined : 'No service-centre number';
    const usable = found.registered ? 'ready' : 'starting';
    become({
      state: usable,
      ...(reason ? { reason } : {}),
      signalDbm: found.signalDbm,
      registered: found.registered,
    });
  }

  function listenTo(to: SerialLine): Dialogue {
    to.onClose(() => wake());
    return createDialogue(to, (what) => {
      unasked(what).catch((err: unknown) => log.error({ modem: 'inbound', err }));
    });
  }

  async function disconnect(): Promise<void> {
    const old = line;
    line = null;
    at = null;
    await old?.close();
  }

  async function readStored(dialogue: Dialogue): Promise<void> {
    const lines = await dialogue.command('AT+CMGL=4', times.commandMs, '+CMGL:');
    for (const [i, header] of lines.entries()) {
      const index = /\+CMGL:\s*(\d+)/.exec(header)?.[1];
      const pdu = lines[i + 1];
      if (index === undefined || pdu === undefined) continue;
      await take(pdu);
      await dialogue.command(`AT+CMGD=${index}`, times.commandMs);
    }
  }

  async function take(pdu: string): Promise<void> {
    try {
      const sms = decodePdu(pdu);
      if (sms.type === 'deliver') {
        const { number: from, text = '', atMs = 0 } = sms;
        await options.onInbound?.({ from, text, atMs });
      } else if (sms.type === 'status-report') {
        const { reference = 0, number, outcome = 'failed', status = 255 } = sms;
        options.onReport?.({ reference, number, outcome, status });
      }
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'CodecError') throw error;
      log.warn({ modem: 'unreadable', reason: error.message });
    }
  }

  async function unasked(what: Unsolicited): Promise<void> {
    if (what.kind !== 'stored') return take(what.pdu);
    await inTurn(async () => {
      if (at) await readStored(at);
    }).catch(fault);
  }

  /** Three silences in a row, or a port that closed, start the ladder. */
  function fault(error: unknown): void {
    if (!(error instanceof ModemError)) return;
    if (error.kind === 'timeout' || error.kind === 'no-prompt') timeouts += 1;
    if (error.kind === 'closed' || timeouts >= 3) lost(error.message);
  }

  function lost(reason: string): void {
    if (state.state !== 'down') become({ ...state, state: 'down', reason, registered: false });
    wake();
  }

  async function poll(dialogue: Dialogue): Promise<void> {
    const signalDbm = await signal(dialogue, times.commandMs);
    const registered = await isRegistered(dialogue, times.commandMs);
    timeouts = 0;
    if (isDown()) return;
    become({ ...state, state: registered ? 'ready' : 'starting', signalDbm, registered });
    await readStored(dialogue);
  }

  /** The rungs: open again, restart the module, pull its reset line. */
  async function climb(): Promise<void> {
    const rungs = [
      () => connect(),
      () => connect('AT+CFUN=1,1'),
      ...(options.reset ? [() => options.reset?.().then(() => connect())] : []),
    ];
    let reason = '';
    for (const [step, rung] of rungs.entries()) {
      if (stopped) return;
      try {
        await inTurn(async () => rung());
        return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        log.debug({ modem: 'recovery', step, reason });
        if (error instanceof StartUpError && error.lasting) break;
      }
    }
    become({ state: 'down', reason, signalDbm: null, registered: false });
  }

  const run = (async () => {
    let failures = 0;
    while (!stopped) {
      if (!at || isDown()) {
        await climb();
        failures = isDown() ? failures + 1 : 0;
        if (stopped) break;
        if (failures > 0) await pause(times.retryMs * 2 ** Math.min(failures - 1, 4));
        continue;
      }
      await pause(state.state === 'ready' ? times.pollMs : Math.min(times.pollMs, times.retryMs));
      if (stopped || isDown()) continue;
      await inTurn(async () => {
        if (at) await poll(at);
      }).catch(pollFault);
    }
  })();

  function pollFault(error: unknown): void {
    if (error instanceof StartUpError) lost(error.message);
    else fault(error);
  }

  return {
    state: () => state,
    send: (pdus) =>
      inTurn(async () => {
        const references: number[] = [];
        for (const pdu of pdus) {
          if (!at || state.state !== 'ready') throw new ModemError('closed', 'The modem is down');
          try {
            references.push(await at.submit(pdu, tpduLength(pdu), times));
            timeouts = 0;
          } catch (error) {
            if (error instanceof ModemError && error.kind === 'no-prompt') {
              at.escape();
              await pause(times.settleMs); // its answer must not be taken for the next one's
            }
            fault(error);
            throw error;
          }
        }
        return references;
      }),
    async stop() {
      stopped = true;
      wake();
      await disconnect();
      await run.catch(() => {});
      await disconnect();
    },
  };
}

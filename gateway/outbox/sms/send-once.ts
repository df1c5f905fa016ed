import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type ModemState, type SmsReport, startModemDriver } from './modem.ts';
import { encodeSms } from './pdu.ts';
import { openSerialLine } from './serial-line.ts';

/** What became of a single message. */
export interface SentOnce {
  readonly parts: number;
  readonly references: readonly number[];
  /** Absent when no report came in time. */
  readonly report?: SmsReport;
}

/** Sends one real SMS and waits for its report: a test of modem, SIM and number. Needs the port for itself. */
export async function sendOnce(of: {
  readonly path: string;
  readonly baudRate: number;
  readonly pin?: () => string | undefined;
  readonly to: string;
  readonly text: string;
  readonly log: Log;
  /** Until the modem is ready, ms. */
  readonly readyMs?: number;
  /** Until the report, ms. */
  readonly reportMs?: number;
  readonly onState?: (state: ModemState) => void;
}): Promise<SentOnce> {
  const { path, baudRate, to, text, log, pin, onState } = of;
  const pdus = encodeSms({ to, text, reference: Date.now() & 0xff, validityMin: 60, report: true });
  let ready: () => void = () => {};
  let report: (one: SmsReport) => void = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const isReported = new Promise<SmsReport>((resolve) => {
    report = resolve;
  });
  const modem = startModemDriver({
    open: () => openSerialLine(path, baudRate),
    log,
    ...(pin ? { pin } : {}),
    onState: (state) => {
      onState?.(state);
      if (state.state === 'ready') ready();
    },
    onReport: (one) => {
      if (one.outcome !== 'trying') report(one);
    },
  });
  try {
    if ((await within(of.readyMs ?? 60_000, isReady)) === late) {
      const { reason } = modem.state();
      throw new GatewayError('MODEM_SILENT', `No SMS can leave: ${reason ?? 'not registered'}`);
    }
    const references = await modem.send(pdus);
    const reported = await within(of.reportMs ?? 60_000, isReported);
    return { parts: pdus.length, references, ...(reported === late ? {} : { report: reported }) };
  } finally {
    await modem.stop();
  }
}

const late = Symbol('late');

async function within<T>(ms: number, what: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), ms);
  });
  try {
    return await Promise.race([what, end]);
  } finally {
    clearTimeout(timer);
  }
}

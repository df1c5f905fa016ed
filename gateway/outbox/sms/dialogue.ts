/** Why a command had no good end. `code` is of +CMS or +CME ERROR. */
export class ModemError extends Error {
  override readonly name = 'ModemError';
  readonly kind: 'timeout' | 'closed' | 'cms' | 'cme' | 'refused' | 'no-prompt';
  readonly code: number | undefined;
  /** True: the text was given to the modem, and nobody knows whether it left. */
  readonly mayHaveLeft: boolean;

  constructor(kind: ModemError['kind'], message: string, code?: number, mayHaveLeft = false) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.mayHaveLeft = mayHaveLeft;
  }
}

/** Bytes to and from the modem. */
export interface Line {
  write(text: string): void;
  onText(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
}

/** What the modem says unasked. */
export type Unsolicited =
  | { readonly kind: 'stored'; readonly index: number }
  | { readonly kind: 'report'; readonly pdu: string }
  | { readonly kind: 'message'; readonly pdu: string };

export interface Dialogue {
  /** One command, its answer lines. `prefix`: the lines that are the answer, such as `+CSQ:`. */
  command(text: string, timeoutMs: number, prefix?: string): Promise<readonly string[]>;
  /** AT+CMGS: prompt, PDU, Ctrl-Z. The modem's message reference. */
  submit(pdu: string, length: number, times: SubmitTimes): Promise<number>;
  /** Cancels a prompt that a crash may have left open. */
  escape(): void;
}

export interface SubmitTimes {
  /** Until the prompt, ms. */
  readonly promptMs: number;
  /** Until the answer, ms: a weak network takes tens of seconds. */
  readonly answerMs: number;
}

/** What was written last and waits for its answer; there is never more than one. */
interface Flight {
  /** As written, to know an echo. */
  readonly echo: string;
  readonly prefix: string | undefined;
  readonly lines: string[];
  /** True for a text: without an answer nobody knows whether it left. */
  readonly isText: boolean;
  /** True until the prompt has come; it ends the flight of AT+CMGS. */
  readonly wantsPrompt: boolean;
  readonly done: (error: ModemError | null) => void;
}

/** Lines that come unasked. Those of CREG are also answers; an answer has two numbers. */
const unsolicited =
  /^(\+CMTI:|\+CDSI?:|\+CMT:|RING$|NO CARRIER$|RDY$|\+QIND:|\+C(E|G)?REG: \d$|\^)/;
const maxLine = 2000;

/** AT commands one at a time; what comes unasked is never taken for an answer (3GPP TS 27.005, 27.007). */
export function createDialogue(line: Line, onUnsolicited: (what: Unsolicited) => void): Dialogue {
  let flight: Flight | null = null;
  let text = '';
  /** Headers whose PDU is still to come, the latest first to be served. */
  const headers: ('report' | 'message' | 'answer')[] = [];
  let closed = false;

  line.onClose(() => {
    closed = true;
    flight?.done(new ModemError('closed', 'The modem is gone', undefined, flight.isText));
  });
  line.onText((more) => {
    text += more;
    for (let end = text.search(/[\r\n]/); end >= 0; end = text.search(/[\r\n]/)) {
      const one = text.slice(0, end).trim();
      text = text.slice(end + 1);
      if (one) take(one);
    }
    // The prompt has no end of line, and may come in two pieces.
    if (flight?.wantsPrompt && text === '> ') {
      text = '';
      flight.done(null);
    }
    if (text.length > maxLine) text = '';
  });

  function take(one: string): void {
    if (flight && (one === flight.echo || one === `${flight.echo}\u001a`)) return;
    if (headers.length > 0 && /^[0-9A-Fa-f]{14,}$/.test(one)) pduOf(one);
    else if (unsolicited.test(one)) unasked(one);
    else if (flight) answer(flight, one);
  }

  function answer(to: Flight, one: string): void {
    if (one === 'OK') {
      to.done(to.wantsPrompt ? new ModemError('no-prompt', 'The modem gives no prompt') : null);
    } else if (/^(ERROR|\+CM[SE] ERROR:)/.test(one)) {
      const kind = one.startsWith('+CMS') ? 'cms' : one.startsWith('+CME') ? 'cme' : 'refused';
      const code = /\d+/.exec(one)?.[0];
      const number = code === undefined ? undefined : Number(code);
      to.done(new ModemError(kind, `The modem answers ${one.slice(0, 40)}`, number));
    } else if (to.prefix !== undefined && one.startsWith(to.prefix)) {
      to.lines.push(one);
      if (/^\+CMG[LR]:/.test(one)) headers.push('answer');
    }
  }

  function pduOf(pdu: string): void {
    const header = headers.pop();
    if (header === 'answer') flight?.lines.push(pdu);
    else if (header) onUnsolicited({ kind: header, pdu });
  }

  function unasked(one: string): void {
    const stored = /^\+C(?:MT|DS)I:\s*"\w+",\s*(\d+)/.exec(one);
    if (stored) onUnsolicited({ kind: 'stored', index: Number(stored[1]) });
    else if (one.startsWith('+CDS:')) headers.push('report');
    else if (one.startsWith('+CMT:')) headers.push('message');
  }

  function fly(
    echo: string,
    end: string,
    timeoutMs: number,
    how: { readonly prefix?: string; readonly isText?: boolean; readonly wantsPrompt?: boolean },
  ): Promise<readonly string[]> {
    if (closed) throw new ModemError('closed', 'The modem is gone');
    if (flight) throw new Error('Two AT commands in flight');
    const { isText = false, wantsPrompt = false, prefix } = how;
    return new Promise((resolve, reject) => {
      const lines: string[] = [];
      const timer = setTimeout(() => {
        const what = isText ? 'the text' : (echo.split('=')[0] ?? '');
        const kind = wantsPrompt ? 'no-prompt' : 'timeout';
        flight?.done(new ModemError(kind, `The modem does not answer ${what}`, undefined, isText));
      }, timeoutMs);
      const done = (error: ModemError | null) => {
        clearTimeout(timer);
        flight = null;
        if (headers[0] === 'answer') headers.length = 0; // its PDU never came
        if (error) reject(error);
        else resolve(lines);
      };
      flight = { echo, prefix, lines, isText, wantsPrompt, done };
      line.write(`${echo}${end}`);
    });
  }

  return {
    command: async (command, timeoutMs, prefix) =>
      fly(command, '\r', timeoutMs, prefix === undefined ? {} : { prefix }),
    async submit(pdu, length, { promptMs, answerMs }) {
      await fly(`AT+CMGS=${length}`, '\r', promptMs, { wantsPrompt: true });
      const lines = await fly(pdu, '\u001a', answerMs, { prefix: '+CMGS:', isText: true });
      return Number(/\d+/.exec(lines[0] ?? '')?.[0] ?? 0);
    },
    escape: () => line.write('\u001b'),
  };
}

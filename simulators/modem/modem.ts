import { createDialogue } from './dialogue.ts';
import type { Misbehaviour, ModemOptions, SentSms } from './options.ts';
import { openPty } from './pty.ts';

export interface SimulatedModem {
  /** What a serial port opens. */
  readonly path: string;
  /** Messages that left, oldest first. At most the last 1,000. */
  inbox(): readonly SentSms[];
  /** All commands as they came, texts left out. */
  commands(): readonly string[];
  /** A text arrives from a telephone. */
  reply(from: string, text: string): void;
  fail(what: Misbehaviour | null): void;
  /** How often AT+CFUN=1,1 was asked for. */
  restarts(): number;
  stop(): Promise<void>;
}

/** A modem of the Quectel EC2x kind on a real pseudo-terminal. Nothing leaves the machine. */
export async function startModem(options: ModemOptions = {}): Promise<SimulatedModem> {
  const pty = await openPty();
  const dialogue = createDialogue(pty.write, options);
  pty.onData(dialogue.take);
  return {
    path: pty.path,
    inbox: () => dialogue.sent,
    commands: () => dialogue.commands,
    reply: dialogue.reply,
    fail: dialogue.fail,
    restarts: dialogue.restarts,
    stop: pty.stop,
  };
}

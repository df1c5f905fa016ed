import {
  decodePdu,
  encodeDeliver,
  encodeStatusReport,
  type SmsPdu,
  tpduLength,
} from '../../drivers/sms/pdu.ts';
import type { Misbehaviour, ModemOptions, SentSms } from './options.ts';

const centre = '+8613010112500';

/** The modem's side of the AT dialogue, as a Quectel EC2x leads it. `write` sends to the serial line. */
export function createDialogue(write: (text: string) => void, options: ModemOptions) {
  const nowMs = options.nowMs ?? Date.now;
  const sent: SentSms[] = [];
  const commands: string[] = [];
  const stored = new Map<number, string>();
  const partial = new Map<string, SmsPdu[]>();
  let failing: Misbehaviour | null = null;
  let failuresLeft = 0;
  let echo = true;
  let locked = options.pin !== undefined;
  let announce = false;
  let reference = 0;
  let nextIndex = 0;
  let restarts = 0;
  let line = '';
  let lineMs = 0;
  let begunMs = 0;
  let wantsPdu = false;

  const out = (text: string) => {
    if (options.slowLine) for (const sign of text) write(sign);
    else write(text);
  };
  const say = (...lines: readonly string[]) => out(lines.map((one) => `\r\n${one}\r\n`).join(''));
  /** True where the modem is to misbehave so, now. */
  const fails = (kind: Misbehaviour['kind']): boolean => {
    if (failing?.kind !== kind || failuresLeft <= 0) return false;
    failuresLeft -= 1;
    return true;
  };

  function take(text: string): void {
    for (const sign of text) {
      if (echo && sign !== '\u001b' && failing?.kind !== 'silent') write(sign);
      if (sign === '\u001b') {
        if (wantsPdu) say('OK');
        line = '';
        wantsPdu = false;
      } else if (wantsPdu && sign === '\u001a') {
        const pdu = line.trim();
        line = '';
        wantsPdu = false;
        submit(pdu);
      } else if (!wantsPdu && sign === '\r') {
        const command = line.trim();
        line = '';
        if (command) obey(command);
      } else if (sign !== '\n') {
        if (line === '') lineMs = performance.now();
        line += sign;
      }
    }
  }

  function submit(pdu: string): void {
    if (fails('silent')) return;
    const sms = read(pdu);
    const code = failing?.kind === 'cms-error' ? failing.code : 0;
    if (!sms) say('+CMS ERROR: 304');
    else if (fails('cms-error')) say(`+CMS ERROR: ${code}`);
    else {
      reference = (reference + 1) & 0xff;
      collect(sms);
      if (!fails('no-answer')) confirm(sms);
    }
  }

  function confirm(sms: SmsPdu): void {
    if (options.chatter) {
      say(`+CMGS: ${reference}`);
      say('+CREG: 1', 'RING');
      say('OK');
    } else say(`+CMGS: ${reference}`, 'OK');
    if (!sms.report || options.report === null) return;
    const report = encodeStatusReport({
      reference,
      to: sms.number,
      sentAtMs: nowMs(),
      atMs: nowMs() + 4000,
      status: options.report ?? 0,
      centre,
    });
    out(`\r\n+CDS: ${tpduLength(report)}\r\n${report}\r\n`);
  }

  /** Keeps a message once all its parts are there. */
  function collect(sms: SmsPdu): void {
    const { parts = 1, part = 1 } = sms;
    const key = `${sms.number}/${sms.reference}`;
    const texts = partial.get(key) ?? [];
    texts[part - 1] = sms;
    partial.set(key, texts);
    if (texts.filter(Boolean).length < parts) return;
    partial.delete(key);
    const message: SentSms = {
      to: sms.number,
      text: texts.map(({ text }) => text ?? '').join(''),
      atMs: nowMs(),
      begunMs,
      parts,
      ...(sms.validityMin === undefined ? {} : { validityMin: sms.validityMin }),
    };
    sent.push(message);
    if (sent.length > 1000) sent.shift();
    options.onSent?.(message);
  }

  function obey(command: string): void {
    commands.push(command.replace(/(CPIN=).*/i, '$1…'));
    if (commands.length > 5000) commands.shift();
    if (/^AT\+CFUN=1,1$/i.test(command)) restart();
    if (fails('silent')) return;
    if (fails('noise')) write('\r\n^RSSI: 1\r\n\u0000\u0007+C\r\n');
    if (/^AT\+CMGS=/i.test(command)) {
      if (fails('no-prompt')) return;
      begunMs = lineMs;
      wantsPdu = true;
      out('\r\n> ');
    } else say(...answer(command.toUpperCase()));
  }

  function restart(): void {
    restarts += 1;
    if (failing?.kind === 'silent') failing = null;
    echo = true;
  }

  function answer(command: string): readonly string[] {
    const [name = '', value = ''] = command.split('=');
    const index = Number(value.split(',')[0]);
    switch (name) {
      case 'ATE0':
      case 'ATE1':
        echo = name === 'ATE1';
        return ['OK'];
      case 'AT+CNMI':
        announce = true;
        return ['OK'];
      case 'AT+CPIN':
        if (value.replace(/"/g, '') !== options.pin) return ['+CME ERROR: 16'];
        locked = false;
        return ['OK'];
      case 'AT+CPIN?':
        if (options.sim === false) return ['+CME ERROR: 10'];
        return [`+CPIN: ${locked ? 'SIM PIN' : 'READY'}`, 'OK'];
      case 'AT+CREG?':
        return [`+CREG: 0,${options.registration ?? 1}`, 'OK'];
      case 'AT+CEREG?':
        return [`+CEREG: 0,${options.registration ?? 1}`, 'OK'];
      case 'AT+CSQ':
        return [`+CSQ: ${options.signal ?? 24},99`, 'OK'];
      case 'AT+CSCA?':
        return [`+CSCA: "${options.centre ?? centre}",145`, 'OK'];
      case 'AT+CMGL':
        return [...stored]
          .map(([at, pdu]) => `+CMGL: ${at},0,,${tpduLength(pdu)}\r\n${pdu}`)
          .concat('OK');
      case 'AT+CMGR': {
        const pdu = stored.get(index);
        return pdu ? [`+CMGR: 0,,${tpduLength(pdu)}\r\n${pdu}`, 'OK'] : ['+CMS ERROR: 321'];
      }
      case 'AT+CMGD':
        stored.delete(index);
        return ['OK'];
      default:
        return [name.startsWith('AT') ? 'OK' : 'ERROR'];
    }
  }

  return {
    sent,
    commands,
    take,
    restarts: () => restarts,
    /** A telephone sends a text to the modem: stored, then announced. */
    reply: (from: string, text: string) => {
      const index = nextIndex;
      nextIndex += 1;
      stored.set(index, encodeDeliver({ from, text, atMs: nowMs(), centre }));
      if (announce) say(`+CMTI: "ME",${index}`);
    },
    fail: (what: Misbehaviour | null) => {
      failing = what;
      failuresLeft = what?.times ?? Number.POSITIVE_INFINITY;
    },
  };
}

function read(pdu: string): SmsPdu | null {
  try {
    return decodePdu(pdu);
  } catch {
    return null; // the modem says 304 to what it cannot read
  }
}

import { currentLanguage } from './words.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}
export interface Alert {
  readonly id: number;
  readonly reference: string;
  readonly rule: string;
  readonly subject: string;
  readonly subjectTitle: string;
  readonly phase?: string;
  readonly severity: 'info' | 'minor' | 'major' | 'critical';
  readonly level?: string;
  readonly condition: 'active' | 'cleared';
  readonly work: 'open' | 'acknowledged' | 'on_site' | 'handled' | 'false_alarm' | 'closed';
  readonly raisedAtMs: number;
  readonly sinceMs: number;
  readonly clearedAtMs?: number;
  readonly acknowledgedBy?: string;
  readonly count: number;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly text: Words;
  readonly shadow: boolean;
  readonly quietText?: Words;
}
/** An announced work, as the box gives it. */
export interface Work {
  readonly id: number;
  readonly title: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
  readonly author: string;
}
export interface Duty {
  readonly nowMs: number;
  readonly clockTrusted: boolean;
  readonly site: {
    readonly name: string;
    readonly utcOffsetMs: number;
    readonly maintenance: boolean;
  };
  readonly duty: {
    readonly member: string | null;
    readonly deputy: string | null;
    readonly next: string | null;
  };
  readonly alerts: readonly Alert[];
  /** Announced works that run now. */
  readonly works: readonly Work[];
  /** What the calendar says of today. */
  readonly calendar: readonly string[];
  readonly drill: {
    readonly id: number;
    readonly reference: string;
    readonly endsMs: number;
  } | null;
  readonly lastHeardMs: Readonly<Record<string, number>>;
  readonly health: {
    readonly ok: boolean;
    readonly parts: readonly {
      readonly name: string;
      readonly ok: boolean;
      readonly note?: string;
    }[];
  };
  readonly mayAct: boolean;
}
export interface CurvePoint {
  readonly atMs: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}
export interface Curve {
  readonly channel: string;
  readonly points: readonly CurvePoint[];
  readonly limitA: number | null;
  readonly fromMs: number;
  readonly toMs: number;
}
/** The highest of each hour of the week, Monday 00:00 first. */
export interface Week {
  readonly channel: 'currentA' | 'powerW';
  readonly highest: readonly (number | null)[];
  readonly weeks: number;
  readonly limitA: number | null;
}
export interface AlertDetail {
  readonly alert: Alert;
  readonly events: readonly {
    readonly atMs: number;
    readonly what: string;
    readonly who: string;
    readonly note?: string;
    readonly noteText?: Words;
  }[];
  readonly deliveries: readonly {
    readonly id: number;
    readonly channel: string;
    readonly to: string;
    readonly text: string;
    readonly state: string;
    readonly createdAtMs: number;
    readonly sentAtMs?: number;
    readonly reason?: string;
  }[];
  readonly curve: Curve | null;
  readonly mayAct: boolean;
}
export interface Tile {
  readonly id: string;
  readonly title: string;
  readonly rooms: number | null;
  readonly limitA: number | null;
  readonly currentA: number | null;
  readonly powerW: number | null;
  readonly sharePercent: number | null;
  readonly state: 'live' | 'offline' | 'none';
  readonly lastMs: number | null;
}
export interface DeviceState {
  readonly device: string;
  readonly driver: string;
  readonly messages: number;
  readonly perMinute: number;
  readonly rejected: number;
  readonly lastReason?: string;
  readonly lastMs?: number;
  readonly skewMs?: number;
  readonly dropped?: number;
}
export interface BusState {
  readonly bus: string;
  readonly up: boolean;
  readonly reason?: string;
  readonly deafForMs: number;
  readonly roundMs: number;
  readonly devices: readonly {
    readonly device: string;
    readonly silent: boolean;
    readonly lastReason?: string;
  }[];
}
export interface GpioState {
  readonly device: string;
  readonly chip: string;
  readonly base?: number;
  readonly up: boolean;
  readonly reason?: string;
  readonly pulses: number;
  readonly lines: readonly {
    readonly line: number;
    readonly name: string;
    readonly level: 0 | 1 | null;
  }[];
}
export interface Stranger {
  readonly name: string;
  readonly wire: string;
  readonly attempts: number;
  readonly lastMs: number;
  readonly reason: string;
  /** Drivers that would understand it, the likeliest first. */
  readonly guesses?: readonly string[];
  readonly refused: boolean;
  /** What gateway.yaml wants to let it in. */
  readonly line: string;
}

/** An answer that says why not, in the language of the page. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Somebody touched the page since it last asked: only that keeps a session alive. */
let touched = true;
for (const event of ['pointerdown', 'keydown', 'wheel', 'touchmove']) {
  addEventListener(
    event,
    () => {
      touched = true;
    },
    { passive: true, capture: true },
  );
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const person = touched;
  touched = false;
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: {
      'x-gatehouse': '1',
      ...(person ? { 'x-gatehouse-person': '1' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const data: unknown = await response.json().catch(() => ({}));
  if (response.ok) return data as T;
  const words = data as Partial<Words & { code: string }>;
  throw new ApiError(
    response.status,
    words.code ?? '',
    (currentLanguage() === 'zh' ? words.zh : words.en) ?? `HTTP ${response.status}`,
  );
}

export const get = <T>(path: string): Promise<T> => ask<T>('GET', path);
export const post = <T>(path: string, body: unknown): Promise<T> => ask<T>('POST', path, body);
/** What went wrong, in the language of the page. */
export const said = (cause: unknown): string => (cause as Error).message;
export const remove = <T>(path: string): Promise<T> => ask<T>('DELETE', path);

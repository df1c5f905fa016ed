import type { ComponentChildren } from 'preact';
import { Blank } from './form.tsx';
import { useLive } from './live.ts';
import { ago, dateClock, spell } from './time.ts';
import { isWord, w } from './words.ts';

interface System {
  readonly nowMs: number;
  readonly clockTrusted: boolean;
  readonly upMs: number;
  readonly health: {
    readonly ok: boolean;
    readonly parts: readonly {
      readonly name: string;
      readonly ok: boolean;
      readonly note?: string;
      readonly caughtUpPercent?: number;
    }[];
  };
  readonly disk: {
    readonly freeBytes: number;
    readonly storedBytes: number;
    readonly refusing?: string;
  };
  readonly journal: { readonly quarantined: number };
  readonly modem: {
    readonly state: 'starting' | 'ready' | 'down';
    readonly reason?: string;
    readonly signalDbm: number | null;
  } | null;
  readonly pending: Readonly<Record<'sms' | 'robot' | 'upstream', number>>;
  readonly backup: { readonly atMs: number; readonly bytes: number } | null;
  readonly memoryBytes: number;
}

/** A backup older than this is marked: a night's run was missed. */
const oldBackupMs = 36 * 3_600_000;
/** Below this messages need several tries: 9 of 31 in +CSQ (3GPP TS 27.007, 8.5: −113 dBm and 2 dB a step). */
const weakDbm = -95;
const mb = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;

/** How the box itself is. */
export function SystemPage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<System>('/system', onLoggedOut, false);
  if (!live.data) return <Blank error={live.error} />;
  const { nowMs, upMs, health, disk, journal, modem, pending, backup, memoryBytes } = live.data;
  const backupOld = backup === null || nowMs - backup.atMs > oldBackupMs;
  return (
    <main>
      <section class={`state ${health.ok ? 'none' : 'major'}`}>
        <h1>
          {health.ok ? '✓' : '!'} {w('health')}：{w(health.ok ? 'healthy' : 'ill')}
        </h1>
        <span class="quiet">
          {w('upFor')} {spell(upMs)} · {w('memory')} {mb(memoryBytes)}
        </span>
      </section>
      <ul class="facts">
        {health.parts.map(({ name, ok, note, caughtUpPercent }) => (
          <Fact key={name} name={isWord(name) ? w(name) : name} good={ok}>
            {w(ok ? 'healthy' : 'ill')}
            {note && caughtUpPercent === undefined ? ` · ${note}` : ''}
            {caughtUpPercent === undefined ? '' : ` · ${w('catchingUp')} ${caughtUpPercent} %`}
          </Fact>
        ))}
        <Fact name={w('disk')} good={disk.refusing === undefined}>
          {mb(disk.freeBytes)} {w('free')} · {mb(disk.storedBytes)} {w('stored')}
          {disk.refusing ? ` · ${disk.refusing}` : ''}
        </Fact>
        <Fact
          name={w('modem')}
          good={modem === null || (modem.state === 'ready' && (modem.signalDbm ?? -200) >= weakDbm)}
        >
          {modem === null
            ? w('noModem')
            : `${w(modem.state)} · ${modem.signalDbm === null ? w('noSignal') : `${modem.signalDbm} dBm`}${modem.reason ? ` · ${modem.reason}` : ''}`}
        </Fact>
        <Fact name={w('outbox')} good={pending.sms === 0}>
          {w('sms')} {pending.sms} · {w('robot')} {pending.robot} · {w('upstream')}{' '}
          {pending.upstream}
        </Fact>
        <Fact name={w('backup')} good={!backupOld}>
          {backup === null
            ? w('noBackup')
            : `${dateClock(backup.atMs)} · ${ago(nowMs - backup.atMs)} · ${mb(backup.bytes)}`}
        </Fact>
        <Fact name={w('quarantined')} good>
          {journal.quarantined}
        </Fact>
      </ul>
    </main>
  );
}

function Fact({
  name,
  good,
  children,
}: {
  readonly name: string;
  readonly good: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <li class={good ? '' : 'troubled'}>
      <b>{name}</b>
      <span>
        {good ? '' : '! '}
        {children}
      </span>
    </li>
  );
}

import type { Text } from '../../drivers/text.ts';
import type { Finding, Level, PhaseName, Severity } from '../../rules/finding.ts';
import type { Sqlite } from '../store/sqlite.ts';

/** What the committee sees: one open alert for each key. Condition and human work are two fields. */
export interface Alert {
  readonly id: number;
  /** Short and speakable: `A17`; unique for 90 days. */
  readonly reference: string;
  /** One open alert for each; e.g. `load.overload/b017`. */
  readonly key: string;
  readonly rule: string;
  readonly findingId: string;
  readonly subjectKind: 'point' | 'lane' | 'device' | 'site';
  readonly subject: string;
  /** As people say it: `17号楼`. */
  readonly subjectTitle: string;
  readonly phase?: PhaseName;
  readonly severity: Severity;
  readonly level?: Level;
  readonly condition: 'active' | 'cleared';
  readonly work: 'open' | 'acknowledged' | 'on_site' | 'handled' | 'false_alarm' | 'closed';
  readonly raisedAtMs: number;
  readonly sinceMs: number;
  readonly lastSeenAtMs: number;
  readonly clearedAtMs?: number;
  readonly acknowledgedAtMs?: number;
  /** Role or duty number, never a name. */
  readonly acknowledgedBy?: string;
  readonly count: number;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly text: Text;
  readonly shadow: boolean;
  /** Why the last change sent no message; absent when it did. */
  readonly quiet?: string;
}

/** One line of an alert's story. */
export interface AlertEvent {
  readonly atMs: number;
  readonly what: string;
  /** Role or duty number, `rule`, `system`. */
  readonly who: string;
  readonly note?: string;
}

/** `sms` is the modem; `cloud` a provider of SMS, which takes values for its templates. */
export type Channel = 'sms' | 'cloud' | 'robot' | 'mail' | 'upstream';

/** A message on its way. Numbers are masked here; the number itself is only with the channel. */
export interface Delivery {
  readonly id: number;
  readonly alertId: number | null;
  readonly channel: Channel;
  /** Role or duty number, or the name of the robot or platform. */
  readonly to: string;
  readonly messageId: string;
  readonly text: string;
  readonly state:
    | 'waiting'
    | 'sending'
    | 'sent'
    | 'delivered'
    | 'unknown'
    | 'failed'
    | 'expired'
    | 'cancelled';
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly sentAtMs?: number;
  readonly doneAtMs?: number;
  readonly reason?: string;
}

/** What a person does to an alert. */
export type Action = 'acknowledge' | 'on_site' | 'false_alarm' | 'handled' | 'close' | 'note';

export interface Actor {
  /** Account or duty number. */
  readonly who: string;
  readonly via: 'console' | 'sms' | 'platform' | 'system';
}

/** 疑似 → 核实/误报 → 告知 → 整改 → 复查 → 销号, or 上报 → 移交 → 销号. */
export type CaseState =
  | 'suspected'
  | 'verified'
  | 'rejected'
  | 'notified'
  | 'rectifying'
  | 'rechecked_ok'
  | 'rechecked_bad'
  | 'reported'
  | 'handed_over'
  | 'closed';

/** What became of an alert that concerned people: from suspicion to closure. */
export interface Case {
  readonly id: number;
  readonly alertId: number | null;
  readonly rule: string;
  /** `17号楼`; never a household. */
  readonly place: string;
  readonly state: CaseState;
  /** When the next step is due; absent when nothing is. */
  readonly dueMs?: number;
  readonly openedAtMs: number;
  readonly changedAtMs: number;
  readonly gridNumber?: string;
}

/** What works inside one transaction. */
type Tx = Pick<Sqlite, 'run' | 'get' | 'all'>;

/** From findings to alerts to rows of the outbox, each step one transaction of gate.db. */
export interface Desk {
  /**
   * Takes the findings of journal group `seq` in one transaction with everything that follows from them.
   * Findings of a group that was applied before are skipped: at most once for each group.
   */
  apply(findings: readonly Finding[], seq: number, atMs: number): Promise<void>;
  /** The last group whose findings are in; a start folds the tail and applies from here. */
  appliedSeq(): number;
  /** True while the time is not known and is therefore taken for night. */
  inDoubt(): boolean;
  /** Raises or clears what the box notices about itself (system.*, security.*). */
  system(finding: Finding, atMs: number): Promise<void>;
  /** Timers: ladders, re-sends, digests, ends of silences. Called about once a second. */
  tick(nowMs: number): Promise<void>;
  act(alertId: number, action: Action, actor: Actor, note?: string): Promise<Alert>;
  /** Starts the monthly drill; `who` is the account that did. */
  drill(who: string): Promise<Alert>;
  /** Ends a running one before its time. */
  endDrill(who: string): Promise<void>;
  /** Tells whom it concerns that gate records are held; in the caller's transaction. */
  tellHold(tx: Tx, hold: { readonly id: number; readonly endsMs: number }): Promise<void>;
  /** Tells the platform how far a case is; in the transaction of the step. */
  tellCase(tx: Tx, of: Case): Promise<void>;
  openAlerts(): Promise<readonly Alert[]>;
  alerts(query: {
    readonly fromMs?: number;
    readonly toMs?: number;
    readonly limit?: number;
  }): Promise<readonly Alert[]>;
  alert(id: number): Promise<
    | {
        readonly alert: Alert;
        readonly events: readonly AlertEvent[];
        readonly deliveries: readonly Delivery[];
      }
    | undefined
  >;
  /** Called after each change of an alert. */
  onChange(listener: (alert: Alert) => void): void;
  pending(): Promise<Readonly<Record<Channel, number>>>;
}

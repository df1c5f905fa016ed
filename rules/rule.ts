import type { z } from 'zod';
import type { Reading, ReadingKind } from '../drivers/reading.ts';
import type { Text } from '../drivers/text.ts';
import type { Doubt } from './doubt.ts';
import type { Finding } from './finding.ts';
import type { Lane, Point, Site, SiteDevice } from './site.ts';

/** What one state of a rule stands for. */
export type Subject =
  | {
      readonly scope: 'point';
      readonly id: string;
      readonly point: Point;
      readonly devices: readonly SiteDevice[];
      readonly site: Site;
    }
  | {
      readonly scope: 'device';
      readonly id: string;
      readonly device: SiteDevice;
      readonly site: Site;
    }
  | {
      readonly scope: 'lane';
      readonly id: string;
      readonly lane: Lane;
      readonly devices: readonly SiteDevice[];
      readonly site: Site;
    }
  | { readonly scope: 'site'; readonly id: 'site'; readonly site: Site };
export type Scope = Subject['scope'];

/**
 * What a rule is told. `tick` comes every 10 s of the box's time, also when nothing is said, and to those that want `hour`
 * only in the first minute of each hour, a few times;
 * `start` after every start of the box (how long it was away is not known: be patient);
 * `clock` when the box's wall clock was set: times that were taken from ticks move by `stepMs`;
 * `finding` what a rule that it hears has just concluded about the same subject.
 */
export type Input =
  | Reading
  | { readonly kind: 'tick'; readonly atMs: number }
  | { readonly kind: 'start'; readonly atMs: number }
  | { readonly kind: 'clock'; readonly atMs: number; readonly stepMs: number }
  | { readonly kind: 'finding'; readonly atMs: number; readonly finding: Finding };

/** What a rule hands out; the fold adds id and rule, and the subject unless the rule watches the whole site. */
export type Draft = Omit<Finding, 'id' | 'rule' | 'shadow'>;

/**
 * A rule is one file: schema of its settings, one pure step, words for people.
 * `step` may change `state` in place (it belongs to this subject alone), must not touch anything else, and
 * must reach the same state from the same inputs. `state` is plain JSON: it is checkpointed and restored.
 */
export interface Rule<C = unknown, S = unknown, R = unknown> {
  readonly id: string;
  readonly title: Text;
  readonly scope: Scope;
  /** 1 if absent. Raised with every change of what the rule would tell: it starts in shadow then, until proven.ts names the new version. */
  readonly version?: number;
  /**
   * Kinds of readings it wants. Starts and steps of the clock come to every rule that asks for `clock` or `tick`; ticks only to
   * those that ask for them, for a village ticks as often as it reads.
   */
  readonly wants: readonly (ReadingKind | 'tick' | 'hour' | 'clock')[];
  /** Of power readings only those that carry one of these figures are given to it; all if absent. */
  readonly figures?: readonly Figure[];
  /** Ids of rules whose findings it is told of, each after the input that decided it. They may hear no other rule. */
  readonly hears?: readonly string[];
  readonly config: z.ZodType<C>;
  /** False: this rule has nothing to say about this subject (no limit known, wrong metering). */
  applies?(subject: Subject, config: C): boolean;
  /** What is added to its words whenever something is raised or changes. Absent only where the words say all of it themselves. */
  doubt?(config: C): Doubt;
  initial(subject: Subject, config: C): S;
  /** What follows from its subject and settings alone: made once, and handed to every step. It is no state: it never changes. */
  prepare?(subject: Subject, config: C): R;
  step(
    state: S,
    input: Input,
    subject: Subject,
    config: C,
    emit: (draft: Draft) => void,
    ready: R,
  ): void;
}

/** What few meters measure. */
export type Figure = 'residualMa' | 'temperatureC';

/** Gives a rule its types from its own schema and state (and what it prepares), and hides them again for the registry. */
export function defineRule<C, S, R = undefined>(
  rule: Rule<C, S, R> & (R extends undefined ? unknown : { prepare: unknown }),
): Rule {
  return rule as unknown as Rule;
}

import type { Words } from './api.ts';

/** A rule as the box tells of it. */
export interface Rule {
  readonly id: string;
  readonly title: Words;
  readonly mode: 'live' | 'shadow' | 'off';
  readonly limits: readonly {
    readonly key: string;
    readonly value: unknown;
    readonly changed: boolean;
    readonly description?: string;
  }[];
  readonly week: {
    readonly live: number;
    readonly shadow: number;
    readonly falseAlarms: number;
    readonly last: readonly {
      readonly alertId: number;
      readonly atMs: number;
      readonly subject: string;
      readonly text: Words;
      readonly shadow: boolean;
    }[];
  };
}

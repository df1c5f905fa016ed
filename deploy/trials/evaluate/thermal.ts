import { createFold } from '../../../rules/fold.ts';
import { overload } from '../../../rules/overload.ts';

/** tau 600 s, 42 A: cold, hot from 30 A, and never; sampled at 1 and 10 s. */
export function thermalTrips(): string[] {
  const config = overload.config.parse({
    rushHoldS: 3600,
    criticalHoldMin: 60,
    alarmHoldMin: 1000,
  });
  const site = {
    name: 'trip',
    utcOffsetMs: 0,
    lanes: [],
    points: [{ id: 'b', title: 'b', kind: 'building' as const, limits: { contractA: 42 } }],
    devices: [{ id: 'm', point: 'b', kinds: ['power' as const], intervalS: 1 }],
  };
  const trip = (everyS: number, preA: number, currentA: number): number | null => {
    const fold = createFold(site, [{ rule: overload, config, mode: 'live' }]);
    const preS = preA > 0 ? 7200 : 0;
    for (let s = 0; s <= preS + 20_000; s += everyS) {
      const phases = [{ currentA: s < preS ? preA : currentA }];
      for (const { stage } of fold.take({
        kind: 'power',
        device: 'm',
        atMs: 1e12 + s * 1000,
        powerW: 1,
        phases,
      })) {
        if (stage === 3) return s - preS;
      }
    }
    return null;
  };
  return (
    [
      [0, 63, 352.7],
      [30, 63, 198.4],
      [0, 41, null],
    ] as const
  ).flatMap(([preA, currentA, expected]) =>
    [1, 10].map((everyS) => {
      const found = trip(everyS, preA, currentA);
      const error =
        expected === null || found === null
          ? ''
          : `, ${((100 * (found - expected)) / expected).toFixed(1)} % off`;
      return `${currentA} A on 42 A${preA > 0 ? `, hot from ${preA} A` : ''}, sampled every ${everyS} s: ${found ?? 'never'}${found === null ? '' : ' s'} (expected ${expected ?? 'never'}${expected === null ? '' : ' s'}${error})`;
    }),
  );
}

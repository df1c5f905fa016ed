import { systemClock } from '../../../gateway/clock.ts';
import { startCompactor } from '../../../gateway/journal/compactor.ts';
import type { Retention } from '../../../gateway/journal/retention.ts';
import { keep, say, told } from './keeper.ts';

/*
 * The same box, which packs past hours meanwhile. Also says "packing", then "packed" when nothing is left to pack,
 * or "not packed REASON" and tries again, as a box would after five minutes.
 */
const againMs = 300;
/** What the trials keep happened in January 1970: nothing of it is past its time. */
const forEver: Retention = {
  rawDays: 100_000,
  rollupDays: 100_000,
  passageDays: 100_000,
  plateHours: 2_400_000,
  quarantineMb: 100,
};

const keeping = told(process.argv.slice(2));
await keep({
  ...keeping,
  beside(store) {
    const compactor = startCompactor({
      dataDir: keeping.dataDir,
      gate: store.gate,
      clock: systemClock,
      keep: forEver,
      keepFromSeq: () => Number.MAX_SAFE_INTEGER,
      onPurged: async () => {},
      onError: () => {},
    });
    const pack = async (): Promise<void> => {
      say('packing');
      try {
        await compactor.run();
        say('packed');
      } catch (error) {
        say(`not packed ${(error as Error).message}`);
        setTimeout(pack, againMs);
      }
    };
    void pack();
    // A box does not end because nobody sends it anything.
    setInterval(() => {}, 60_000);
    return compactor;
  },
});

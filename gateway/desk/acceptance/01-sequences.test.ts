import { expect, test } from 'vitest';
import { createTrial, noon } from '../trial.ts';
import { kinds, playStory, told } from './story.ts';

/** Acceptance 1: each kind, raised, held, worse, over, coming and going, gives exactly these messages. */
for (const language of ['zh-CN', 'en'] as const) {
  for (const kind of kinds) {
    test(`${kind.rule} in ${language}: exactly the messages of its golden file`, async () => {
      const trial = await createTrial({
        config: { site: { name: '杜巷小区', signature: '杜巷自治', language } },
      });
      try {
        await playStory(trial, kind);
        const lines = await told(trial, noon);
        const file = `./golden/${kind.rule}.${language === 'en' ? 'en' : 'zh'}.txt`;
        await expect(`${lines.join('\n') || '(nobody is told)'}\n`).toMatchFileSnapshot(file);
      } finally {
        await trial.close();
      }
    });
  }
}

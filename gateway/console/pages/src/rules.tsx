import { Blank } from './form.tsx';
import { Link } from './link.tsx';
import { useLive } from './live.ts';
import { Replay, type ReplayPanel, useReplay } from './replay.tsx';
import type { Rule } from './rule.ts';
import { ruleSentences } from './rule-sentences.ts';
import { dateClock } from './time.ts';
import { currentLanguage, w } from './words.ts';

const modes = { live: 'modeLive', shadow: 'modeShadow', off: 'modeOff' } as const;

/** Every rule in a plain sentence, its limits, and what it said in the last week. */
export function RulesPage({
  mayOpen,
  mayTry,
  onLoggedOut,
}: {
  readonly mayOpen: boolean;
  readonly mayTry: boolean;
  readonly onLoggedOut: () => void;
}) {
  const live = useLive<{ rules: readonly Rule[] }>('/rules', onLoggedOut);
  const replay = useReplay(mayTry);
  if (!live.data) return <Blank error={live.error} />;
  return (
    <main>
      <p class="quiet">{w('howToChange')}</p>
      {live.data.rules.map((rule) => (
        <RulePanel key={rule.id} rule={rule} mayOpen={mayOpen} replay={mayTry ? replay : null} />
      ))}
    </main>
  );
}

function RulePanel({
  rule,
  mayOpen,
  replay,
}: {
  readonly rule: Rule;
  readonly mayOpen: boolean;
  readonly replay: ReplayPanel | null;
}) {
  const { id, title, mode, limits, week } = rule;
  const language = currentLanguage();
  return (
    <section class={`panel rule ${mode}`}>
      <h2>
        {title[language]} <span class="tag">{w(modes[mode])}</span>
      </h2>
      {ruleSentences[id] && <p>{ruleSentences[id][language]}</p>}
      <p class="quiet">
        {w('week')}：{week.live} {w('alerts')}
        {week.shadow > 0 ? ` · ${week.shadow} ${w('onTrial')}` : ''}
        {week.falseAlarms > 0 ? ` · ${week.falseAlarms} ${w('falseOnes')}` : ''}
      </p>
      {week.last.length > 0 && (
        <ul class="story">
          {week.last.map(({ alertId, atMs, subject, text, shadow }) => {
            const line = `${dateClock(atMs)} · ${subject}${shadow ? ` · ${w('modeShadow')}` : ''}`;
            return (
              <li key={alertId}>
                {mayOpen ? <Link to={`/alerts/${alertId}`}>{line}</Link> : <span>{line}</span>}
                <span class="quiet">{text[language]}</span>
              </li>
            );
          })}
        </ul>
      )}
      <details>
        <summary>{w('limits')}</summary>
        <ul class="limits">
          {limits.map(({ key, value, changed, description }) => (
            <li key={key}>
              <code>{key}</code> <b>{shown(value)}</b>
              {changed && <span class="tag">{w('changedHere')}</span>}
              {description && <span class="quiet"> {description}</span>}
            </li>
          ))}
        </ul>
      </details>
      {replay && <Replay rule={rule} mayOpen={mayOpen} panel={replay} />}
    </section>
  );
}

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '—');

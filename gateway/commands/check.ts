import { Command } from 'commander';
import type { Loaded } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { missingSecrets } from '../config/secret.ts';
import { writeLine } from './output.ts';

/** `gatehouse check`: validates a configuration and says what it will do. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate a configuration and say what it will do')
    .requiredOption('--config <file>', 'gateway.yaml')
    .action(async ({ config }: { config: string }) => {
      for (const line of describe(loadConfig(config))) await writeLine(line);
    });
}

function describe({ config, devices, rules, site, dataDir, baseDir }: Loaded): string[] {
  const count = (items: readonly string[]) => {
    const totals = new Map<string, number>();
    for (const item of items) totals.set(item, (totals.get(item) ?? 0) + 1);
    return [...totals].map(([name, n]) => `${n} ${name}`).join(', ') || 'none';
  };
  const unlimited = site.points.filter(({ kind, limits }) => kind === 'building' && !limits).length;
  const external = config.broker.external;
  return [
    `site      ${config.site.name}, ${config.site.timeZone}`,
    `store     ${dataDir}`,
    external
      ? `broker    reads from ${new URL(external.url).host}`
      : `broker    listens on ${config.broker.listen}${config.broker.anonymous ? ', anyone may log in (bench)' : ''}`,
    ...(config.http ? [`http      devices push to ${config.http.listen}/push/DEVICE`] : []),
    `console   http://${config.console.listen}`,
    `points    ${count(site.points.map(({ kind }) => kind))}`,
    ...(unlimited > 0
      ? [`          ${unlimited} buildings have no limits: no overload will be claimed there`]
      : []),
    `lanes     ${site.lanes.map(({ id, direction }) => `${id} (${direction})`).join(', ') || 'none'}`,
    `devices   ${count(devices.map(({ driver }) => driver.id))}`,
    ...config.buses.map(({ id, kind, path, address, everyS }) => {
      const asked = devices.filter(({ bus }) => bus === id).length;
      return `bus       ${id}: ${kind} on ${path ?? placeOf(address ?? '')}, ${asked} devices every ${everyS} s`;
    }),
    `rules     ${rules.map(({ rule, mode }) => (mode === 'live' ? rule.id : `${rule.id} (${mode})`)).join(', ')}`,
    ...changed(config.rules, rules),
    `people    ${count(config.people.map(({ role }) => role))}`,
    `SMS       ${config.sms.modem ? `modem on ${config.sms.modem.path}` : config.sms.simulated ? 'simulated modem' : 'none: nobody will get an SMS'}`,
    `upstream  ${config.upstream ? new URL(config.upstream.url).host : 'none'}`,
    ...missingSecrets(config, baseDir).map(
      ({ key, place }) =>
        `secrets   ${key}: nobody can read ${place} here; make it before the gateway starts, or give it as a systemd credential`,
    ),
    'The configuration is valid.',
  ];
}

/** Limits of this place that count at once: nobody has seen yet what they bring. */
function changed(overrides: Loaded['config']['rules'], rules: Loaded['rules']): string[] {
  const names = rules
    .filter(({ rule, mode }) => {
      const keys = Object.keys(overrides[rule.id] ?? {});
      return mode === 'live' && keys.some((key) => key !== 'mode');
    })
    .map(({ rule }) => rule.id);
  if (names.length === 0) return [];
  return [
    `          changed here and live: ${names.join(', ')}; see first what they would have said: gatehouse replay --data DIR --rule ID, or on the page of rules`,
  ];
}

/** Without what a URL may carry of a password. */
const placeOf = (address: string): string => address.replace(/\/\/[^/@]*@/, '//');

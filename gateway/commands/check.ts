import { Command } from 'commander';
import type { Loaded } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
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

function describe({ config, devices, rules, site, dataDir }: Loaded): string[] {
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
    `people    ${count(config.people.map(({ role }) => role))}`,
    `SMS       ${config.sms.modem ? `modem on ${config.sms.modem.path}` : config.sms.simulated ? 'simulated modem' : 'none: nobody will get an SMS'}`,
    `upstream  ${config.upstream ? new URL(config.upstream.url).host : 'none'}`,
    'The configuration is valid.',
  ];
}

/** Without what a URL may carry of a password. */
const placeOf = (address: string): string => address.replace(/\/\/[^/@]*@/, '//');

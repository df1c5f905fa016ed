import { z } from 'zod';
import type { Command, Driver } from './driver.ts';
import type { ReadingKind } from './reading.ts';

const kinds: Readonly<Record<ReadingKind, string>> = {
  power: '用电 power',
  passage: '通行 passage',
  barrier: '杆位 barrier',
  presence: '地感与触点 presence',
  status: '在线状态 status',
};
const wires: Readonly<Record<Driver['wire'], string>> = {
  mqtt: 'MQTT',
  http: 'HTTP 推送 push',
  'http-poll': 'HTTP 轮询 poll',
  modbus: 'Modbus',
  dlt645: 'DL/T 645',
  gpio: 'GPIO',
};
const proofs: Readonly<Record<Driver['proven'], string>> = {
  manual: '资料 manual',
  bench: '台架 bench',
  field: '现场 field',
};
const commands: ReadonlyArray<readonly [Command, string]> = [
  [{ kind: 'open', id: 'a', atMs: 0 }, '开闸 open'],
  [{ kind: 'time', id: 'a', atMs: 0 }, '校时 time'],
  [{ kind: 'plate-add', id: 'a', atMs: 0, plate: '沪A12345' }, '名单增删 list of plates'],
  [{ kind: 'plate-list', id: 'a', atMs: 0 }, '名单回读 read back'],
];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The page docs/devices.md: every driver with what it reads, what it cannot, how it was proven and by what. */
export function devicesPage(drivers: readonly Driver[]): string {
  const samples = drivers.reduce((sum, driver) => sum + driver.samples.length, 0);
  const rows = drivers.map((driver) =>
    [
      `[\`${driver.id}\`](#${driver.id})`,
      driver.title.zh,
      driver.title.en,
      wires[driver.wire],
      driver.kinds.map((kind) => kinds[kind]).join('<br>'),
      commandsOf(driver).join('<br>') || '—',
      driver.personal ? '默认关闭 off' : '',
      proofs[driver.proven],
    ]
      .map(cell)
      .join(' | '),
  );
  return `${[
    '# 设备 Devices',
    '',
    '<!-- Made from the drivers by drivers/devices-page.ts; a test keeps it fresh. -->',
    '',
    `本页由驱动程序生成：${drivers.length} 种驱动，${samples} 条样本。“资料”指按厂家资料或公开报文编写，未在我们的设备上验证；`,
    '“台架”指在台架上跑过；“现场”指在小区里用过。涉及人脸的驱动默认关闭，需要在配置里写明影响评估。',
    '',
    `Made from the drivers: ${drivers.length} of them, ${samples} samples. *manual*: written after the maker's text or public`,
    'messages and not tried on a device of ours; *bench*: tried on a bench; *field*: used at a site. Drivers that handle',
    'persons are off until the configuration names an impact assessment. "Accepted" is a device\'s word on a command, not the',
    'arm: only its position says that.',
    '',
    '| driver | 设备 | device | 接口 wire | 读 reads | 命令 commands | 个人信息 persons | 依据 proven |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
    ...drivers.flatMap(section),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

/** What it can be told, found by telling it: as it comes, and as its samples are wired (a relay is an option). */
function commandsOf({ command, options, samples }: Driver): readonly string[] {
  const wired = [{}, ...samples.map((sample) => sample.options ?? {})].flatMap((given) => {
    const parsed = options.safeParse(given);
    return parsed.success ? [parsed.data] : [];
  });
  return commands.flatMap(([one, name]) =>
    wired.some((given) => command?.(one, given, 'device')) ? [name] : [],
  );
}

function section(driver: Driver): string[] {
  const { id, title, lacks, sources, samples, omits = [], reply, wire } = driver;
  const answers = reply && (wire === 'mqtt' || wire === 'http') ? '有 yes' : '无 none';
  const lost = omits.map((field) => `\`${field}\``).join(', ');
  return [
    `## ${id}`,
    '',
    `${title.zh} · ${title.en}`,
    '',
    `- 不能 lacks：${lacks.zh}${lacks.en}`,
    `- 应答 answers：${answers}；样本 samples：${samples.length}${
      lost === '' ? '' : `；报文里没有 not on its wire：${lost}`
    }`,
    ...topicsOf(driver),
    `- 出处 sources：${sources.join('；')}`,
    ...optionsOf(driver),
    '',
  ];
}

function topicsOf(driver: Driver): string[] {
  const options = driver.options.safeParse({});
  if (!driver.topics || !options.success) return [];
  const { publishes } = driver.topics('DEVICE', options.data);
  return [`- 主题 topics：${publishes.map((topic) => `\`${topic}\``).join(' ')}`];
}

/** Its options with their descriptions, from the schema itself. */
function optionsOf({ options }: Driver): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(options, {
    io: 'input',
    unrepresentable: 'any',
  });
  const lines = Object.entries(properties).map(([name, property]) => {
    const { description = '', default: fallback } = property === true ? {} : Object(property);
    const given = fallback === undefined ? '' : `（默认 default \`${JSON.stringify(fallback)}\`）`;
    const must = required.includes(name) ? '（必填 required）' : '';
    return `  - \`${name}\`${must}${given}：${description}`;
  });
  return lines.length === 0 ? [] : ['- 选项 options：', ...lines];
}

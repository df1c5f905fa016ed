import { z } from 'zod';
import { phaseOf, totalW } from './codec/figures.ts';
import { jsonBytes, jsonObject, number, string } from './codec/json.ts';
import { isoMs, localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver } from './driver.ts';
import { maxReadingsPerMessage, type Phase, type PowerReading } from './reading.ts';
import { plausibleMs } from './time.ts';

/** Name of an input or output, as on its status page. */
const Series = z.string().regex(/^[A-Za-z]\w{0,31}$/);
const Options = z.strictObject({
  phases: z
    .array(
      z.strictObject({
        power: Series.describe('Input or output of this phase that measures power.'),
        voltage: Series.optional().describe('Its voltage input.'),
      }),
    )
    .min(1)
    .max(3)
    .default([{ power: 'Main' }])
    .describe('L1, L2, L3 by the names on its status page.'),
  current: z.boolean().default(true).describe('Ask for amperes as well, which it computes.'),
  groupS: z
    .int()
    .min(5)
    .max(60)
    .multipleOf(5)
    .default(5)
    .describe('One value is the mean of so many seconds; it keeps 5 s at best.'),
  spanS: z
    .int()
    .min(10)
    .max(300)
    .default(30)
    .describe('How far back each question reaches, s: more than a round, so that none is lost.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

interface Column {
  readonly ask: string;
  /** Phase and member; the first column is the time. */
  readonly of?: readonly [at: number, member: keyof Phase];
}

/** IoTaWatt: asked over HTTP for the last seconds of its own log; what arrives twice is stored once. */
export const iotawatt = defineDriver<Options>({
  id: 'iotawatt',
  title: { zh: 'IoTaWatt 多路电表', en: 'IoTaWatt energy monitor' },
  wire: 'http-poll',
  proven: 'manual',
  sources: ['github.com/boblemaire/IoTaWatt, Docs/query.rst'],
  lacks: {
    zh: '没有 MQTT，要去问；最快 5 秒的平均值，看不到涌流和谐波。',
    en: 'No MQTT: it is asked. Means of 5 s at best, so no inrush and no harmonics.',
  },
  kinds: ['power'],
  options: Options,

  polls: (options) => [
    {
      wire: 'http',
      path: `/query?select=[${columnsOf(options)
        .map(({ ask }) => ask)
        .join(
          ',',
        )}]&begin=s-${options.spanS}s&end=s&group=${options.groupS}s&format=json&header=yes`,
    },
  ],

  decode({ body }, options, { device, atMs }) {
    const { data } = jsonObject(body);
    if (!Array.isArray(data)) throw new CodecError('An answer without data');
    if (data.length > maxReadingsPerMessage) throw new CodecError(`${data.length} rows`);
    const columns = columnsOf(options);
    return data.flatMap((row) => {
      if (!Array.isArray(row) || row.length !== columns.length)
        throw new CodecError(`A row that has not ${columns.length} columns`);
      return rowReading(row, columns, options, device, atMs) ?? [];
    });
  },

  encode(reading, options) {
    if (reading.kind !== 'power') throw new CodecError(`An IoTaWatt says no ${reading.kind}`);
    const { atMs, powerW, phases = [{ powerW }] } = reading;
    if (phases.length !== options.phases.length)
      throw new CodecError(`It measures ${options.phases.length} phases`);
    const row = columnsOf(options).map(({ of }) =>
      of
        ? (phases[of[0]]?.[of[1]] ?? null)
        : localText(atMs, options.utcOffsetMinutes).replace(' ', 'T'),
    );
    return [{ body: jsonBytes({ data: [row] }), contentType: 'application/json' }];
  },

  samples: [
    {
      note: 'two rows of five seconds, local time without a zone',
      file: 'power/mqtt/iotawatt-query-response.json',
      contentType: 'application/json',
      arrival: { atMs: 1773666851000 },
      options: { phases: [{ power: 'Main', voltage: 'U' }], current: false },
      readings: [
        row(1773666840000, { voltageV: 229.1, powerW: 4012, powerFactor: 0.94 }),
        row(1773666845000, { voltageV: 229, powerW: 4020.5, powerFactor: 0.94 }),
      ],
    },
    {
      note: 'seconds in which it measured nothing',
      text: '{"data":[["2026-03-16T21:14:00",null,null,null]]}',
      options: { phases: [{ power: 'Main', voltage: 'U' }], current: false },
      readings: [],
    },
    {
      note: 'the answer to another question',
      text: '{"data":[["2026-03-16T21:14:00",1]]}',
      options: { phases: [{ power: 'Main', voltage: 'U' }] },
      refused: 'columns',
    },
    { note: 'a fault in words', text: '{"error":"invalid query"}', refused: 'without data' },
  ],
});

/** The columns of a question, and of each row of its answer. */
function columnsOf({ phases, current }: Options): readonly Column[] {
  return [
    { ask: 'time.iso' },
    ...phases.flatMap(({ power, voltage }, at): Column[] => [
      ...(voltage === undefined
        ? []
        : [{ ask: `${voltage}.volts`, of: [at, 'voltageV'] } satisfies Column]),
      { ask: `${power}.watts`, of: [at, 'powerW'] },
      { ask: `${power}.pf`, of: [at, 'powerFactor'] },
      ...(current ? [{ ask: `${power}.amps`, of: [at, 'currentA'] } satisfies Column] : []),
    ]),
  ];
}

function rowReading(
  row: readonly unknown[],
  columns: readonly Column[],
  options: Options,
  device: string,
  atMs: number,
): PowerReading | null {
  const said = options.phases.map((): Partial<Record<keyof Phase, unknown>> => ({}));
  for (const [n, { of }] of columns.entries()) {
    const phase = of && said[of[0]];
    if (of && phase) phase[of[1]] = row[n] ?? undefined;
  }
  if (said.some(({ powerW }) => powerW === undefined)) return null;
  const phases = said.map(({ voltageV, currentA, powerW, powerFactor }) =>
    phaseOf({ voltage: voltageV, current: currentA, power: powerW, factor: powerFactor }),
  );
  if (phases.some(({ powerW }) => powerW === undefined || number(powerW) === undefined))
    throw new CodecError('A power that is no number');
  const time = isoMs(string(row[0]), options.utcOffsetMinutes);
  return { kind: 'power', device, atMs: plausibleMs(time, atMs), powerW: totalW(phases), phases };
}

/** A row of the sample. */
function row(atMs: number, phase: Phase & { readonly powerW: number }): PowerReading {
  return { kind: 'power', device: 'sample', atMs, powerW: phase.powerW, phases: [phase] };
}

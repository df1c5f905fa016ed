import { z } from 'zod';
import { type Quantity, quantities, readingOf, type Said, type Slot } from './codec/asked.ts';
import { checked } from './codec/checked.ts';
import { answersOf } from './dlt645/answers.ts';
import {
  answersTo,
  anyAddress,
  encodeFrame,
  type Frame,
  identifierBytes,
  maxWakeUpBytes,
  question,
  reads,
  refusalText,
  scanFrames,
} from './dlt645/frame.ts';
import { type Item, itemOf, itemsFor, readItem, valuesOf, writeItem } from './dlt645/items.ts';
import { dlt645Samples } from './dlt645/samples.ts';
import { CodecError, defineDriver, type Message } from './driver.ts';

const Options = z.strictObject({
  address: z
    .string()
    .regex(/^(\d{12}|A{12})$/, 'twelve digits in quotes, as printed; leading zeros count')
    .default(anyAddress)
    .describe(
      'Twelve digits as printed on the meter, in quotes. AAAAAAAAAAAA: whoever is there; only with one meter on the bus.',
    ),
  phases: z
    .union([z.literal(1), z.literal(3)])
    .optional()
    .describe('1 or 3. Absent: asked as single-phase, read as whatever it says.'),
  items: z
    .array(z.enum(quantities))
    .default(['power', 'current', 'voltage', 'factor'])
    .describe(
      'What to ask for. Each costs 0.25 to 0.6 s a round at 2400 bit/s. Power is always asked, and first.',
    ),
  blocks: z
    .boolean()
    .optional()
    .describe(
      'Ask for all phases in one question; yes with three phases. Single-phase meters often refuse it.',
    ),
  edition: z
    .enum(['2007', '1997'])
    .default('2007')
    .describe('Edition of DL/T 645; meters from before about 2008 speak 1997.'),
  wakeUp: z
    .int()
    .min(0)
    .max(maxWakeUpBytes)
    .default(maxWakeUpBytes)
    .describe('Bytes FEH before a question.'),
});
type Options = z.infer<typeof Options>;

/** Meters by DL/T 645-2007 or -1997 on RS-485: what utilities and landlords in China have on the wall. */
export const dlt645 = defineDriver<Options>({
  id: 'dlt645',
  title: { zh: 'DL/T 645 电能表（2007、1997 版）', en: 'DL/T 645 meter (2007 and 1997 editions)' },
  wire: 'dlt645',
  proven: 'manual',
  sources: [
    'DL/T 645-2007 clauses 5 and 7, annexes A and C; DL/T 645-1997 annex A',
    '21 published frames, among them captures of Chint DDSU666, and 19 composed ones (samples/power/frames/dlt645.json)',
    'public project 600888/dlt645: digits and units of the identifiers',
  ],
  lacks: {
    zh: '没有时间（用网关的到达时间），没有漏电。一轮几问相隔约一秒，各值不是同一瞬间。谐波畸变率（0209xx00）多数户表没有，会答“无此数据”；有的也只到 99.99%，充电器常在 100% 以上。1997 版除正向有功电量外未见实际报文。供电公司的表要经其同意才能读。',
    en: 'No time of its own (the time of arrival is taken), no residual current. The questions of a round are about a second apart, so its values are not of one moment. Most household meters refuse harmonic distortion (0209xx00); it ends at 99.99 %, chargers often lie above. Of the 1997 edition only the energy was seen on a line. Meters of the grid company may be read with its consent only.',
  },
  kinds: ['power'],
  options: Options,
  polls: ({ address, items, wakeUp, phases = 1, blocks = phases === 3, edition }) =>
    // Power comes first: without it there is no reading.
    [...new Set<Quantity>(['power', ...items])]
      .flatMap((quantity) => itemsFor(quantity, { edition, phases, blocks }))
      .map(({ identifier }) => ({
        wire: 'dlt645',
        frame: encodeFrame(question(address, identifier), wakeUp),
      })),

  decode(message, { address, phases }, { device, atMs }) {
    const frames = [message, ...(message.rest ?? [])].flatMap(framesOf);
    const said: Said = {};
    let refused: Frame | undefined;
    let answered = false;
    for (const answer of answersOf(frames)) {
      if (!answersTo(address, answer.address)) throw new CodecError('The answer of another meter');
      answered = true;
      if (answer.said.kind === 'refusal') refused = answer.said.frame;
      if (answer.said.kind !== 'data') continue;
      const item = itemOf(answer.said.identifier);
      // Valid, and not one of ours: the date, a tariff.
      if (item) note(said, item, readItem(item, answer.said.data));
    }
    if (!answered) throw new CodecError('A question to a meter, not its answer');
    if (refused && Object.keys(said).length === 0) throw new CodecError(refusalText(refused));
    const reading = readingOf(said, phases);
    return reading ? checked([{ kind: 'power', device, atMs, ...reading }]) : [];
  },

  encode(reading, { address, edition, blocks }) {
    if (reading.kind !== 'power') throw new CodecError(`A DL/T 645 meter says no ${reading.kind}`);
    const phases = (reading.phases?.length ?? 0) > 1 ? 3 : 1;
    const how = { edition, phases, blocks: blocks ?? phases === 3 } as const;
    const from = address === anyAddress ? '000000000000' : address;
    const messages = quantities
      .flatMap((quantity) => itemsFor(quantity, how))
      .flatMap((item): Message[] => {
        const values = valuesOf(item, reading);
        return values === null ? [] : [{ body: encodeFrame(answerFrame(from, item, values)) }];
      });
    const [first, ...rest] = messages;
    if (!first) throw new CodecError('A meter always knows its power');
    return [rest.length === 0 ? first : { ...first, rest }];
  },

  samples: dlt645Samples,
});

/** The meter's answer to a question for `item`: 91H, or 81H in the 1997 edition. */
function answerFrame(address: string, item: Item, values: readonly (number | null)[]): Frame {
  const control = (item.edition === '1997' ? reads.data1997 : reads.data) | 0x80;
  const data = [...identifierBytes(item.identifier), ...writeItem(item, values)];
  return { address, control, data: Uint8Array.from(data) };
}

function framesOf({ body }: Message): readonly Frame[] {
  const { frames, trouble } = scanFrames(body);
  if (frames.length === 0) throw new CodecError(`Not a DL/T 645 frame: ${trouble ?? 'no bytes'}`);
  return frames;
}

function note(said: Said, { quantity, slots }: Item, values: readonly (number | null)[]): void {
  const all = said[quantity] ?? [];
  for (const [n, value] of values.entries()) {
    const slot: Slot | undefined = slots[n];
    if (slot !== undefined) all[slot] = value;
  }
  said[quantity] = all;
}

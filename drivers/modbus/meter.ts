import { z } from 'zod';
import { quantityAt, readingOf, type Said } from '../codec/asked.ts';
import { checked } from '../codec/checked.ts';
import { CodecError, type Driver, defineDriver, type Message } from '../driver.ts';
import { decodeAnswer, encodeAnswer, exceptionText, maxRegisters } from './frame.ts';
import { noteRegisters, type RegisterMap, soundMap, writeBlock } from './map.ts';

interface Options {
  readonly unitId: number;
  readonly ctRatio?: number | undefined;
}

/** What is to be said of a meter, beside its registers. */
type About = Pick<Driver, 'id' | 'title' | 'proven' | 'sources' | 'lacks' | 'samples'>;

/** Units of one line (Modbus over serial line V1.02, 2.2); 248 is what a PZEM alone on its line answers to. */
const lastUnit = 248;
/** Primary over secondary: 5000/5 A is more than any house has. */
const largestRatio = 1000;

/**
 * A meter that is asked over Modbus: its map says the rest. The answer is the RTU frame with its checksum; over TCP
 * the wire puts one there.
 */
export function modbusMeter({
  map: data,
  unitId = 1,
  ...about
}: About & { readonly map: RegisterMap; readonly unitId?: number }): Driver {
  const map = soundMap(data, maxRegisters);
  const isSecondary = map.registers.some(({ secondary }) => secondary);
  const options = z.strictObject({
    unitId: z
      .int()
      .min(1)
      .max(lastUnit)
      .default(unitId)
      .describe('Its address on the line; `gatehouse probe modbus` finds it.'),
    ...(isSecondary
      ? {
          ctRatio: z
            .number()
            .min(1)
            .max(largestRatio)
            .default(1)
            .describe(
              'Ratio of the current transformers, 30 for 150/5 A; 1 where it measures directly.',
            ),
        }
      : {}),
  }) as unknown as z.ZodType<Options>;
  return defineDriver<Options>({
    ...about,
    wire: 'modbus',
    kinds: ['power'],
    options,

    polls: (device) =>
      map.blocks.map((block) => ({
        wire: 'modbus',
        unitId: device.unitId,
        code: map.code,
        ...block,
      })),

    decode(message, device, { device: name, atMs }) {
      const said: Said = {};
      for (const one of [message, ...(message.rest ?? [])]) note(said, one, map, device);
      const reading = readingOf(said, map.phases);
      return reading ? checked([{ kind: 'power', device: name, atMs, ...reading }]) : [];
    },

    encode(reading, device) {
      if (reading.kind !== 'power') throw new CodecError(`A meter says no ${reading.kind}`);
      const messages = map.blocks.flatMap((block): Message[] => {
        const registers = writeBlock(map, block, device.ctRatio ?? 1, (quantity, slot) =>
          quantityAt(quantity, slot, reading),
        );
        if (registers === null) return [];
        const body = encodeAnswer({ unitId: device.unitId, code: map.code, registers });
        return [{ start: block.start, body }];
      });
      const [first, ...rest] = messages;
      if (!first) throw new CodecError('A meter always knows its power');
      return [rest.length === 0 ? first : { ...first, rest }];
    },
  });
}

function note(said: Said, { body, start }: Message, map: RegisterMap, device: Options): void {
  const answer = decodeAnswer(body);
  if (answer.unitId !== device.unitId) throw new CodecError('The answer of another unit');
  if (answer.code !== map.code) throw new CodecError('The answer to another function');
  if ('exception' in answer) throw new CodecError(`refused: ${exceptionText(answer.exception)}`);
  if (start === undefined)
    throw new CodecError('Which registers these are is not in the answer: name the first as start');
  noteRegisters(said, map, { start, words: answer.registers, ctRatio: device.ctRatio ?? 1 });
}

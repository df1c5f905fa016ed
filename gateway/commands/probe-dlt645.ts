import { dlt645Master } from '../wires/dlt645/line.ts';
import { type FoundMeter, findMeters } from '../wires/dlt645/search.ts';
import { type Channel, openSerialChannel, openTcpChannel } from '../wires/poll/channel.ts';
import { tell, writeLine } from './output.ts';
import {
  type Place,
  placeOf,
  snippet,
  tellNobody,
  tellUnread,
  unreachable,
} from './probe-place.ts';
import { type Progress, startProgress } from './progress.ts';

export interface Dlt645Options extends Place {
  readonly edition: '2007' | '1997';
  readonly deep?: boolean;
}
/** `gatehouse probe dlt645`: the addresses on a bus, by asking for whoever is there. */
export async function probeDlt645(options: Dlt645Options): Promise<void> {
  const { edition, deep = false, timeout: timeoutMs, bus: busId } = options;
  const place = placeOf(options);
  for (const baudRate of options.baud) {
    const master = dlt645Master(await opened(options, baudRate), { baudRate, timeoutMs });
    tell(`Asking for DL/T 645-${edition} meters on ${place.name} at ${baudRate} bit/s`);
    const progress = lazyProgress('addresses');
    try {
      const print = (meter: FoundMeter) => {
        if (options.format === 'ndjson')
          return writeLine({ protocol: 'dlt645', baudRate, ...meter });
      };
      const { found, unread } = await findMeters(master, {
        edition,
        deep,
        onStep: progress.to,
        onFound: (meter) => void print(meter),
      });
      progress.stop();
      if (unread) tellUnread();
      if (found.length === 0) continue;
      const kind = options.port === undefined ? 'dlt645-tcp' : 'dlt645';
      if (options.format === 'yaml') {
        await writeLine(
          snippet(
            { id: busId, kind, ...place.keys, baudRate },
            found.map(({ address, phases, blocks }) => ({
              id: `m-${address.slice(-6)}`,
              driver: 'dlt645',
              bus: busId,
              options: {
                address,
                phases,
                ...(phases === 3 && !blocks ? { blocks } : {}),
                ...(edition === '1997' ? { edition } : {}),
              },
            })),
          ),
        );
      }
      tell(`${found.length} found`);
      if (found.length === 1 && !deep)
        tell(
          '只有它单独应答；加 --deep 可确认线上没有别的表。\nIt answered alone; --deep makes sure that it is alone.',
        );
      return;
    } catch (cause) {
      throw unreachable(place.name, cause);
    } finally {
      progress.stop();
      await master.close();
    }
  }
  tellNobody({
    zh: '2008 年以前的表试 --edition 1997；其他速率试 --baud 1200,4800,9600。',
    en: 'For meters from before about 2008 try --edition 1997; for other speeds --baud 1200,4800,9600.',
  });
}

async function opened(
  { port, converter, parity, stopBits }: Place,
  baudRate: number,
): Promise<Channel> {
  try {
    return port === undefined
      ? await openTcpChannel(converter ?? '')
      : await openSerialChannel({ path: port, baudRate, parity, stopBits });
  } catch (cause) {
    throw unreachable(port ?? converter ?? '', cause);
  }
}

/** How much there is to ask is known only when the first has answered. */
function lazyProgress(title: string): Progress {
  let bar: Progress | undefined;
  return {
    to(done, total = 1) {
      bar ??= startProgress(title, total);
      bar.to(done, total);
    },
    stop: () => bar?.stop(),
  };
}

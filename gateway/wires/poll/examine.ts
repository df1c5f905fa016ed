import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Bus } from '../../config/schema.ts';
import { openTcpChannel } from './channel.ts';

/** How a bus looks from outside, without asking anybody on it. */
export interface BusCheck {
  readonly state: 'ok' | 'warn' | 'bad';
  readonly zh: string;
  readonly en: string;
}

/** Looks whether the port is there and may be opened, or the converter takes a connection. Asks nobody on the line. */
export async function examineBus({ id, kind, path, address }: Bus): Promise<BusCheck> {
  if (path !== undefined) return examinePort(id, path);
  if (kind === 'http' || address === undefined) {
    return { state: 'ok', zh: `总线 ${id}：按 HTTP 询问。`, en: `Bus ${id}: asked over HTTP.` };
  }
  try {
    await (await openTcpChannel(address)).close();
    return {
      state: 'ok',
      zh: `总线 ${id}：${address} 可以连接。`,
      en: `Bus ${id}: ${address} takes a connection.`,
    };
  } catch (cause) {
    const why = (cause as Error).message;
    return {
      state: 'bad',
      zh: `总线 ${id}：连不上转换器 ${address}。检查供电、网线、地址；有的转换器只接受一个连接。`,
      en: `Bus ${id}: ${why}. Check power, cable, address; some converters take one connection only.`,
    };
  }
}

async function examinePort(id: string, path: string): Promise<BusCheck> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    return missing
      ? {
          state: 'bad',
          zh: `总线 ${id}：没有 ${path}。检查 USB 线，用 ls /dev/serial/by-id 看名字。`,
          en: `Bus ${id}: there is no ${path}. Check the USB cable; ls /dev/serial/by-id has the names.`,
        }
      : {
          state: 'bad',
          zh: `总线 ${id}：无权打开 ${path}。把运行网关的用户加入 dialout 组。`,
          en: `Bus ${id}: ${path} may not be opened. Put the gateway's user into the group dialout.`,
        };
  }
  return /^\/dev\/tty(USB|ACM)\d+$/.test(path)
    ? {
        state: 'warn',
        zh: `总线 ${id}：${path} 重启后可能换号。请改用 /dev/serial/by-id/ 下的名字。`,
        en: `Bus ${id}: ${path} may have another number after a restart. Use its name below /dev/serial/by-id/.`,
      }
    : {
        state: 'ok',
        zh: `总线 ${id}：${path} 可以打开。`,
        en: `Bus ${id}: ${path} can be opened.`,
      };
}

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { GatewayError } from '../errors.ts';
import { type Mistake, parseSettings, type Settings } from './settings.ts';

/** Settings with the folder that relative paths start from. */
export interface Loaded extends Settings {
  readonly baseDir: string;
  readonly dataDir: string;
}

/** Reads gateway.yaml. Every mistake is told with file, line, key, value and remedy. */
export function loadConfig(file: string): Loaded {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('CONFIG_MISSING', `Cannot read ${file}: ${reason(cause)}`, { cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    const told = document.errors.map((error) => {
      const { line } = lines.linePos(error.pos[0]);
      return `${file}:${line}: ${error.message.split('\n')[0]}`;
    });
    throw new GatewayError('CONFIG_INVALID', told.join('\n'));
  }
  const source: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  return fromSource(source, dirname(resolve(file)), ({ path, message }) => {
    const value = shown(
      path.reduce<unknown>((at, part) => child(at, part), source),
      path,
    );
    return `${file}:${lineOf(path)}: ${path.join('.')}: ${message}${value}`;
  });
}

/** Understands a configuration that is data already: the demonstration village. */
export function fromSource(
  source: unknown,
  baseDir: string,
  tell: (mistake: Mistake) => string = ({ path, message }) => `${path.join('.')}: ${message}`,
): Loaded {
  const { settings, mistakes } = parseSettings(source);
  if (mistakes) throw new GatewayError('CONFIG_INVALID', mistakes.map(tell).join('\n'));
  return { ...settings, baseDir, dataDir: resolve(baseDir, settings.config.dataDir) };
}

function child(parent: unknown, part: string | number): unknown {
  return typeof parent === 'object' && parent !== null
    ? (parent as Record<string | number, unknown>)[part]
    : undefined;
}

/** The value as it stands there; secrets and numbers of persons are not repeated. */
function shown(value: unknown, path: readonly (string | number)[]): string {
  if (value === undefined || (typeof value === 'object' && value !== null)) return '';
  if (path.some((part) => /password|phone|pin|secret|url/i.test(String(part)))) return '';
  return ` (it says ${JSON.stringify(value).slice(0, 60)})`;
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

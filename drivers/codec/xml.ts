import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { CodecError } from '../driver.ts';
import { type Json, object } from './json.ts';
import { atMost, textOf, trimmed, utf8 } from './text.ts';

/** Longest document, bytes: what cameras say is about 3 KB. */
const maxXmlBytes = 256 * 1024;

const parser = new XMLParser({
  ignoreAttributes: true,
  // Name spaces differ between firmware (isapi.org, hikvision.com, none).
  removeNSPrefix: true,
  parseTagValue: false,
  // The five of XML only; a document with its own entities is refused below.
  htmlEntities: false,
});

/** The root element's name and its content, all values as texts. */
export function xmlDocument(body: Uint8Array): { readonly root: string; readonly content: Json } {
  atMost(body, maxXmlBytes);
  const text = trimmed(textOf(body));
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new CodecError('XML with its own entities');
  let parsed: unknown;
  try {
    if (XMLValidator.validate(text) !== true) throw new CodecError('Not XML, or cut short');
    parsed = parser.parse(text);
  } catch {
    throw new CodecError('Not XML, or cut short');
  }
  for (const [root, content] of Object.entries(object(parsed) ?? {})) {
    if (root !== '?xml') return { root, content: object(content) ?? {} };
  }
  throw new CodecError('XML without an element');
}

/** A text as it may stand in an element. */
export const xmlText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A document of nested elements; undefined members are left out. */
export function xmlBytes(root: string, content: Json, attributes = ''): Uint8Array {
  const element = (name: string, value: unknown, more = ''): string => {
    const inner = object(value);
    const text = inner
      ? Object.entries(inner)
          .filter(([, one]) => one !== undefined)
          .map(([key, one]) => element(key, one))
          .join('')
      : xmlText(String(value));
    return `<${name}${more}>${inner ? '\n' : ''}${text}</${name}>\n`;
  };
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content, attributes)}`);
}

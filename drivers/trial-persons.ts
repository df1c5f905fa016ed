/*
 * For tests: canaries in messages about persons. PR-01, PR-03, PR-06: none may come out of a driver, or of a whole box,
 * by whatever door.
 */

export const canary = 'CaNaRy';

/** Found as it stands, and in base64 at each of its three places. */
export const canaryMark = /[Cc][Aa][Nn][Aa][Rr][Yy]|Q2FOYVJ5|NhTmFSe|DYU5hUn/;

const keysOf = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
const wireNames = new Set(['DeviceID', 'FaceListObject', 'FaceObject', 'PersonInfoListObject']);

/** Names of fields that devices use for persons, beside all of the strip lists (their parsed contents). */
export const sensitiveFields = (stripLists: readonly unknown[]): readonly string[] =>
  [
    ...new Set([
      ...stripLists.flatMap(keysOf),
      ...'name personName persionName Name CardName cardName customId CustomizeID personId PersonID PersonUUID UserID'.split(
        ' ',
      ),
      ...'employeeNoString pin cardno CardNo MjCardNo idCard IdCard telnum Telnum telnum1 Nation nation Gender sex'.split(
        ' ',
      ),
      ...'birthday Birthday Native Address address Notes similarity1 Similarity1 confidence isNoMask mask helmet'.split(
        ' ',
      ),
      ...'temperature temperatur pic scene SanpPic image base64 feature features embedding template Tmp data path'.split(
        ' ',
      ),
      ...'filename closeup_pic overall_pic match person RiderList FacePic emotion glasses beard hair clothing'.split(
        ' ',
      ),
      ...'targetPosInScene facesname username ImageInfo attributes faceAttributes'.split(' '),
    ]),
  ].filter((name) => !wireNames.has(name) && name !== 'match');

/** What is planted in a message. */
export interface Planting {
  /** Field and value, a canary of whatever shape. */
  readonly fields: readonly (readonly [string, unknown])[];
  /** Into which of its objects. */
  readonly where: number;
  /** Now and then it is about a child. */
  readonly child: boolean;
}

/** Every object of a JSON value, the outermost first. */
const objectsOf = (source: unknown): Record<string, unknown>[] => {
  if (typeof source !== 'object' || source === null) return [];
  const inner = Object.values(source).flatMap(objectsOf);
  return Array.isArray(source) ? inner : [source as Record<string, unknown>, ...inner];
};

/** A message of a device with canaries in it, whether it is JSON, XML, a form, a table or several parts. */
export function withCanaries(message: Uint8Array, { fields, where, child }: Planting): Uint8Array {
  const text = Buffer.from(message).toString('utf8');
  const start = text.search(/[{]/);
  const end = text.lastIndexOf('}');
  if (/^\s*\{|event_log|data=\{/.test(text) && start >= 0 && end > start) {
    try {
      const json: unknown = JSON.parse(text.slice(start, end + 1));
      const all = objectsOf(json);
      // Where the device has such a field already, it is overwritten; the rest goes anywhere.
      for (const [key, planting] of fields) {
        for (const one of all) if (Object.hasOwn(one, key)) one[key] = planting;
        const target = all[where % all.length];
        if (target) target[key] = planting;
      }
      if (child && where === 0 && all[0]) all[0].isMinor = true;
      return Buffer.from(text.slice(0, start) + JSON.stringify(json) + text.slice(end + 1));
    } catch {
      // No JSON in it after all: planted as text below.
    }
  }
  const flat = fields.map(([key, planting]) => [key, JSON.stringify(planting)] as const);
  if (text.includes('\t')) {
    const more = flat.map(([key, planting]) => `${key}=${planting}`).join('\t');
    return Buffer.from(
      `${text
        .replace(/pin=\d+/g, `pin=${canary}-1`)
        .replace(/^\d+\t/gm, `${canary}-2\t`)
        .trimEnd()}\t${more}\n`,
    );
  }
  if (text.includes('<')) {
    const more = flat.map(([key, planting]) => `<${key}>${planting.replace(/[<&]/g, '')}</${key}>`);
    return Buffer.from(text.replace('</EventNotificationAlert>', `${more.join('')}$&`));
  }
  const pairs = flat.map(([key, planting]) => `${key}=${encodeURIComponent(planting)}`);
  return Buffer.from(`${text}&${pairs.join('&')}`);
}

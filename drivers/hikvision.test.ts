import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CodecError } from './driver.ts';
import { hikvision } from './hikvision.ts';

const file = (name: string) => readFileSync(new URL(`samples/${name}`, import.meta.url));
const options = hikvision.options.parse({});
const arrival = { device: 'hik-1', atMs: 1773618130500, lane: 'in-1', direction: 'in' } as const;
const changed = (from: string | RegExp, to: string) => {
  const text = new TextDecoder().decode(file('gate/hikvision-anpr.xml')).replace(from, to);
  return hikvision.decode({ body: new TextEncoder().encode(text) }, options, arrival, {})[0];
};

test('without originalLicensePlate the colour character is cut, but 黑 stays where it is a province', () => {
  const old = (plate: string) =>
    changed(
      /<licensePlate>[\s\S]*?<\/licensePlate>|<originalLicensePlate>[\s\S]*?<\/originalLicensePlate>/,
      `<licensePlate>${plate}</licensePlate>`,
    );
  const withoutOriginal = (plate: string) => {
    const text = new TextDecoder()
      .decode(file('gate/hikvision-anpr.xml'))
      .replace(/<originalLicensePlate>.*<\/originalLicensePlate>/, '')
      .replace('蓝浙A8T3K6', plate);
    const body = new TextEncoder().encode(text);
    return hikvision.decode({ body }, options, arrival, {})[0];
  };
  expect(old('蓝浙A8T3K6')).toMatchObject({ plate: '浙A8T3K6' });
  expect(withoutOriginal('蓝浙A8T3K6')).toMatchObject({ plate: '浙A8T3K6' });
  expect(withoutOriginal('黑A8T3K6')).toMatchObject({ plate: '黑A8T3K6' });
  expect(withoutOriginal('黑黑A8T3K6')).toMatchObject({ plate: '黑A8T3K6' });
  expect(withoutOriginal('无牌车')).toMatchObject({ credential: 'none' });
});

test('the list in the camera tells registered, visitor and rejected', () => {
  const listed = (name: string) => changed('otherList', name);
  expect(listed('allowList')).toMatchObject({ result: 'registered' });
  expect(listed('whiteList')).toMatchObject({ result: 'registered' });
  expect(listed('blockList')).toMatchObject({ result: 'rejected' });
  expect(listed('otherList')).toMatchObject({ result: 'visitor' });
});

test('the name space of the firmware does not matter', () => {
  expect(changed('http://www.isapi.org/ver20', 'http://www.hikvision.com/ver20')?.kind).toBe(
    'passage',
  );
});

test('the answer to a push is a bare 200: anything else is sent again', () => {
  expect(hikvision.reply?.({ body: file('gate/hikvision-anpr.xml') }, options, arrival)).toBeNull();
});

test('opening is a PUT to the channel; its OK is accepted, its refusal refused', () => {
  const [open] = hikvision.command?.({ kind: 'open', id: 'a', atMs: 0 }, options, 'hik-1') ?? [];
  expect(open).toMatchObject({
    method: 'PUT',
    topic: '/ISAPI/Parking/channels/1/barrierGate',
  });
  expect(Buffer.from(open?.body ?? []).equals(file('gate/hikvision-barriergate-open.xml'))).toBe(
    true,
  );
  const answer = (name: string) => hikvision.answer?.({ body: file(name) }, options);
  expect(answer('gate/hikvision-responsestatus-ok.xml')?.result).toBe('accepted');
  expect(answer('gate/hikvision-responsestatus-notsupport.xml')).toEqual({
    id: null,
    result: 'refused',
    reason: 'status 4',
  });
  expect(answer('gate/hikvision-anpr.xml')).toBeNull();
  expect(answer('face/hikvision-acs-face-pass.json')).toBeNull();
});

test('a message about a door that cannot be read is refused as personal, so that no copy is kept', () => {
  const whole = file('face/hikvision-acs-face-pass.json');
  const cut = { body: whole.subarray(0, whole.length - 30) };
  try {
    hikvision.decode(cut, options, arrival, {});
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    expect((error as CodecError).personal).toBe(true);
  }
  const anpr = file('gate/hikvision-anpr.xml');
  const cutPlate = { body: anpr.subarray(0, anpr.length - 30) };
  expect(() => hikvision.decode(cutPlate, options, arrival, {})).toThrow(
    expect.objectContaining({ personal: false }),
  );
});

test('one pass at a door is one reading, although it says two or three events', () => {
  const readings = ['face-pass', 'door-unlocked'].flatMap((name) =>
    hikvision.decode({ body: file(`face/hikvision-acs-${name}.json`) }, options, arrival, {}),
  );
  expect(readings).toHaveLength(1);
});

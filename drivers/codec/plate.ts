const provinces = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
const colourBefore = new RegExp(`^[蓝黄绿白黑](?=[${provinces}])`);
const mainland = new RegExp(`^[${provinces}][A-Z]`);
/** What devices write where they saw no plate. */
const noPlate = new Set([
  '',
  '_无_',
  '无',
  '无牌',
  '无牌车',
  '未识别',
  'NULL',
  'UNKNOWN',
  'NONE',
  'NOPLATE',
]);

/**
 * The plate as printed, or undefined where the device saw none. Gone are: NULs, full-width forms, the dot and spaces,
 * a colour character in front (黑 is also a province: the character behind decides), letters I and O where the
 * serial part has only digits 1 and 0 (GA 36: they are not issued).
 */
export function plateOf(raw: string | undefined): string | undefined {
  if (raw === undefined) return undefined;
  const folded = raw
    .replace(/\p{Cc}/gu, '')
    .normalize('NFKC')
    .toUpperCase();
  if (noPlate.has(folded.trim())) return undefined;
  const plate = folded.replace(/[\s·•.・-]/gu, '').replace(colourBefore, '');
  if (noPlate.has(plate)) return undefined;
  if (!mainland.test(plate)) return plate;
  return plate.slice(0, 2) + plate.slice(2).replaceAll('I', '1').replaceAll('O', '0');
}

/** The part of a passage that a plate decides: with one it is the credential, without there is none. */
export const plateFields = (
  raw: string | undefined,
): { readonly credential: 'plate' | 'none'; readonly plate?: string } => {
  const plate = plateOf(raw);
  return plate === undefined ? { credential: 'none' } : { credential: 'plate', plate };
};

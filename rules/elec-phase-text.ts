import type { Text } from '../drivers/text.ts';
import type { PhaseName } from './finding.ts';

const letters: Readonly<Record<PhaseName, string>> = { l1: 'A', l2: 'B', l3: 'C' };
const inChinese = (names: readonly PhaseName[]): string =>
  names.map((name) => letters[name]).join('、');
const inEnglish = (names: readonly PhaseName[]): string => names.join(', ').toUpperCase();

/** Phases without supply, the highest of them at `lostV`, V. */
export const lostText = (title: string, names: readonly PhaseName[], lostV: number): Text => ({
  zh: `${title}${inChinese(names)}相失电（${lostV}伏），其余相有电，请电工检查该相的保险和接头，停用三相电动机，勿自行合闸。`,
  en: `${title}: no supply on ${inEnglish(names)} (${lostV} V) while the rest has it. Have fuse and joints checked, stop motors on three phases; do not re-close anything.`,
});

/** Current flows where no voltage is measured. */
export const meterText = (title: string, names: readonly PhaseName[]): Text => ({
  zh: `${title}电表${inChinese(names)}相无电压却有电流，应是电表该相电压端子松动或保险熔断，这一相的用电没有计入，请电工检查电表接线。`,
  en: `${title}: current but no voltage on ${inEnglish(names)}: the meter's voltage terminal seems loose or its fuse blown, and that phase is not counted. Have its wiring checked.`,
});

export const lineLostText = (title: string, buildings: number): Text => ({
  zh: `${title}有${buildings}栋同时缺相，应是线路或变压器一侧的保险、接头断开，请电工检查该线路，停用电梯、水泵等三相设备，勿自行合闸。`,
  en: `${buildings} buildings on ${title} lost a phase at once: a fuse or joint of the line or transformer. Ask an electrician, stop lifts, pumps and other motors on three phases; do not re-close anything.`,
});

export const backText = (title: string, minutes: number): Text => ({
  zh: `${title}三相恢复有电，历时${minutes}分钟。`,
  en: `${title} has all three phases again after ${minutes} min.`,
});

export const lineBackText = (title: string, minutes: number): Text => ({
  zh: `${title}各栋三相恢复有电，历时${minutes}分钟。`,
  en: `${title}: its buildings have all three phases again after ${minutes} min.`,
});

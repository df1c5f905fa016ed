import { masked } from '../log.ts';

/** 18 digits of an identity card, the last may be X; a landline with its area code. */
const numbers = /(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)/g;

/** A note as it is kept: numbers of cards, telephones and plates are taken out. Names cannot be known; forms say so. */
export const withoutPersons = (note: string): string => masked(note.replace(numbers, '***')).trim();

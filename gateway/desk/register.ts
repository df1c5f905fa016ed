import { z } from 'zod';
import { withoutPersons } from './note.ts';

/** A number of the committee's register; who asks stands there alone, and no telephone or card passes for one. */
export const RegisterNumber = z
  .string()
  .regex(/^[\w-]{1,20}$/)
  .refine((text) => withoutPersons(text) === text);

/** Who acts, as the audit names him: an account, a duty number or a role (chair, 3号). A telephone, card or plate is no name. */
export const ActorName = z
  .string()
  .regex(/^[\p{L}\p{N}_.-]{1,20}$/u)
  .refine((name) => withoutPersons(name) === name);

/** Nothing comes in; every way to speak to cards that prove something goes out in one piece, for a composition root to hand to its agent. */
import { readBadgeNumber } from './desfire/badge-number.ts';
import { proveAes } from './desfire/proof.ts';
import { proveFido } from './fido/proof.ts';
import { registerKey } from './fido/registration.ts';
import { enrolPiv } from './piv/enrolment.ts';
import { provePiv } from './piv/proof.ts';
import { readTrust } from './piv/trust.ts';

export const cards = { readBadgeNumber, proveAes, proveFido, registerKey, enrolPiv, provePiv, readTrust };

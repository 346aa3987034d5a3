/** The functions that speak to cards, as the composition root hands them in: the agent names their shapes and no adapter. */
import type { readBadgeNumber } from '../../native/desfire/badge-number.ts';
import type { proveAes } from '../../native/desfire/proof.ts';
import type { proveFido } from '../../native/fido/proof.ts';
import type { registerKey } from '../../native/fido/registration.ts';
import type { enrolPiv } from '../../native/piv/enrolment.ts';
import type { provePiv } from '../../native/piv/proof.ts';
import type { readTrust } from '../../native/piv/trust.ts';

export type Natives = {
  readonly readBadgeNumber: typeof readBadgeNumber;
  readonly proveAes: typeof proveAes;
  readonly proveFido: typeof proveFido;
  readonly registerKey: typeof registerKey;
  readonly enrolPiv: typeof enrolPiv;
  readonly provePiv: typeof provePiv;
  readonly readTrust: typeof readTrust;
};

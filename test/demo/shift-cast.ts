/** A PIV authority comes in; the people, cards and policy of a nurse's shift go out, with the one sentence that says which times of it are shortened. */

import { byUid, type NewBadge } from '../../agent/enrolment.ts';
import { digitsOf } from '../../agent/evaluation/people.ts';
import { inWords } from '../../agent/policy-file.ts';
import { storedAes } from '../../agent/proofs/record.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { type Authority, asCa, asCard } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { madeBadge } from '../desfire/rig.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import type { Shift } from './shift.ts';

export type Who = { readonly given: string; readonly initial: string; readonly number: string; readonly role: string; readonly pin: string };
export const sam: Who = { given: 'Sam', initial: 'B', number: '204817', role: 'nurse', pin: '48291506' };
export const ana: Who = { given: 'Ana', initial: 'K', number: '730551', role: 'nurse', pin: '73016452' };
export const omar: Who = { given: 'Omar', initial: 'T', number: '318446', role: 'physician', pin: '62947018' };
/** Comes without badge and PIN. */
export const luz: Who = { given: 'Luz', initial: 'M', number: '662299', role: 'nurse', pin: '91502647' };
/** What Sam changes hers to. */
export const newPin = '62058317';

export type Cards = {
  readonly sam: SoftwareCard;
  readonly ana: SoftwareCard;
  readonly luz: SoftwareCard;
  readonly spare: ReturnType<typeof virtualCard>;
  readonly any: ReturnType<typeof virtualCard>;
  readonly badges: { readonly sam: NewBadge; readonly ana: NewBadge; readonly omar: NewBadge };
};

/** Sam's and Ana's badges hold keys of their own; Luz has a PIV card of the site's; Omar's lies at home. */
export async function makeCards(authority: Authority): Promise<{ readonly cards: Cards; readonly root: string }> {
  const root = authority.issue({ subject: 'Clinic root', by: null, extensions: asCa });
  const leaf = authority.issue({ subject: 'Luz', by: root, key: 'p256', extensions: asCard });
  const [hers, anas] = [await madeBadge({}, 'EV3', '04A1B2C3D4E5A1'), await madeBadge({}, 'EV2', '04A1B2C3D4E5A2')];
  const asBadge = ({ badge }: typeof hers): NewBadge => ({ number: Uint8Array.from(badge.uid), proof: storedAes(badge) });
  return {
    root: root.pem,
    cards: {
      sam: hers.card,
      ana: anas.card,
      luz: pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from('04a1b2c3d4e5b3', 'hex')) }),
      spare: virtualCard('04f0e1d2c3b4a5'),
      any: virtualCard('04f0e1d2c3b4a7'),
      badges: { sam: asBadge(hers), ana: asBadge(anas), omar: byUid(Uint8Array.from(Buffer.from('04a1b2c3d4e5a4', 'hex'))) },
    },
  };
}

/** Where a ward has hours and minutes, the story has seconds; the rules are the same. */
const shortened = { windowOverall: 20_000, inactivity: 6_000, warning: 3_000, whoAfter: 2_000, parkedWarning: 3_000 } as const satisfies Partial<Policy>;
export const windowLasts = shortened.windowOverall;
/** A tap suffices for three quarters of it: the rest is `windowAskBefore`, which is never more. */
export const tapSuffices = windowLasts * 0.75;

export const shiftPolicy: Partial<Policy> = {
  ...shortened,
  leastGrade: 'uid',
  takeOver: 'ask',
  parkedSessions: 3,
  addBadge: 'code',
  shiftCodes: 'on',
  vouching: 'on',
  emergency: 'on',
  roles: { 'charge-nurse': { ownersTap: 'keep' } },
};

export const shortenedWords = `Times are shortened, the rules are not: ${Object.entries(shortened)
  .map(([key, value]) => `${key} ${inWords(value)} (${inWords(defaultPolicy[key as keyof typeof shortened])})`)
  .join(', ')}.`;

/** As IT enrolled them before; their numbers by their first names. */
export async function enrolled({ station }: Shift, { badges }: Cards): Promise<Map<string, string>> {
  const { enrolment } = station.agent;
  const ids = new Map<string, string>();
  for (const [who, badge] of [
    [sam, badges.sam],
    [ana, badges.ana],
    [omar, badges.omar],
  ] as const) {
    const made = await enrolment?.enrol({ ...who, language: null }, badge, digitsOf(who.pin), 'IT');
    if (made?.kind !== 'enrolled') throw new Error(`${who.given} was not enrolled: ${made?.kind}`);
    ids.set(who.given, made.subscriber.id);
  }
  return ids;
}

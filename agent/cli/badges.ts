/** Every enrolled badge comes in from the station; what each proves, who could copy it and how far it reaches with a PIN go out, the clonable ones first. */
import { grades, reach } from '../../core/assurance.ts';
import type { Ask, Rules } from '../admin/contract.ts';
import type { BadgeAccount } from '../proofs/account.ts';
import { type Answer, count, plain, table } from './answer.ts';
import { clonable, moreOf } from './badge-words.ts';
import type { Command } from './command.ts';
import { atStation, unexpected } from './people.ts';

export const badges: Command = {
  name: 'badges',
  summary: 'which badges can be copied, and by whom; what each reaches with a PIN',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['Clonable ones first, revoked ones last. "With a PIN" is one of the length that the policy asks for (SP 800-63B-4).'],
  run: (given) =>
    atStation(given, async (ask) => {
      const listed = await listBadges(ask);
      return 'code' in listed ? listed : report(listed.badges, listed.rules, Date.now());
    }),
};

export type Listed = { readonly badges: readonly BadgeAccount[]; readonly rules: Rules };

/** All badges, and the policy they are held against. */
export async function listBadges(ask: Ask): Promise<Listed | Answer> {
  const rules = await ask({ ask: 'rules' });
  if (rules.kind !== 'rules') return unexpected(rules);
  const all: BadgeAccount[] = [];
  const reply = await ask(
    { ask: 'badges' },
    {
      hear: (news) => {
        if (news.kind === 'badges') all.push(...news.badges);
      },
    },
  );
  return reply.kind === 'listed' ? { badges: all, rules } : unexpected(reply);
}

/** Revoked ones open nothing; of the others the weakest first. */
const rank = ({ revoked, proves }: BadgeAccount): number => (revoked ? 10 : 0) + (clonable(proves).clonable ? 0 : 5) + grades.indexOf(proves.kind);
const reachWords = { none: 'no AAL', AAL1: 'AAL1', AAL2: 'AAL2' } as const;

function report(all: readonly BadgeAccount[], { pinLength, leastGrade }: Rules, now: number): Answer {
  const told = all
    .toSorted((a, b) => rank(a) - rank(b))
    .map((badge) => ({ ...badge, ...clonable(badge.proves), reaches: badge.revoked ? ('none' as const) : reach({ badge: badge.proves.kind, pinDigits: pinLength, verified: false }) }));
  const rows = told.map(({ person, id, proves, revoked, reaches, ...copy }) => [
    person.id, plain(`${person.given} ${person.initial}.`), id, proves.kind, copy.clonable ? 'yes' : 'no', copy.by,
    revoked ? 'revoked' : reachWords[reaches], moreOf(proves, now),
  ]);
  const inUse = told.filter(({ revoked }) => !revoked);
  const copied = inUse.filter((badge) => badge.clonable);
  return {
    code: 0,
    text:
      all.length === 0
        ? ['No badge is enrolled: run tapward enrol.']
        : [
            ...table([['PERSON', 'NAME', 'BADGE', 'GRADE', 'CLONABLE', 'BY', `WITH A PIN OF ${pinLength}`, 'MORE'], ...rows]),
            '',
            `${count(copied.length, 'badge')} of ${inUse.length} in use can be copied. The policy takes grade ${leastGrade} and above.`,
          ],
    json: { kind: 'badges', pinLength, leastGrade, badges: told },
  };
}

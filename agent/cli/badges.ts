/** Every enrolled badge comes in from the station; what each proves, who could copy it and how far it reaches with a PIN go out, the clonable ones first. */
import { grades, reach } from '../../core/assurance.ts';
import type { Ask, Rules } from '../admin/contract.ts';
import { isStale } from '../enrolment.ts';
import type { BadgeAccount } from '../proofs/account.ts';
import { type Answer, count, plain, table } from './answer.ts';
import { clonable, moreOf } from './badge-words.ts';
import type { Command } from './command.ts';
import { atStation, unexpected } from './people.ts';

export const badges: Command = {
  name: 'badges',
  summary: 'which badges can be copied, and by whom; what each reaches with a PIN',
  words: { least: 0, most: 0, named: '' },
  options: [['stale', '', 'only those that nobody used for as many days as the policy says']],
  notes: ['Clonable ones first, revoked ones last. "With a PIN" is one of the length that the policy asks for (SP 800-63B-4).'],
  run: (given) =>
    atStation(given, async (ask) => {
      const listed = await listBadges(ask);
      if ('code' in listed) return listed;
      return given.options.stale === true ? reportStale(listed, Date.now()) : report(listed.badges, listed.rules, Date.now());
    }),
};

export const retireBadges: Command = {
  name: 'badges retire',
  summary: 'revoke all badges that nobody used for as many days as the policy says',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: ['`tapward badges --stale` lists them first. Each is an entry in the ledger.'],
  run: (given) =>
    atStation(given, async (ask) => {
      const reply = await ask({ ask: 'retireBadges' });
      return reply.kind === 'listed' ? { code: 0, text: [`${count(reply.count, 'badge')} retired.`], json: { kind: 'retired', count: reply.count } } : unexpected(reply);
    }),
};

/** The longest unused first. */
function reportStale({ badges: all, rules: { staleAfter, staleBadges } }: Listed, now: number): Answer {
  const stale = all.filter((badge) => !badge.revoked && isStale(badge, { staleAfter }, now)).toSorted((a, b) => (a.lastUsed ?? '').localeCompare(b.lastUsed ?? ''));
  const rows = stale.map(({ person, id, lastUsed, proves }) => [person.id, plain(`${person.given} ${person.initial}.`), id, proves.kind, lastUsed ?? '-']);
  const then = staleBadges === 'retire' ? 'They open nothing here; `tapward badges retire` revokes them for good.' : 'Revoke them with `tapward badges retire`.';
  return {
    code: 0,
    text:
      stale.length === 0
        ? [`Every badge in use was used within ${staleAfter} days.`]
        : [...table([['PERSON', 'NAME', 'BADGE', 'GRADE', 'LAST USED'], ...rows]), '', `${count(stale.length, 'badge')} unused for ${staleAfter} days or more. ${then}`],
    json: { kind: 'staleBadges', staleAfter, staleBadges, badges: stale },
  };
}

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
    .map((badge) => ({
      ...badge,
      ...clonable(badge.proves),
      reaches: badge.revoked ? ('none' as const) : reach({ badge: badge.proves.kind, pinDigits: pinLength, verified: false }),
    }));
  const rows = told.map(({ person, id, proves, revoked, reaches, ...copy }) => [
    person.id,
    plain(`${person.given} ${person.initial}.`),
    id,
    proves.kind,
    copy.clonable ? 'yes' : 'no',
    copy.by,
    revoked ? 'revoked' : reachWords[reaches],
    moreOf(proves, now),
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

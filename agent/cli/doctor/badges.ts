/** The badges of a running station come in; findings about those that open nothing any more, or soon will not, go out. */
import { isAtLeast } from '../../../core/assurance.ts';
import { connectDoor } from '../../admin/client.ts';
import type { BadgeAccount } from '../../proofs/account.ts';
import { count } from '../answer.ts';
import { day } from '../badge-words.ts';
import { listBadges } from '../badges.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';

const soon = 30 * 86_400_000;

/** Nothing where no agent runs: the store is not opened beside the look at it. */
export async function badgeFindings(dir: string, now = Date.now()): Promise<readonly Finding[]> {
  const door = await connectDoor(dir);
  if (door.kind !== 'connected') return [];
  try {
    const listed = await listBadges(door.ask);
    return 'code' in listed
      ? []
      : findings(
          listed.badges.filter(({ revoked }) => !revoked),
          listed.rules.leastGrade,
          now,
        );
  } finally {
    door.close();
  }
}

function findings(badges: readonly BadgeAccount[], leastGrade: BadgeAccount['proves']['kind'], now: number): readonly Finding[] {
  const weak = badges.filter(({ proves }) => !isAtLeast(proves.kind, leastGrade));
  const found = [
    ...(weak.length === 0
      ? []
      : [
          warn(
            'badges',
            said`${count(weak.length, 'badge')} below grade ${leastGrade}, which the policy asks for: they open nothing`,
            'List them with `tapward badges`, and give those people better ones.',
          ),
        ]),
    ...badges.flatMap(({ id, person, proves }) => {
      if (proves.kind !== 'piv' || proves.expires > now + soon) return [];
      const mend = 'Have the card issued anew, then enrol it with `tapward enrol --for`.';
      return [
        proves.expires < now
          ? bad('badges', said`The PIV certificate of badge ${id} of ${person.id} ran out on ${day(proves.expires)}: it opens nothing`, mend)
          : warn('badges', said`The PIV certificate of badge ${id} of ${person.id} runs out on ${day(proves.expires)}`, mend),
      ];
    }),
  ];
  return found.length > 0 ? found : [ok('badges', said`${count(badges.length, 'badge')} in use, none below grade ${leastGrade} and none run out`)];
}

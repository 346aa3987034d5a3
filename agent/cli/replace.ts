/** A badge that is lost or worn, and the new one at a reader, come in; the new one hers and the old one revoked, in one step, go out. */
import { refusalSentence } from '../enrolment.ts';
import { type Answer, sorry } from './answer.ts';
import { gradeWords } from './badge-words.ts';
import { listBadges } from './badges.ts';
import { type Command, wholeNumber } from './command.ts';
import { holdBadge, wantedIn } from './enrol.ts';
import { atStation, findBadge, unexpected } from './people.ts';

export const replaceBadge: Command = {
  name: 'replace',
  summary: 'a new badge in place of an old one, which is revoked at once',
  words: { least: 1, most: 1, named: 'BADGE' },
  options: [
    ['as', 'WHAT', 'best (as it is), uid, piv or piv-pinned: what the new badge has to prove'],
    ['wait', 'SECONDS', 'how long to wait for the new badge (30)'],
  ],
  notes: ['BADGE is the number that `tapward people` shows; its first letters do while they are clear.', 'Work that was opened with the old badge locks at once. Her PIN stays.'],
  run: async (given): Promise<Answer> => {
    const { terminal, options, words } = given;
    const seconds = wholeNumber('wait', options.wait, 30, 300);
    if (typeof seconds === 'string') return sorry({ because: 'wrong', why: seconds });
    const as = wantedIn(options);
    if (typeof as === 'object') return as;
    if (as === 'fido') return sorry({ because: 'wrong', why: 'A security key is added with `tapward enrol --for`; revoke the old badge then.' });
    return atStation(given, async (ask) => {
      const badge = await findBadge(ask, words[0] ?? '');
      if (typeof badge !== 'string') return badge;
      const listed = await listBadges(ask);
      if ('code' in listed) return listed;
      const known = listed.badges.find(({ id }) => id === badge);
      if (known === undefined || known.revoked) return sorry({ because: 'refused', why: refusalSentence({ kind: known === undefined ? 'noBadge' : 'revokedBadge' }) });
      const grade = await holdBadge(ask, terminal, { as, seconds, person: null, pin: new Uint8Array() });
      if (typeof grade !== 'string') return grade;
      const reply = await ask({ ask: 'replaceBadge', badge });
      if (reply.kind !== 'enrolled') return unexpected(reply);
      return {
        code: 0,
        text: [`Badge ${reply.badge} is ${reply.subscriber.id}’s in place of ${badge}, which opens nothing any more: ${gradeWords[grade]}.`],
        json: { ...reply, grade, replaced: badge },
      };
    });
  },
};

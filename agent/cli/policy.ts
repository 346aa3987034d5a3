/** Policy files, a person and a station come in; every fault with its line, or what a tap of hers would come to there now and why, go out. */
import { hostname } from 'node:os';
import type { Policy } from '../../core/policy.ts';
import type { Reached } from '../../core/types.ts';
import type { Outlook } from '../admin/conversation.ts';
import { checkSources } from '../policy/check.ts';
import { type BadgeOutlook, type Explanation, explain } from '../policy/explanation.ts';
import { faultWords } from '../policy/fault.ts';
import { originOf, originWords } from '../policy/origin.ts';
import { fileSource } from '../policy/reading.ts';
import { type Answer, count, plain, sorry, span, table } from './answer.ts';
import { listBadges } from './badges.ts';
import type { Command } from './command.ts';
import { reachedWords } from './entry-words.ts';
import { atStation, findPerson, listPeople } from './people.ts';
import { modeOf } from './place.ts';
import { faultsIn, policyHere, siteOf, sourcesHere } from './policy-here.ts';
import { valueWords } from './policy-words.ts';
import { ruleOf } from './tap-words.ts';

export const check: Command = {
  name: 'policy check',
  summary: 'every fault of policy files, or of all sources of this computer, each with its line',
  words: { least: 0, most: 16, named: 'FILE' },
  options: [['station', 'NAME', 'judge them for a computer of this name as well; this one’s own unless given']],
  notes: [
    'Several files are judged together, each one stronger than those before it. Without a file: policy.json, policy.d/*.json and, on Windows, the installer’s settings and Group Policy.',
    'Judged as on an installed station, for every role, and for a name that fits each pattern of the rules.',
  ],
  run: ({ dir, words, options, tools }) => {
    const found = words.length === 0 ? sourcesHere(dir, 'installed', tools) : words.map((path) => fileSource(path));
    if (found.some((source) => source === null)) return Promise.resolve(sorry({ because: 'wrong', why: 'There is no such file: name the policy file.' }));
    const sources = found.filter((source) => source !== null);
    // A file may be for another system than this one.
    const faults = checkSources(sources, { ...siteOf('installed', options.station ?? hostname()), ...(words.length === 0 && { platform: process.platform }) });
    const subject = words.length === 1 ? 'The policy file holds' : sources.length === 0 ? 'There is no source, and the defaults hold' : 'The policy holds';
    const from = words.length > 0 ? [] : ['', ...(sources.length === 0 ? [] : [`Of ${sources.map(({ name }) => plain(name)).join(', ')}.`])];
    return Promise.resolve({
      code: faults.length === 0 ? 0 : 1,
      text:
        faults.length === 0
          ? [`${subject}, for every role and on every station it names.`, ...from.slice(1)]
          : [...faults.map((fault) => plain(faultWords(fault, words.length !== 1))), '', `${count(faults.length, 'fault')}: a station keeps its last good policy.`],
      json: { kind: 'policyFaults', sources: sources.map(({ name }) => name), faults },
    });
  },
};

export const explainPolicy: Command = {
  name: 'policy explain',
  summary: 'what a tap of somebody’s would come to now, and which rule says so',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['person', 'PERSON', 'the number that `tapward people` shows'],
    ['station', 'NAME', 'on a computer of this name; this one unless given'],
  ],
  notes: ['Reads the sources that `tapward policy check` reads. What is open here at this moment, and live windows, are known only to the agent that runs here.'],
  run: async (given) => {
    const { dir, options, tools } = given;
    const { person: named } = options;
    if (named === undefined) return sorry({ because: 'wrong', why: 'Name the person: --person PERSON; `tapward people` shows the number.' });
    const computer = options.station ?? hostname();
    const here = policyHere(dir, modeOf(dir), computer, tools);
    const { judged, standing } = here;
    if (standing === 'defaults') return sorry({ because: 'refused', why: `The policy does not hold: ${faultsIn(here).join(' ')}` });
    return atStation(given, async (ask) => {
      const id = await findPerson(ask, named);
      if (typeof id !== 'string') return id;
      const people = await listPeople(ask);
      if ('code' in people) return people;
      const person = people.find(({ subscriber }) => subscriber.id === id);
      if (person === undefined) return sorry({ because: 'refused', why: 'Nobody has this number: look it up with `tapward people`.' });
      const all = await listBadges(ask);
      if ('code' in all) return all;
      const reply = options.station === undefined || options.station.toLowerCase() === hostname().toLowerCase() ? await ask({ ask: 'outlook', person: id }) : null;
      const { windows, taps } = reply?.kind === 'outlook' ? reply : { windows: [], taps: [] };
      const explanation = explain({
        resolved: judged.resolveOn(computer),
        role: person.subscriber.role,
        wall: Date.now(),
        badges: all.badges.filter((badge) => badge.person.id === id),
        live: new Map(windows.map(({ badge, tap, left }) => [badge, { tap, left }])),
      });
      return told(explanation, { id, role: person.subscriber.role, pin: person.revoked ? 'revoked' : person.pin, computer, kept: standing === 'kept', taps });
    });
  },
};

type About = {
  readonly id: string;
  readonly role: string | null;
  readonly pin: string;
  readonly computer: string /** The last policy that held: the sources have faults. */;
  readonly kept: boolean;
  /** Of her badges, at this station as it stands. */
  readonly taps: Outlook['taps'];
};

function told({ policy, badges, deviations, belowAal2 }: Explanation, { id, role, pin, computer, kept, taps }: About): Answer {
  const opensNothing =
    pin === 'revoked'
      ? 'She was revoked: nothing of hers opens.'
      : pin === 'set'
        ? null
        : 'Her PIN is blocked, too short or not set: no tap of hers opens until she has a new one.';
  return {
    code: 0,
    text: [
      `${id}, ${role === null ? 'without a role' : `role ${plain(role)}`}, on ${plain(computer)}`,
      ...(kept ? ['The policy’s sources have faults; this is by the last policy that held.'] : []),
      ...(opensNothing === null ? [] : [opensNothing]),
      '',
      ...(badges.length === 0 ? ['She has no badge.'] : table(badges.map((badge) => [`badge ${badge.badge}`, badge.grade, outlookWords(badge, policy)]))),
      ...(taps.length === 0 ? [] : ['', 'The rule that a tap here would meet at this moment:', ...table(taps.map(({ badge, reason }) => [`badge ${badge}`, ruleOf(reason, id)]))]),
      '',
      ...otherWays(policy),
      '',
      ...(deviations.length === 0
        ? ['Every setting has its default.']
        : [
            `${count(deviations.length, 'setting')} other than the default:`,
            ...table(
              deviations.map((each) => [
                `  ${each.key}`,
                valueWords(each.key, each.value),
                `instead of ${valueWords(each.key, each.standard)}`,
                originWords(originOf(each.from, each.key, false), each.key),
              ]),
            ),
          ]),
      '',
      belowAal2 ?? 'Whatever opens here reaches AAL2 of SP 800-63B-4.',
    ],
    json: {
      kind: 'explanation',
      person: id,
      role,
      station: computer,
      pin,
      badges,
      taps,
      deviations: deviations.map(({ from, ...rest }) => ({ ...rest, from: originOf(from, rest.key, false) })),
      belowAal2,
    },
  };
}

const nothingWords: Readonly<Record<Extract<BadgeOutlook, { kind: 'nothing' }>['why'], string>> = {
  revoked: 'opens nothing: it was revoked',
  tooWeak: 'opens nothing: "leastGrade" asks for more',
  expired: 'opens nothing: its certificate has run out',
  stale: 'opens nothing: nobody used it for longer than "staleAfter"',
  spareOver: 'opens nothing: it was lent, and the shift is over',
};

function outlookWords(outlook: BadgeOutlook, { pinLength, keyPin }: Policy): string {
  if (outlook.kind === 'nothing') return nothingWords[outlook.why];
  const { grade, asked, reached, window, alone, live } = outlook;
  const now =
    asked === 'none' ? `opens by the tap alone for ${span(live?.tap ?? 0)} more, ${reachedWords(reached)}` : `asks for the PIN of ${pinLength} digits, ${withPin(reached)}`;
  const own = grade === 'fido' && keyPin === 'key' && asked === 'pin' ? '; where it was enrolled with its own PIN, that one, AAL2' : '';
  const soon = asked === 'pin' && live !== null && window > 0 ? `; its window ends in ${span(live.left)}, so the PIN is asked now` : '';
  const later = asked === 'none' ? '' : window === 0 ? '; a tap alone never opens' : `; then taps alone for at most ${span(window)}, ${reachedWords(alone)}`;
  return `${now}${own}${soon}${later}`;
}
const withPin = (reached: Reached): string => (reached === 'none' ? 'no AAL, because the badge proves nothing' : reachedWords(reached));

function otherWays({ shiftCodes, vouching, vouchLasts, emergency, emergencyLasts, emergencyClaims, securityKeys, addBadge }: Policy): readonly string[] {
  return table([
    ['security key in the face', securityKeys],
    [
      'without a badge',
      `${shiftCodes === 'on' ? 'with a code of the help desk and her PIN' : 'no code'}; ${vouching === 'on' ? `a spare badge for ${span(vouchLasts)} on a colleague’s word` : 'no vouching'}`,
    ],
    ['unknown badge', addBadge === 'code' ? 'added at the station by a code from IT' : addBadge === 'demo' ? 'added as a demo person' : 'not added at the station'],
    [
      'emergency access',
      emergency === 'off'
        ? 'off'
        : `${span(emergencyLasts)}, once it is set up; ${emergencyClaims === 'on' ? 'with the sealed code where no PIN can be checked' : 'never without a PIN that can be checked'}`,
    ],
  ]);
}

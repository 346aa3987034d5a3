/** A policy file, a person and a station come in; every fault with its line, or what a tap of hers would come to there now and why, go out. */
import { hostname } from 'node:os';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { Reached } from '../../core/types.ts';
import { checkPolicy } from '../policy/check.ts';
import { type BadgeOutlook, type Deviation, explain, type Explanation } from '../policy/explanation.ts';
import { evaluationDefaults } from '../policy/evaluation.ts';
import { inWords } from '../policy/times.ts';
import { policyPath } from '../places.ts';
import { contentOf, inMillis, judgePolicy, type PolicySite, settings } from '../policy-file.ts';
import { type Answer, count, plain, sorry, span, table } from './answer.ts';
import { listBadges } from './badges.ts';
import type { Command, Mode } from './command.ts';
import { reachedWords } from './entry-words.ts';
import { atStation, findPerson, listPeople } from './people.ts';
import { modeOf } from './place.ts';

const siteOf = (mode: Mode, computer: string): PolicySite & { readonly computer: string } => ({ mode, stationName: defaultPolicy.stationName, computer, ...(mode === 'evaluation' && { defaults: evaluationDefaults }) });

export const check: Command = {
  name: 'policy check',
  summary: 'every fault of a policy file, each with its line, before a station gets it',
  words: { least: 1, most: 1, named: 'FILE' },
  options: [['station', 'NAME', 'judge it for a computer of this name as well; this one’s own unless given']],
  notes: ['Judged as on an installed station, for every role, and for a name that fits each pattern of the rules.'],
  run: ({ words, options }) => {
    const [file = ''] = words;
    const content = contentOf(file);
    if (content.kind !== 'text') return Promise.resolve(sorry({ because: 'wrong', why: content.kind === 'absent' ? 'There is no such file: name the policy file.' : content.faults.join(' ') }));
    const faults = checkPolicy(content.text, siteOf('installed', options.station ?? hostname()));
    return Promise.resolve({
      code: faults.length === 0 ? 0 : 1,
      text: faults.length === 0 ? ['The policy file holds, for every role and on every station it names.'] : [...faults.map(({ line, sentence }) => `${line === null ? '' : `line ${line}: `}${sentence}`), '', `${count(faults.length, 'fault')}: a station keeps its last good policy.`],
      json: { kind: 'policyFaults', faults },
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
  notes: ['Reads the station’s policy file. Live windows are known only to the agent that runs here.'],
  run: async (given) => {
    const { dir, options } = given;
    const { person: named } = options;
    if (named === undefined) return sorry({ because: 'wrong', why: 'Name the person: --person PERSON; `tapward people` shows the number.' });
    const computer = options.station ?? hostname();
    const mode = modeOf(dir);
    const content = contentOf(policyPath(dir, mode));
    const site = siteOf(mode, computer);
    const judged = judgePolicy(content.kind === 'text' ? content.text : '{}', site);
    const faults = content.kind === 'refused' ? content.faults : judged.faults.map(({ sentence }) => sentence);
    if (faults.length > 0) return sorry({ because: 'refused', why: `The policy file does not hold: ${faults.join(' ')}` });
    return atStation(given, async (ask) => {
      const id = await findPerson(ask, named);
      if (typeof id !== 'string') return id;
      const people = await listPeople(ask);
      if ('code' in people) return people;
      const person = people.find(({ subscriber }) => subscriber.id === id);
      if (person === undefined) return sorry({ because: 'refused', why: 'Nobody has this number: look it up with `tapward people`.' });
      const all = await listBadges(ask);
      if ('code' in all) return all;
      const windows = options.station === undefined || options.station.toLowerCase() === hostname().toLowerCase() ? await ask({ ask: 'windows', person: id }) : null;
      const explanation = explain({
        resolved: judged.resolveOn(computer), named: judged.named, role: person.subscriber.role, wall: Date.now(),
        badges: all.badges.filter((badge) => badge.person.id === id),
        live: new Map(windows?.kind === 'windows' ? windows.windows.map(({ badge, tap, left }) => [badge, { tap, left }]) : []),
      });
      return told(explanation, { id, role: person.subscriber.role, pin: person.revoked ? 'revoked' : person.pin, computer });
    });
  },
};

type About = { readonly id: string; readonly role: string | null; readonly pin: string; readonly computer: string };

function told({ policy, badges, deviations, belowAal2 }: Explanation, { id, role, pin, computer }: About): Answer {
  const opensNothing = pin === 'revoked' ? 'She was revoked: nothing of hers opens.' : pin === 'set' ? null : 'Her PIN is blocked, too short or not set: no tap of hers opens until she has a new one.';
  return {
    code: 0,
    text: [
      `${id}, ${role === null ? 'without a role' : `role ${plain(role)}`}, on ${plain(computer)}`,
      ...(opensNothing === null ? [] : [opensNothing]),
      '',
      ...(badges.length === 0 ? ['She has no badge.'] : table(badges.map((badge) => [`badge ${badge.badge}`, badge.grade, outlookWords(badge, policy)]))),
      '',
      ...otherWays(policy),
      '',
      ...(deviations.length === 0 ? ['Every setting has its default.'] : [`${count(deviations.length, 'setting')} other than the default:`, ...table(deviations.map((each) => [`  ${each.key}`, valueWords(each.key, each.value), `instead of ${valueWords(each.key, each.standard)}`, fromWords(each)]))]),
      '',
      belowAal2 ?? 'Whatever opens here reaches AAL2 of SP 800-63B-4.',
    ],
    json: { kind: 'explanation', person: id, role, station: computer, pin, badges, deviations: deviations.map(({ from, ...rest }) => ({ ...rest, from: typeof from === 'string' ? from : { rule: from.number, line: from.line } })), belowAal2 },
  };
}

const nothingWords: Readonly<Record<Extract<BadgeOutlook, { kind: 'nothing' }>['why'], string>> = {
  revoked: 'opens nothing: it was revoked', tooWeak: 'opens nothing: "leastGrade" asks for more', expired: 'opens nothing: its certificate has run out',
  stale: 'opens nothing: nobody used it for longer than "staleAfter"', spareOver: 'opens nothing: it was lent, and the shift is over',
};

function outlookWords(outlook: BadgeOutlook, { pinLength, keyPin }: Policy): string {
  if (outlook.kind === 'nothing') return nothingWords[outlook.why];
  const { grade, asked, reached, window, alone, live } = outlook;
  const now = asked === 'none' ? `opens by the tap alone for ${span(live?.tap ?? 0)} more, ${reachedWords(reached)}` : `asks for the PIN of ${pinLength} digits, ${withPin(reached)}`;
  const own = grade === 'fido' && keyPin === 'key' && asked === 'pin' ? '; where it was enrolled with its own PIN, that one, AAL2' : '';
  const soon = asked === 'pin' && live !== null && window > 0 ? `; its window ends in ${span(live.left)}, so the PIN is asked now` : '';
  const later = asked === 'none' ? '' : window === 0 ? '; a tap alone never opens' : `; then taps alone for at most ${span(window)}, ${reachedWords(alone)}`;
  return `${now}${own}${soon}${later}`;
}
const withPin = (reached: Reached): string => (reached === 'none' ? 'no AAL, because the badge proves nothing' : reachedWords(reached));

function otherWays({ shiftCodes, vouching, vouchLasts, emergency, emergencyLasts, emergencyClaims, securityKeys, addBadge }: Policy): readonly string[] {
  return table([
    ['security key in the face', securityKeys],
    ['without a badge', `${shiftCodes === 'on' ? 'with a code of the help desk and her PIN' : 'no code'}; ${vouching === 'on' ? `a spare badge for ${span(vouchLasts)} on a colleague’s word` : 'no vouching'}`],
    ['unknown badge', addBadge === 'code' ? 'added at the station by a code from IT' : addBadge === 'demo' ? 'added as a demo person' : 'not added at the station'],
    ['emergency access', emergency === 'off' ? 'off' : `${span(emergencyLasts)}, once it is set up; ${emergencyClaims === 'on' ? 'with the sealed code where no PIN can be checked' : 'never without a PIN that can be checked'}`],
  ]);
}

const isTime = new Set(settings().filter(({ default: unset }) => /^\[?"\d/.test(unset) && inMillis(unset.replace(/^\[?"|".*$/g, '')) !== null).map(({ key }) => key));
function valueWords(key: Deviation['key'], value: unknown): string {
  if (typeof value === 'number' && isTime.has(key)) return inWords(value);
  if (Array.isArray(value) && isTime.has(key)) return (value as readonly number[]).map(inWords).join(', ');
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}

const fromWords = ({ from }: Deviation): string => (from === 'file' ? 'the file' : from === 'station' ? 'the station itself' : `rule ${from.number}${from.line === null ? '' : `, line ${from.line}`}`);

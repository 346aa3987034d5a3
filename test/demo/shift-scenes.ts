/** A stage comes in: a station with its cards; the scenes of a nurse's shift go out, each played by hands on a reader and a face, and by IT on a command line. */
import { setTimeout as sleep } from 'node:timers/promises';
import { en } from '../../renderer/words/en.ts';
import { ana, luz, newPin, omar, sam, tapSuffices, windowLasts } from './shift-cast.ts';
import {
  asksPin,
  atStep,
  beyondKeep,
  byTapAlone,
  codeFor,
  enterPin,
  isOpenFor,
  lastPermit,
  mustBe,
  type Stage,
  seconds,
  sessionOf,
  shows,
  tapForPin,
  typeSteps,
  works,
} from './shift-hands.ts';

/** `after`: what the rules, not the station, make people wait. What is played may add its own words. */
export type Scene = { readonly what: string; readonly after?: (stage: Stage) => Promise<unknown>; readonly play: (stage: Stage) => Promise<string | void> };

export const scenes: readonly Scene[] = [
  { what: 'Sam taps: her PIN is asked', play: (s) => tapForPin(s, s.cards.sam, sam) },
  {
    what: 'her PIN: open; her window begins',
    play: async (s) => {
      await enterPin(s, sam);
      s.provedAt = performance.now();
      const { left } = s.welcomed();
      mustBe('seconds that the welcome promises', left === null ? null : Math.round(left), tapSuffices);
      return `the welcome says that a tap alone suffices for ${seconds(left ?? 0)} of the ${seconds(windowLasts)} from now`;
    },
  },
  { what: 'she locks with one key, and taps: open by the tap alone', after: (s) => s.shift.lock(), play: (s) => byTapAlone(s, s.cards.sam, sam) },
  { what: 'Ana taps over: the station asks first', play: (s) => s.shift.tap(s.cards.ana, 'the question', shows('choose')) },
  {
    what: 'she switches and enters her PIN: open as hers',
    play: async (s) => {
      s.shift.face.do('switch');
      await s.shift.face.until('the PIN of Ana', asksPin(ana));
      await enterPin(s, ana);
    },
  },
  {
    what: 'Sam was not done: her tap brings her work straight back, no question and no PIN',
    play: async (s) => {
      await byTapAlone(s, s.cards.sam, sam);
      mustBe('her permit', lastPermit(s)?.by, 'undo');
    },
  },
  {
    what: 'she types, and her badge slips over the reader: she keeps working',
    after: beyondKeep,
    play: async (s) => {
      s.shift.face.do('key');
      await s.shift.tap(s.cards.sam, 'that it was kept', (v) => v.screen.kind === 'open' && v.screen.strip === 'kept');
    },
  },
  {
    what: 'she walks off: warned, then locked, never signed out',
    after: async (s) => {
      await s.shift.face.until('the warning', shows('away'));
    },
    play: async ({ shift: { face, station } }) => {
      const began = performance.now();
      await face.until('the locked screen', shows('idle'));
      const { sessions } = station.agent.queue.state().snapshot;
      return `the warning stood for ${seconds(performance.now() - began)}; ${sessions.length} sessions wait, locked`;
    },
  },
  {
    what: 'she is back with little left of her window: the PIN is asked now, not in the middle of the work',
    after: (s) => sleep(Math.max(0, s.provedAt + tapSuffices + 300 - performance.now())),
    play: async (s) => {
      await tapForPin(s, s.cards.sam, sam);
      const gone = performance.now() - s.provedAt;
      if (gone >= windowLasts) throw new Error(`this machine was too slow for the story: ${seconds(gone)} since her PIN`);
      await enterPin(s, sam);
      return `${seconds(windowLasts - gone)} of it were left`;
    },
  },
  {
    what: 'she changes her PIN, over her own work: the old one, the new one twice',
    play: async (s) => {
      s.shift.face.do('changePin');
      await typeSteps(s, ['pin', sam.pin], ['newPin', newPin], ['again', newPin]);
      await s.shift.face.until('that it was changed', shows('pinChanged'));
      s.shift.face.do('back');
    },
  },
  {
    what: 'after a while she types the old one: refused, said so, and Cancel',
    after: (s) => s.shift.lock(),
    play: async (s) => {
      const { face } = s.shift;
      await tapForPin(s, s.cards.sam, sam);
      face.type(sam.pin);
      await face.until('4 tries left', (v) => v.screen.kind === 'pin' && v.screen.remark?.kind === 'wrong' && v.screen.remark.left === 4);
      face.do('cancel');
      await face.until('the locked screen', shows('idle'));
    },
  },
  {
    what: 'her next tap gets the one hint that fits, and the new PIN opens',
    play: async (s) => {
      await s.shift.tap(s.cards.sam, 'the hint', (v) => v.screen.kind === 'pin' && v.screen.remark?.kind === 'hint' && v.screen.remark.hint === 'oldPin');
      await enterPin(s, sam, newPin);
      return `the screen said: “${en['hint.oldPin']}”`;
    },
  },
  {
    what: 'IT makes her charge nurse: her window ends, so that her next tap asks for the PIN',
    play: async (s) => {
      await works(s, s.shift.command(['people', 'set', s.ids.get('Sam') ?? '', '--role', 'charge-nurse']));
      await s.shift.lock();
      await tapForPin(s, s.cards.sam, sam);
      await enterPin(s, sam, newPin);
    },
  },
  {
    what: 'a rule for her role: her own tap keeps the station open instead of locking it',
    after: beyondKeep,
    play: async (s) => {
      await s.shift.tap(s.cards.sam, 'that it was kept', (v) => v.screen.kind === 'open' && v.screen.strip === 'kept');
      await s.shift.lock();
    },
  },
  {
    what: 'Omar’s badge is at home: the help desk knows him and issues a code for the shift',
    play: async (s) => {
      s.ids.set('code', await codeFor(s, omar, 'shift'));
    },
  },
  {
    what: 'his staff number, the code and his PIN: open, and said to be weaker than a badge',
    play: async (s) => {
      s.shift.face.do('enterCode');
      await typeSteps(s, ['number', omar.number], ['code', s.ids.get('code') ?? ''], ['pin', omar.pin]);
      await s.shift.face.until('Omar’s open desktop', isOpenFor(omar));
      mustBe('what the welcome calls it', s.welcomed().weak, 'code');
    },
  },
  {
    what: 'Ana vouches: her tap and PIN make a spare badge his until the shift ends',
    after: (s) => s.shift.lock(),
    play: async (s) => {
      const { face } = s.shift;
      await s.shift.tap(s.cards.spare, 'not known here', shows('unknown'));
      face.do('vouch');
      await typeSteps(s, ['number', omar.number], ['pin', omar.pin]);
      await face.until('a colleague is waited for', atStep('colleague'));
      await s.shift.tap(s.cards.ana, 'Ana’s PIN is asked', atStep('colleaguePin'));
      face.type(ana.pin);
      await face.until('the spare is his', shows('spareReady'));
      face.do('back');
    },
  },
  {
    what: 'the spare and his PIN: open, and said to be weaker than a badge',
    play: async (s) => {
      await tapForPin(s, s.cards.spare, omar);
      await enterPin(s, omar);
      mustBe('what the welcome calls it', s.welcomed().weak, 'vouch');
      await s.shift.lock();
    },
  },
  { what: 'a patient in need: Emergency, Sam’s badge, her PIN, the reason: open for 30 minutes, in 2 touches beside her PIN', play: emergency },
  {
    what: 'locked, it waits for her half an hour; somebody else reviews it',
    play: async (s) => {
      const number = /^(\d+) +\d{4}-/m.exec(await works(s, s.shift.command(['emergency', 'list'], { code: 1 })))?.[1] ?? '';
      await s.shift.lock();
      await s.shift.command(['emergency', 'review', number, '--statement', 'Charts of bed 5 only; the rhythm alarm of 14:02 stands in the monitor’s log.']);
      await s.shift.command(['emergency', 'list']);
    },
  },
  {
    what: 'Luz is new: IT adds her by name and staff number, and gives her a code for ten minutes',
    play: async (s) => {
      const said = await s.shift.command(['people', 'add', '--number', luz.number, '--role', luz.role, '--pin-stdin'], { input: `${luz.given}\n${luz.initial}\n` });
      s.ids.set(luz.given, /She is ([0-9a-f]{16})/.exec(said)?.[1] ?? '');
      s.ids.set('code', await codeFor(s, luz, 'enrol'));
    },
  },
  {
    what: 'she adds her own PIV card: this badge, who you are, choose a PIN',
    play: async (s) => {
      await s.shift.tap(s.cards.luz, 'not known here', shows('unknown'));
      s.shift.face.do('addBadge');
      const digits = await typeSteps(s, ['number', luz.number], ['code', s.ids.get('code') ?? ''], ['newPin', luz.pin], ['again', luz.pin]);
      await s.shift.face.until('that it was added', shows('added'));
      return `1 tap, 1 touch and ${digits} digits`;
    },
  },
  {
    what: 'she taps and enters her PIN: open',
    play: async (s) => {
      await tapForPin(s, s.cards.luz, luz);
      await enterPin(s, luz);
    },
  },
  { what: 'her badge is reported lost: IT revokes it, and what it had opened locks at once', play: lost },
  {
    what: 'four sessions wait, and the station keeps three: the one unused for longest was warned, and is signed out now',
    play: async (s) => {
      const signedOut = (): string | null => s.shift.entries().flatMap((entry) => (entry.kind === 'signedOut' && entry.why === 'many' ? [entry.subscriber] : []))[0] ?? null;
      for (let i = 0; i < 500 && signedOut() === null; i++) await sleep(20);
      mustBe('whose it was', signedOut(), s.ids.get('Ana'));
    },
  },
  { what: 'Sam shows a student how it works: six lessons from the help screen, and no PIN of anybody’s', play: practice },
];

async function emergency(s: Stage): Promise<string> {
  const { face } = s.shift;
  face.do('emergency');
  await face.until('who', atStep('number'));
  await s.shift.tap(s.cards.sam, 'her PIN is asked', atStep('pin'));
  face.type(newPin);
  await face.until('why', atStep('reason'));
  face.do('reasonTreatment');
  const view = await face.until('the emergency session', (v) => v.screen.kind === 'open' && v.emergency.until !== null);
  const { desk } = s.shift.station.agent.queue.state();
  mustBe('its session is nobody’s', desk.kind === 'open' && desk.by.kind, 'emergency');
  return `every display says so for ${Math.round(((view.emergency.until ?? 0) - face.frame().now) / 60_000)} minutes; ${sessionOf(view) === null ? 'nothing is open' : 'nobody’s own session was opened'}`;
}

async function lost(s: Stage): Promise<void> {
  const { agent } = s.shift.station;
  const badge = agent.enrolment?.people().find(({ subscriber }) => subscriber.id === s.ids.get('Luz'))?.badges[0]?.id ?? '';
  await works(s, s.shift.command(['revoke', '--badge', badge]));
  await s.shift.face.until('the locked screen', shows('idle'));
}

async function practice(s: Stage): Promise<string> {
  const { face } = s.shift;
  const lesson = (name: string) => face.until(`the lesson ${name}`, (v) => v.screen.kind === 'practice' && v.screen.lesson === name);
  face.do('help');
  face.do('practise');
  await lesson('tap');
  await s.shift.tap(s.cards.any, 'the next lesson', (v) => v.screen.kind === 'practice' && v.screen.lesson === 'pin');
  face.type('135790');
  await lesson('wrongPin');
  face.type('135790');
  await face.until('a wrong one', (v) => v.screen.kind === 'practice' && v.screen.wrong);
  face.type('135790');
  await lesson('takeOver');
  face.do('notNow');
  for (const name of ['noBadge', 'emergency']) {
    await lesson(name);
    face.do('next');
  }
  await lesson('done');
  face.do('next');
  await face.until('the locked screen', shows('idle'));
  return 'the made-up PIN was counted and dropped, digit by digit';
}

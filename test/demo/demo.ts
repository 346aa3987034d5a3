/** Nothing but a machine comes in; the whole story of a tap is played on the real agent, a line a step, and 0, or 1 with the step that failed, goes out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { demoPeople, strangerUid } from '../../agent/evaluation/people.ts';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';
import { type Hardware, inProcessHardware, mustBeReal, realHardware } from './hardware.ts';

type Stage = { readonly face: HeadlessFace; readonly reader: Hardware };
type Scene = { readonly what: string; readonly play: (stage: Stage) => Promise<void> };

const [sam, ana, , omar, mei] = demoPeople as [Person, Person, Person, Person, Person];
type Person = (typeof demoPeople)[number];

/** A hand's tap: into the field, read, out again. */
async function tap({ reader, face }: Stage, uid: string, seen: string, ...screens: readonly string[]): Promise<void> {
  reader.insert(uid);
  await face.until(seen, (v) => screens.includes(v.screen.kind));
  reader.remove();
}
const pinAsked = (face: HeadlessFace, who: Person): Promise<unknown> =>
  face.until(`the PIN of ${who.given}`, (v) => v.screen.kind === 'pin' && v.screen.person.given === who.given && v.screen.checkingSince === null);
const openFor = (face: HeadlessFace, who: Person): Promise<unknown> =>
  face.until(`${who.given}'s open desktop`, (v) => v.screen.kind === 'open' && v.screen.person.given === who.given);
const locked = (face: HeadlessFace): Promise<unknown> => face.until('the locked screen', (v) => v.screen.kind === 'idle');

/** Not steps of the story but what people's hands and the rules make them wait. */
const beyondKeep = defaultPolicy.keepAfterOpen + 100;
const beyondSameBadge = defaultPolicy.sameBadgeAfter + 100;

const scenes: readonly Scene[] = [
  {
    what: 'Sam taps: the PIN is asked',
    play: async (s) => {
      await tap(s, sam.uid, 'the PIN', 'pin');
      await pinAsked(s.face, sam);
    },
  },
  {
    what: 'her PIN: the station is open as hers',
    play: async ({ face }) => {
      face.type(sam.pin);
      await openFor(face, sam);
    },
  },
  { what: 'Ana taps over: the station asks first', play: (s) => tap(s, ana.uid, 'the question', 'choose') },
  {
    what: 'she switches and enters her PIN: open as hers',
    play: async ({ face }) => {
      face.do('switch');
      await pinAsked(face, ana);
      face.type(ana.pin);
      await openFor(face, ana);
    },
  },
  {
    what: 'she taps out: locked',
    play: async (s) => {
      await tap(s, ana.uid, 'the locked screen', 'idle');
      await locked(s.face);
    },
  },
  {
    what: 'Sam taps back in: her session is the one she left',
    play: async (s) => {
      await tap(s, sam.uid, 'the PIN', 'pin');
      s.face.type(sam.pin);
      await openFor(s.face, sam);
      s.face.do('lockNow');
      await locked(s.face);
    },
  },
  ...[4, 3, 2, 1].map(
    (left, i): Scene => ({
      what: `Omar, wrong PIN: ${left} ${left === 1 ? 'try' : 'tries'} left`,
      play: async (s) => {
        if (i === 0) await tap(s, omar.uid, 'the PIN', 'pin');
        s.face.type('314159');
        await s.face.until(`${left} tries left`, (v) => v.screen.kind === 'pin' && v.screen.remark?.kind === 'wrong' && v.screen.remark.left === left);
      },
    }),
  ),
  {
    what: 'Omar, wrong PIN again: wait 30 seconds',
    play: async ({ face }) => {
      face.type('314159');
      await face.until('the wait', (v) => v.screen.kind === 'wait');
    },
  },
  {
    what: 'even his right badge must wait: nothing is asked',
    play: async (s) => {
      s.face.do('back');
      await locked(s.face);
      await tap(s, omar.uid, 'the wait', 'wait');
      s.face.do('back');
      await locked(s.face);
    },
  },
  {
    what: 'a badge nobody knows: said so, nothing opens',
    play: async (s) => {
      await tap(s, strangerUid, 'not known here', 'unknown');
      s.face.do('back');
      await locked(s.face);
    },
  },
  {
    what: 'the reader is unplugged: said so',
    play: async ({ face, reader }) => {
      await reader.unplug();
      await face.until('reader not found', (v) => v.screen.kind === 'readerMissing');
    },
  },
  {
    what: 'the reader is back',
    play: async ({ face, reader }) => {
      await reader.plug();
      await locked(face);
    },
  },
  {
    what: 'Mei taps and enters her PIN: open',
    play: async (s) => {
      await tap(s, mei.uid, 'the PIN', 'pin');
      s.face.type(mei.pin);
      await openFor(s.face, mei);
    },
  },
];
/** Before these scenes the people wait as long as the rules want. */
const pauses = new Map([
  [4, beyondKeep],
  [5, beyondSameBadge],
  [11, beyondSameBadge],
]);

/** Plays it all; `say` gets a line a step with its milliseconds. As root on Debian nothing but pcscd will do. */
export async function playDemo({ version, say }: { readonly version: string; readonly say: (line: string) => void }): Promise<0 | 1> {
  const dir = mkdtempSync(join(tmpdir(), 'tapward-demo-'));
  const real = await realHardware(say);
  if (typeof real === 'string') {
    say(`No real reader: ${real}`);
    if (mustBeReal()) return 1;
  }
  const hardware = typeof real === 'string' ? null : real;
  const station = await startEvaluation({
    dir,
    version,
    policy: { ...defaultPolicy, stationName: 'Ward 4 · Cart 12' },
    fresh: false,
    tray: hardware === null,
    pcscEnv: hardware?.env ?? {},
    say,
  });
  const reader = hardware ?? inProcessHardware(station.tray());
  const face = headlessFace(station.agent);
  let step = 'the station shows its locked screen';
  try {
    await locked(face);
    for (const [i, { what, play }] of scenes.entries()) {
      step = what;
      await sleep(pauses.get(i) ?? 0);
      const began = performance.now();
      await play({ face, reader });
      say(`  ${(performance.now() - began).toFixed(1).padStart(8)} ms  ${what}`);
    }
    step = 'the ledger is verified';
    await station.stop('demo over');
    const startKey = Buffer.from(station.startKey ?? '', 'base64url');
    const verified = verifyLedger({ dir: ledgerDir(dir), startKey });
    if (verified.kind === 'bad' || !verified.macs) throw new Error(verified.kind === 'bad' ? `entry ${verified.seq}: ${verified.why}` : 'the MACs were not proved');
    say(`               the ledger is whole: ${verified.entries} entries, chain, MACs and ${verified.signatures} signatures`);
    say(`Demo passed on ${reader.name}.`);
    return 0;
  } catch (why) {
    say(`Demo FAILED at “${step}”: ${why instanceof Error ? why.message : String(why)} (on ${reader.name})`);
    await station.stop('demo failed').catch(() => undefined);
    return 1;
  } finally {
    face[Symbol.dispose]();
    await reader[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  }
}

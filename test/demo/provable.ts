/** Nothing but a machine comes in; a shift with badges that prove themselves, and copies of them, is played on the real agent, pcscd and `tapward`, a line a step; 0, or 1 with the step that failed, goes out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyLedger } from '../../agent/ledger/verification.ts';
import { aesBadge, type BadgeProof } from '../../agent/proofs/record.ts';
import { ledgerDir } from '../../agent/store/durable.ts';
import type { View } from '../../core/view.ts';
import { proveAes } from '../../native/desfire/proof.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { type Authority, asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { newCard, overheard, random } from '../desfire/rig.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { realStand } from './hardware.ts';
import { type Shift, startShift, windowLasts } from './shift.ts';

const people = { Sam: '48291506', Ana: '73016452', Omar: '62947018' } as const;
type Name = keyof typeof people;
const uids = { sam: '04A1B2C3D4E5A1', ana: '04a1b2c3d4e5b1', omar: '04A1B2C3D4E5A3', key: '04f1d0c0ffee81' } as const;

type Cards = ReturnType<typeof makeCards>;
type Stage = {
  readonly shift: Shift;
  readonly cards: Cards;
  readonly keyFile: string;
  readonly ids: Map<string, string> /** When Omar’s PIN opened, by performance.now(). */;
  provedAt: number;
};
type Scene = { readonly what: string; readonly play: (stage: Stage) => Promise<void> };

/** Ana's card is issued under the site's root; so is one that only looks like hers. */
function makeCards(authority: Authority) {
  const root = authority.issue({ subject: 'Clinic root', by: null, extensions: asCa });
  const piv = (subject: string) => {
    const leaf = authority.issue({ subject, by: root, key: 'p256', extensions: asCard });
    return pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from(uids.ana, 'hex')) });
  };
  return {
    root,
    sam: newCard('EV3', uids.sam),
    omar: newCard('EV2', uids.omar),
    ana: piv('Ana'),
    key: softwareKey({ uid: uids.key }),
    plain: newCard('EV3', '04A1B2C3D4E5FF'),
    samCopy: virtualCard(uids.sam.toLowerCase()),
    anaCopy: piv('Not Ana'),
    keyCopy: virtualCard(uids.key),
  };
}

const isOpenFor = (name: Name) => (v: View) => v.screen.kind === 'open' && v.screen.person.given === name;
const asksPin = (name: Name) => (v: View) => v.screen.kind === 'pin' && v.screen.person.given === name;
const shows = (kind: View['screen']['kind']) => (v: View) => v.screen.kind === kind;

/** Milliseconds of performance.now() when it was open. */
async function withPin({ shift }: Stage, card: Cards['ana'], name: Name): Promise<number> {
  await shift.tap(card, `the PIN of ${name}`, asksPin(name));
  shift.face.type(people[name]);
  await shift.face.until(`${name}'s open desktop`, isOpenFor(name));
  return performance.now();
}
const alone = ({ shift }: Stage, card: Cards['ana'], name: Name): Promise<void> => shift.tap(card, `${name}'s open desktop, without a PIN`, isOpenFor(name));
/** Refused at the locked station; what else it may have asked for would time out here. */
async function refused({ shift }: Stage, card: Parameters<Shift['tap']>[0], as: 'unproved' | 'revoked'): Promise<void> {
  await shift.tap(card, as, shows(as));
  shift.face.do('back');
  await shift.face.until('the locked screen', shows('idle'));
}
/** `personalise` and `enrol` of a new person say her number. */
async function enrolled({ shift, ids }: Stage, name: Name, card: Cards['ana'], args: readonly string[]): Promise<void> {
  const said = await shift.command([...args, '--pin-stdin'], { card, input: `${name}\nQ\n${people[name]}\n` });
  ids.set(name, /is enrolled as ([0-9a-f]{16})/.exec(said)?.[1] ?? '');
}
const storedProof = ({ shift, ids }: Stage, name: Name): BadgeProof | undefined => {
  const { store } = shift.station.agent.durable;
  return store?.badge(store.subscriber(ids.get(name) ?? '')?.badges[0] ?? '')?.proof;
};

const scenes: readonly Scene[] = [
  { what: 'the site key is made, in a file for its owner alone', play: async ({ shift, keyFile }) => void (await shift.command(['site-key', 'create', keyFile])) },
  {
    what: 'a badge that proves nothing is refused at enrolment',
    play: async ({ shift, cards }) => void (await shift.command(['enrol', '--pin-stdin'], { card: cards.plain, input: 'Kim\nP\n90735124\n', code: 1 })),
  },
  { what: 'Sam: a blank DESFire EV3 becomes a badge with keys of its own', play: (s) => enrolled(s, 'Sam', s.cards.sam, ['badge', 'personalise', '--site-key', s.keyFile]) },
  {
    what: 'Omar: a DESFire EV2, which shows another UID at each tap from now on',
    play: (s) => enrolled(s, 'Omar', s.cards.omar, ['badge', 'personalise', '--site-key', s.keyFile, '--random-uid']),
  },
  { what: 'Ana: her PIV card, under the site’s root', play: (s) => enrolled(s, 'Ana', s.cards.ana, ['enrol', '--as', 'piv']) },
  {
    what: 'Ana: a security key, tapped on the same reader',
    play: async ({ shift, cards, ids }) => void (await shift.command(['enrol', '--for', ids.get('Ana') ?? '', '--as', 'fido'], { card: cards.key })),
  },
  { what: 'Sam taps and enters her PIN: open', play: async (s) => void (await withPin(s, s.cards.sam, 'Sam')) },
  {
    what: 'she locks, and taps: open by the tap alone, her window lasts',
    play: async (s) => {
      await s.shift.lock();
      await alone(s, s.cards.sam, 'Sam');
    },
  },
  { what: 'Ana taps over and enters her PIN: open as hers', play: async (s) => void (await withPin(s, s.cards.ana, 'Ana')) },
  { what: 'Sam taps over: open as hers by the tap alone', play: (s) => alone(s, s.cards.sam, 'Sam') },
  { what: 'Ana taps over: open as hers by the tap alone', play: (s) => alone(s, s.cards.ana, 'Ana') },
  {
    what: 'a copy of Sam’s UID: refused, it proves nothing',
    play: async (s) => {
      await s.shift.lock();
      await refused(s, s.cards.samCopy, 'unproved');
    },
  },
  {
    what: 'Sam’s own badge beside it: asked for the PIN again, since a copy was about; open',
    play: async (s) => {
      await withPin(s, s.cards.sam, 'Sam');
      await s.shift.lock();
    },
  },
  { what: 'a card with Ana’s UID, a certificate of the site and another key: refused', play: (s) => refused(s, s.cards.anaCopy, 'unproved') },
  { what: 'a copy of the security key’s UID: refused', play: (s) => refused(s, s.cards.keyCopy, 'unproved') },
  {
    what: 'Omar, whose badge shows another UID at each tap: known by what it proves; PIN, open',
    play: async (s) => {
      s.provedAt = await withPin(s, s.cards.omar, 'Omar');
      await s.shift.lock();
    },
  },
  {
    what: `${windowLasts / 1000} s later his window is over: the PIN is asked again`,
    play: async (s) => {
      await sleep(Math.max(0, s.provedAt + windowLasts + 200 - performance.now()));
      await withPin(s, s.cards.omar, 'Omar');
      await s.shift.lock();
    },
  },
  { what: 'Sam’s badge gets new keys and opens; what the station kept of the old ones proves nothing', play: rotated },
  { what: 'Ana taps her security key and enters her PIN: open', play: async (s) => void (await withPin(s, s.cards.key, 'Ana')) },
  {
    what: 'Ana is revoked: the station locks under her',
    play: async ({ shift, ids }) => {
      await shift.command(['revoke', ids.get('Ana') ?? '']);
      await shift.face.until('the locked screen', shows('idle'));
    },
  },
  { what: 'her PIV card: refused', play: (s) => refused(s, s.cards.ana, 'revoked') },
  { what: 'her security key: refused', play: (s) => refused(s, s.cards.key, 'revoked') },
];

async function rotated(stage: Stage): Promise<void> {
  const { shift, cards, keyFile, ids } = stage;
  const before = storedProof(stage, 'Sam');
  if (before?.kind !== 'aes') throw new Error('Sam has no badge with keys of its own');
  const proves = async (): Promise<string> => {
    cards.sam.powered();
    const proof = await proveAes(overheard(cards.sam).transmit, aesBadge(before), random);
    return proof.kind === 'proved' ? 'proved' : proof.because;
  };
  if ((await proves()) !== 'proved') throw new Error('what the station kept did not prove the badge');
  await shift.command(['badge', 'rotate', '--for', ids.get('Sam') ?? '', '--site-key', keyFile], { card: cards.sam });
  if ((await proves()) !== 'wrong') throw new Error('what the station kept before still proves the badge');
  await withPin(stage, cards.sam, 'Sam');
  await shift.lock();
}

/** What the ledger says of all that opened. */
function opened({ shift }: Stage): string {
  const permits = shift.entries().filter((entry) => entry.kind === 'permit');
  const by = (reached: string, factors: string): number => permits.filter((p) => p.reached === reached && p.factors.join('+') === factors).length;
  const [full, alike] = [by('AAL2', 'badge+pin'), by('AAL1', 'badge')];
  if (full + alike !== permits.length || permits.some(({ grade }) => grade === 'uid')) throw new Error(`the ledger has other permits: ${JSON.stringify(permits)}`);
  return `the ledger: ${full} opens with badge and PIN at AAL2, ${alike} by a tap alone at AAL1, none by a UID`;
}

/** Plays it all; `say` gets a line a step with its milliseconds. Nothing but a real pcscd will do. */
export async function playProvable({ version, say }: { readonly version: string; readonly say: (line: string) => void }): Promise<0 | 1> {
  const real = await realStand(say);
  if (typeof real === 'string') {
    say(`This story needs a real PC/SC service: ${real}`);
    return 1;
  }
  await using stack = new AsyncDisposableStack();
  const stand = stack.use(real.stand);
  let step = 'the cards are made';
  try {
    const authority = stack.use(openAuthority());
    const cards = makeCards(authority);
    step = 'the station shows its locked screen';
    const shift = stack.use(await startShift({ story: 'provable', version, stand, policy: { pivRoots: authority.keep(cards.root.pem) } }));
    await shift.face.until('the locked screen', shows('idle'));
    const stage: Stage = { shift, cards, keyFile: shift.keyFile, ids: new Map(), provedAt: 0 };
    for (const { what, play } of scenes) {
      step = what;
      const began = performance.now();
      await play(stage);
      say(`  ${(performance.now() - began).toFixed(1).padStart(8)} ms  ${what}`);
    }
    step = 'the report';
    say('');
    for (const line of (await shift.command(['badges'])).trimEnd().split('\n')) say(line === '' ? '' : `  ${line}`);
    say('');
    step = 'the ledger is verified';
    say(`  ${opened(stage)}`);
    await shift.end();
    const verified = verifyLedger({ dir: ledgerDir(shift.dir), startKey: Buffer.from(shift.station.startKey ?? '', 'base64url') });
    if (verified.kind === 'bad' || !verified.macs) throw new Error(verified.kind === 'bad' ? `entry ${verified.seq}: ${verified.why}` : 'the MACs were not proved');
    say(`  the ledger is whole: ${verified.entries} entries, chain, MACs and ${verified.signatures} signatures`);
    say(`Demo passed on ${real.name}.`);
    return 0;
  } catch (why) {
    say(`Demo FAILED at “${step}”: ${why instanceof Error ? why.message : String(why)} (on ${real.name})`);
    return 1;
  }
}

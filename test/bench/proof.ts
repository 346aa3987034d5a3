/** Cards that prove themselves lie on the reader of a real pcscd, inside their windows; how long a tap alone takes from the field to the open desk goes out, without the air and with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewBadge } from '../../agent/enrolment.ts';
import { type Evaluation, startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { demoPeople } from '../../agent/evaluation/people.ts';
import type { Captured } from '../../agent/intake.ts';
import type { Appraised, Wanted } from '../../agent/proofs/appraisal.ts';
import { storedAes } from '../../agent/proofs/record.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { SubscriberId } from '../../core/types.ts';
import { personalise } from '../../native/desfire/personalisation.ts';
import type { SoftwareCard } from '../cards/card.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { asCa, asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { badgeOf, newCard, options } from '../desfire/rig.ts';
import { type HeadlessFace, headlessFace } from '../e2e/headless.ts';
import { inField, type Pace, virtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';
import { type Measurement, percentile, type Row, row } from './row.ts';

const taps = 60;
/** The frames of a DESFire EV3 as its ATS announces them, and of most FIDO and PIV cards. */
const frames = { fsc: 64, fsd: 256 } as const;
/**
 * Milliseconds a chip computes for the private-key operation of one proof and its initialisation, as others measured it on an NXP JCOP 4 (J3R180, P71): RSA-2048 CRT without
 * padding 53.23 + 6.10, ECDSA on P-256 31.96 + 8.12. Svenda et al., JCAlgTest (SECRYPT 2022, 597–604); github.com/crocs-muni/JCAlgTest, commit 36c5844,
 * Profiles/performance/fixed, NXP_JCOP4_J3R180_SECID_P71, 1634708420109. Not what a whole PIV application takes. null: no figure was found.
 */
const published: Readonly<Record<string, number | null>> = { 'proof-aes': null, 'proof-piv-rsa': 59.3, 'proof-piv-p256': 40.1, 'proof-fido': null };

type Holder = { readonly id: string; readonly person: (typeof demoPeople)[number]; readonly card: SoftwareCard };
type Station = { readonly stand: Stand; readonly evaluation: Evaluation; readonly face: HeadlessFace };

/** Counts what goes over the air while a card is tapped. */
function counted(card: SoftwareCard): { readonly card: SoftwareCard; readonly traffic: { apdus: number; bytes: number } } {
  const traffic = { apdus: 0, bytes: 0 };
  const respond = (command: Uint8Array): Uint8Array => {
    const response = card.respond(command);
    traffic.apdus += 1;
    traffic.bytes += command.length + response.length;
    return response;
  };
  return { card: { ...card, respond }, traffic };
}

const subscriberOf = ({ agent }: Evaluation, { given, initial }: Holder['person']): SubscriberId => {
  const found = agent.enrolment?.people().find(({ subscriber }) => subscriber.given === given && subscriber.initial === initial);
  if (found === undefined) throw new Error(`${given} is not enrolled`);
  return found.subscriber.id;
};

type Work = (card: Captured) => Promise<NewBadge | ((card: Captured) => Promise<NewBadge>)>;

async function enrol(station: Station, { person, card }: Holder, work: Work): Promise<void> {
  const { evaluation } = station;
  const first = await once(station, card, work);
  const badge = typeof first === 'function' ? await once(station, card, first) : first;
  const added = evaluation.agent.enrolment?.addBadge(subscriberOf(evaluation, person), badge, 'bench');
  if (added?.kind !== 'enrolled') throw new Error(`not enrolled: ${added?.kind}`);
}

async function once<Done>({ stand, evaluation }: Station, card: Holder['card'], work: (card: Captured) => Promise<Done>): Promise<Done> {
  const held = Promise.withResolvers<Captured>();
  const stop = evaluation.agent.intake.capture(held.resolve, () => held.reject(new Error('no badge to enrol')));
  stand.insert(1, inField(card));
  const done = await work(await held.promise);
  stop();
  stand.remove(1);
  await sleep(100);
  return done;
}

const appraised =
  ({ evaluation }: Station, wanted: Wanted) =>
  async (card: Captured): ReturnType<Work> => {
    const found = await evaluation.agent.appraiser?.appraise(card, wanted);
    return found?.kind === 'again' ? async (later) => badgeIn(await found.check(later)) : badgeIn(found);
  };
function badgeIn(found: Appraised | undefined): NewBadge {
  if (found?.kind !== 'badge') throw new Error(`refused: ${found?.kind === 'refused' ? found.why : found?.kind}`);
  return found.badge;
}
const personalised = async ({ transmit }: Captured): Promise<NewBadge> => {
  const badge = badgeOf(await personalise(transmit, options()));
  return { number: Uint8Array.from(badge.uid), proof: storedAes(badge) };
};

/** Milliseconds from the field to the open desk; the badge is away again when this resolves. */
async function tapOpens({ stand, face }: Station, card: ReturnType<typeof inField>, given: string): Promise<number> {
  const began = performance.now();
  stand.insert(1, card);
  await face.until('the open desk', (v) => v.screen.kind === 'open' && v.screen.person.given === given);
  const took = performance.now() - began;
  stand.remove(1);
  return took;
}
async function lock({ evaluation, face }: Station): Promise<void> {
  evaluation.agent.gesture({ kind: 'lockNow' });
  await face.until('the locked screen', (v) => v.screen.kind === 'idle');
  await sleep(15);
}
async function beginWindow(station: Station, card: ReturnType<typeof inField>, { given, pin }: Holder['person']): Promise<void> {
  station.stand.insert(1, card);
  await station.face.until('the PIN', (v) => v.screen.kind === 'pin');
  station.stand.remove(1);
  station.face.type(pin);
  await station.face.until('the open desk', (v) => v.screen.kind === 'open' && v.screen.person.given === given);
  await sleep(20);
}

async function series(station: Station, { person, card }: Pick<Holder, 'person' | 'card'>, pace: Pace): Promise<readonly number[]> {
  const took: number[] = [];
  for (let i = 0; i < taps; i++) {
    took.push(await tapOpens(station, inField(card, pace), person.given));
    await lock(station);
  }
  return took;
}

async function proofs(progress: (line: string) => void): Promise<readonly Row[]> {
  using authority = openAuthority();
  await using stand = await startStand({ readers: [1] });
  const dir = mkdtempSync(join(tmpdir(), 'tapward-bench-'));
  const root = authority.issue({ subject: 'Root', by: null, extensions: asCa });
  const piv = (key: 'p256' | 'rsa2048', uid: string): SoftwareCard => {
    const leaf = authority.issue({ subject: key, by: root, key, extensions: asCard });
    return pivCard({ certificate: leaf.der, key: leaf.key, uid: Uint8Array.from(Buffer.from(uid, 'hex')) });
  };
  const evaluation = await startEvaluation({
    dir,
    version: '0.0.0',
    fresh: false,
    tray: false,
    pcscEnv: stand.env,
    say: () => undefined,
    policy: {
      ...defaultPolicy,
      sameBadgeAfter: 0,
      takeOver: 'switch',
      pivRoots: authority.keep(root.pem),
      uidWindow: { owner: 'bench', until: Date.now() + 86_400_000, lasts: 4 * 3_600_000 },
    },
  });
  const face = headlessFace(evaluation.agent);
  const station: Station = { stand, evaluation, face };
  try {
    await face.until('the locked screen', (v) => v.screen.kind === 'idle');
    const [sam, ana, luz, omar, mei] = demoPeople as unknown as readonly [Holder['person'], Holder['person'], Holder['person'], Holder['person'], Holder['person']];
    const holders: readonly Holder[] = [
      { id: 'proof-aes', person: sam, card: newCard('EV3', '04A1B2C3D4E5A1') },
      { id: 'proof-piv-rsa', person: luz, card: piv('rsa2048', '04a1b2c3d4e5b1') },
      { id: 'proof-piv-p256', person: omar, card: piv('p256', '04a1b2c3d4e5b2') },
      { id: 'proof-fido', person: mei, card: softwareKey() },
    ];
    const other: Holder = { id: '', person: ana, card: newCard('EV3', '04A1B2C3D4E5A2') };
    for (const holder of [...holders, other]) {
      const { id, person } = holder;
      await enrol(
        station,
        holder,
        id === 'proof-fido' ? appraised(station, { as: 'fido', person: subscriberOf(evaluation, person) }) : id.includes('piv') ? appraised(station, { as: 'piv' }) : personalised,
      );
    }
    progress(`${taps} taps alone with a badge that proves nothing, beside which the others stand`);
    const bare = virtualCard(ana.uid);
    await beginWindow(station, bare, ana);
    await lock(station);
    const uid: number[] = [];
    for (let i = 0; i < taps; i++) {
      uid.push(await tapOpens(station, virtualCard(ana.uid), ana.given));
      await lock(station);
    }
    const rows: Row[] = [];
    for (const holder of holders) {
      await beginWindow(station, inField(holder.card), holder.person);
      await lock(station);
      const { card, traffic } = counted(holder.card);
      progress(`${holder.id}: ${taps} taps alone`);
      const took = await series(station, { ...holder, card }, {});
      rows.push(row(holder.id, 'ms', took, { uid: percentile(took, 50) / percentile(uid, 50), APDUs: traffic.apdus / taps, bytes: Math.round(traffic.bytes / taps) }));
      progress(`${holder.id}-air: ${taps} taps alone at 106 kbit/s`);
      const computing = published[holder.id] ?? null;
      rows.push(row(`${holder.id}-air`, 'ms', await series(station, holder, { air: frames }), computing === null ? {} : { 'card computing, published ms': computing }));
    }
    progress(`${taps} taps over one another inside two windows`);
    await beginWindow(station, inField(other.card), ana);
    const pair = [holders[0] as Holder, other];
    const over: number[] = [];
    for (let i = 0; i < taps; i++) {
      const { card, person } = pair[i % 2] as Holder;
      over.push(await tapOpens(station, inField(card), person.given));
      await sleep(15);
    }
    rows.push(row('tap-over-window', 'ms', over, { uid: percentile(over, 50) / percentile(uid, 50) }));
    return rows;
  } finally {
    face[Symbol.dispose]();
    await evaluation.stop('bench over');
    rmSync(dir, { recursive: true, force: true });
  }
}

export const measurement: Measurement = {
  ids: ['proof-aes', 'proof-aes-air', 'proof-piv-rsa', 'proof-piv-rsa-air', 'proof-piv-p256', 'proof-piv-p256-air', 'proof-fido', 'proof-fido-air', 'tap-over-window'],
  run: proofs,
};

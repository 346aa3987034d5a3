/** A badge of the site comes in; the same badge with the next version of its keys, or with keys of a new site key, goes out. Pulled at any moment, the next run goes on where this one ended. */
import type { Transmit } from '../../core/ports.ts';
import { authenticateFirst, type RandomSource } from './authentication.ts';
import { makeNumber, numberFile, readBadgeNumber, uidInside } from './badge-number.ts';
import { wipe } from './bytes.ts';
import { changeOtherKey, changeOwnKey, getKeyVersion, piccAid, selectApplication, writeData } from './commands.ts';
import { expectSite, keyOf, type Site } from './diversification.ts';
import { piccKeyNo } from './factory-key.ts';
import { masterKeyNo, type Personalised, type Progress, type ProvableBadge, proofKeyNo, type Step } from './personalisation.ts';
import { proveAes } from './proof.ts';
import { refused, type Stopped, stopped } from './refusals.ts';
import type { Session } from './session.ts';

/** Site key and version that the badge's keys follow from. */
export type Generation = { readonly site: Site; readonly keyVersion: number };

/** `from` and `to` have the same AID and system identifier, and different versions. */
export type RotateOptions = { readonly from: Generation; readonly to: Generation; readonly random: RandomSource; readonly progress?: Progress };

/** What the badge's number becomes with the new keys: the same one, unless the site key changed. */
type Turn = { readonly kind: 'turned'; readonly number: Uint8Array } | Stopped;

/** The badge's own three keys. The card's master key is followed only where it is this badge's own. Throws RangeError for versions that a card cannot tell apart. */
export async function rotate(transmit: Transmit, { from, to, random, progress }: RotateOptions): Promise<Personalised> {
  expectSite(from.site, from.keyVersion);
  expectSite(to.site, to.keyVersion);
  if (from.keyVersion === to.keyVersion) throw new RangeError('the two key versions differ');
  const steps: readonly Step[] = ['card', 'keys', 'check'];
  const tell = (step: Step): void => progress?.(step, steps.indexOf(step) + 1, steps.length);

  tell('card');
  const read = await readBadgeNumber(transmit, from.site.aid);
  if (read.kind === 'none') return read.because === 'gone' ? stopped({ kind: 'gone' }) : refused('notOurs');
  // With a new site key the number is written last but one: until then it opens with the old one.
  const uid = uidInside(from.site, read.number) ?? uidInside(to.site, read.number);
  if (!uid) return refused('otherSite');

  tell('keys');
  const key = ({ site, keyVersion }: Generation, keyNo: number, aid = site.aid): Uint8Array => keyOf(site, { uid, aid, keyNo, keyVersion });
  const old = { master: key(from, masterKeyNo), proof: key(from, proofKeyNo), card: key(from, masterKeyNo, piccAid) };
  const now = { master: key(to, masterKeyNo), proof: key(to, proofKeyNo), card: key(to, masterKeyNo, piccAid) };
  const work = async (): Promise<Personalised> => {
    const turned = await turn(transmit, { from, to, uid, number: read.number, old, now }, random);
    if (turned.kind !== 'turned') return turned;
    const followed = await followCard(transmit, old.card, now.card, to.keyVersion, random);
    if (followed) return followed;
    tell('check');
    const badge: ProvableBadge = { number: turned.number, uid, aid: to.site.aid, keyNo: proofKeyNo, keyVersion: to.keyVersion, key: now.proof };
    const checked = await proveAes(transmit, badge, random);
    if (checked.kind === 'proved') return { kind: 'personalised', badge };
    return checked.because === 'gone' ? stopped({ kind: 'gone' }) : refused('otherSite');
  };
  const outcome = await work();
  wipe(old.master, old.proof, old.card, now.master, now.card);
  if (outcome.kind !== 'personalised') wipe(now.proof);
  return outcome;
}

type Keys = { readonly master: Uint8Array; readonly proof: Uint8Array; readonly card: Uint8Array };
type Change = { readonly from: Generation; readonly to: Generation; readonly uid: Uint8Array; readonly number: Uint8Array; readonly old: Keys; readonly now: Keys };

/** Proof key, number, master key: as long as the last is old, the first two may be either. */
async function turn(transmit: Transmit, change: Change, random: RandomSource): Promise<Turn> {
  const { from, to, old, now } = change;
  const begun = await authenticateFirst(transmit, { keyNo: masterKeyNo, key: old.master }, random);
  const isTurned = begun.kind === 'wrong';
  const opened = isTurned ? await authenticateFirst(transmit, { keyNo: masterKeyNo, key: now.master }, random) : begun;
  if (opened.kind !== 'ok') return opened.kind === 'wrong' ? refused('otherVersion') : stopped(opened);
  using session = opened.value;
  const version = await getKeyVersion(transmit, session, proofKeyNo);
  if (version.kind !== 'ok') return stopped(version);
  if (version.value !== to.keyVersion) {
    if (version.value !== from.keyVersion) return refused('otherVersion');
    const changed = await changeOtherKey(transmit, session, { keyNo: proofKeyNo, key: now.proof }, to.keyVersion, old.proof);
    if (changed.kind !== 'ok') return stopped(changed);
  }
  const numbered = await renumber(transmit, session, change, random);
  if (numbered.kind !== 'turned' || isTurned) return numbered;
  const changed = await changeOwnKey(transmit, session, { keyNo: masterKeyNo, key: now.master }, to.keyVersion);
  return changed.kind === 'ok' ? numbered : stopped(changed);
}

/** The number opens with the site key that the keys follow from. */
async function renumber(transmit: Transmit, session: Session, { to, uid, number: current }: Change, random: RandomSource): Promise<Turn> {
  if (uidInside(to.site, current)) return { kind: 'turned', number: current };
  const number = makeNumber(to.site, uid, random);
  const written = await writeData(transmit, session, numberFile.fileNo, number);
  return written.kind === 'ok' ? { kind: 'turned', number } : stopped(written);
}

/** null: done, or the card's master key is somebody else's. */
async function followCard(transmit: Transmit, old: Uint8Array, now: Uint8Array, keyVersion: number, random: RandomSource): Promise<Stopped | null> {
  const selected = await selectApplication(transmit, piccAid);
  if (selected.kind !== 'ok') return stopped(selected);
  const begun = await authenticateFirst(transmit, { keyNo: 0, key: old }, random);
  if (begun.kind === 'ok') {
    const changed = await changeOwnKey(transmit, begun.value, { keyNo: piccKeyNo, key: now }, keyVersion);
    return changed.kind === 'ok' ? null : stopped(changed);
  }
  return begun.kind === 'gone' || begun.kind === 'malformed' ? stopped(begun) : null;
}

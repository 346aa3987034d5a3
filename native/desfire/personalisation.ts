/** A card and a site come in; a provable badge, and what a station must keep of it, go out. Pulled at any moment, the next run goes on where this one ended. */
import type { Transmit } from '../../core/ports.ts';
import type { RandomSource } from './authentication.ts';
import { isSame, wipe } from './bytes.ts';
import { type Candidate, find } from './candidate.ts';
import { type CardMasterKey, closeSettings, type OwnKey, openCard, takeCard } from './card-key.ts';
import { createApplication, getApplicationIds, keySettings, piccAid, setRandomUid } from './commands.ts';
import { expectSite, keyOf, type Site } from './diversification.ts';
import { status } from './exchange.ts';
import { type Laid, layOut } from './layout.ts';
import { type AesBadge, proveAes } from './proof.ts';
import { refused, type Stopped, stopped } from './refusals.ts';
import type { Session } from './session.ts';

/** Key 0 changes keys and writes the number; key 1 proves, and is all a station gets. */
export const masterKeyNo = 0;
export const proofKeyNo = 1;

export type Step = 'card' | 'application' | 'keys' | 'randomUid' | 'check';
/** `at` counts from 1 to `of`. */
export type Progress = (step: Step, at: number, of: number) => void;

export type PersonaliseOptions = {
  readonly site: Site;
  /** 1 to 255; keys are zero-th as delivered. */
  readonly keyVersion: number;
  readonly cardMasterKey: CardMasterKey;
  /** For ever: no card goes back to its fixed UID. */
  readonly randomUid: boolean;
  /** Ours may stand beside applications of others. */
  readonly besideOthers: boolean;
  readonly random: RandomSource;
  readonly progress?: Progress;
};

/** What a station must keep. `number`: how it finds the record of a badge with random UIDs. `key`: to be overwritten by the caller. */
export type ProvableBadge = AesBadge & { readonly number: Uint8Array };
export type Personalised = { readonly kind: 'personalised'; readonly badge: ProvableBadge } | Stopped;

/** Throws RangeError for a site or a version that no badge can be made with. */
export async function personalise(transmit: Transmit, options: PersonaliseOptions): Promise<Personalised> {
  const { site, keyVersion, cardMasterKey, random } = options;
  expectSite(site, keyVersion);
  const steps: readonly Step[] = ['card', 'application', 'keys', ...(options.randomUid ? (['randomUid'] as const) : []), 'check'];
  let told = 0;
  const tell = (step: Step): void => {
    const at = steps.indexOf(step) + 1;
    if (at > told) options.progress?.(step, at, steps.length);
    told = Math.max(told, at);
  };

  tell('card');
  if (options.randomUid && cardMasterKey.kind === 'unknown') return refused('randomNeedsKey');
  const found = await find(transmit, site, cardMasterKey, random);
  if (found.kind !== 'found') return found;
  const { uid } = found;
  const own = { key: keyOf(site, { uid, aid: piccAid, keyNo: masterKeyNo, keyVersion }), keyVersion };
  const master = { keyNo: masterKeyNo, key: keyOf(site, { uid, aid: site.aid, keyNo: masterKeyNo, keyVersion }) };
  const proof = { keyNo: proofKeyNo, key: keyOf(site, { uid, aid: site.aid, keyNo: proofKeyNo, keyVersion }) };
  const work = async (): Promise<Personalised> => {
    const lay = (): Promise<Laid> => {
      tell('keys');
      return layOut(transmit, { site, uid, keyVersion, master, proof, isNew: !found.isThere }, random);
    };
    // Whether an application that is there is ours shows in its keys: before that the card itself stays as it is.
    const early = found.isThere ? await lay() : null;
    if (early && early.kind !== 'laid') return early;
    const made = await makeApplication(transmit, options, found, own, () => tell('application'));
    if (made) return made;
    const laid = early ?? (await lay());
    if (laid.kind !== 'laid') return laid;
    if (options.randomUid && !found.isHidden) {
      tell('randomUid');
      const hidden = await hide(transmit, cardMasterKey, own.key, random);
      if (hidden) return hidden;
    }
    tell('check');
    const badge: ProvableBadge = { number: laid.number, uid, aid: site.aid, ...proof, keyVersion };
    const checked = await proveAes(transmit, badge, random);
    if (checked.kind === 'proved') return { kind: 'personalised', badge };
    return checked.because === 'gone' ? stopped({ kind: 'gone' }) : refused('otherSite');
  };
  const outcome = await work();
  wipe(own.key, master.key);
  if (outcome.kind !== 'personalised') wipe(proof.key);
  return outcome;
}

/** Takes the card if it is to be ours, and creates the application if it is not there; null: done. */
async function makeApplication(transmit: Transmit, options: PersonaliseOptions, found: Candidate, own: OwnKey, begin: () => void): Promise<Stopped | null> {
  const { site, cardMasterKey, random, besideOthers } = options;
  const opened = await openCard(transmit, cardMasterKey, own.key, random);
  if (opened.kind !== 'session' && opened.kind !== 'none') return opened;
  using known = opened.kind === 'session' ? opened.session : null;
  if (!found.isThere && !besideOthers) {
    const others = await othersOn(transmit, known, site);
    if (others) return others;
  }
  begin();
  const taken = known === null && cardMasterKey.kind === 'factory' ? await takeCard(transmit, own, random) : opened;
  if (taken.kind !== 'session' && taken.kind !== 'none') return taken;
  using held = taken.kind === 'session' ? taken.session : null;
  if (held && cardMasterKey.kind === 'factory') {
    const closed = await closeSettings(transmit, held);
    if (closed.kind !== 'ok') return stopped(closed);
  }
  if (found.isThere) return null;
  const created = await createApplication(transmit, held, site.aid, keySettings.closed, 2);
  if (created.kind === 'ok') return null;
  if (created.kind !== 'status') return stopped(created);
  return refused(created.status === status.authentication || created.status === status.denied ? 'noCreation' : created.status === status.noMemory ? 'noRoom' : 'unexpected');
}

async function othersOn(transmit: Transmit, session: Session | null, site: Site): Promise<Stopped | null> {
  const listed = await getApplicationIds(transmit, session);
  if (listed.kind === 'status') return refused('unlistable');
  if (listed.kind !== 'ok') return stopped(listed);
  return listed.value.some((aid) => !isSame(aid, site.aid)) ? refused('otherApplications') : null;
}

async function hide(transmit: Transmit, known: CardMasterKey, own: Uint8Array, random: RandomSource): Promise<Stopped | null> {
  const opened = await openCard(transmit, known, own, random);
  if (opened.kind !== 'session') return opened.kind === 'none' ? refused('randomNeedsKey') : opened;
  using session = opened.session;
  const set = await setRandomUid(transmit, session);
  return set.kind === 'ok' ? null : stopped(set);
}

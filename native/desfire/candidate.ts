/** A card comes in; whether it can become a badge of this site, its UID also where it is hidden, and whether our application is on it, go out. */
import type { Transmit } from '../../core/ports.ts';
import type { RandomSource } from './authentication.ts';
import { readBadgeNumber, uidInside } from './badge-number.ts';
import { type CardMasterKey, openCard } from './card-key.ts';
import { getCardUid, getVersion, selectApplication } from './commands.ts';
import type { Site } from './diversification.ts';
import { status } from './exchange.ts';
import { type Refusal, refused, type Stopped, stopped } from './refusals.ts';
import { type CardVersion, decodeVersion } from './version.ts';

/** `isHidden`: the card gives out random UIDs. */
export type Candidate = { readonly kind: 'found'; readonly uid: Uint8Array; readonly isHidden: boolean; readonly isThere: boolean };

/** What the card is, whether our application is there, and its UID. Changes nothing. */
export async function find(transmit: Transmit, site: Site, cardMasterKey: CardMasterKey, random: RandomSource): Promise<Candidate | Stopped> {
  const raw = await getVersion(transmit);
  if (raw.kind === 'foreign' || raw.kind === 'status') return refused('noDesfire');
  if (raw.kind !== 'ok') return stopped(raw);
  const version: CardVersion | Refusal = decodeVersion(raw.value);
  if (typeof version === 'string') return refused(version);
  const selected = await selectApplication(transmit, site.aid);
  const isThere = selected.kind === 'ok';
  if (selected.kind !== 'ok' && !(selected.kind === 'status' && selected.status === status.noApplication)) return stopped(selected);
  if (version.uid !== 'hidden') return { kind: 'found', uid: version.uid, isHidden: false, isThere };
  const uid = isThere ? await uidOfNumber(transmit, site) : await uidByKey(transmit, cardMasterKey, random);
  return uid instanceof Uint8Array ? { kind: 'found', uid, isHidden: true, isThere } : uid;
}

async function uidOfNumber(transmit: Transmit, site: Site): Promise<Uint8Array | Stopped> {
  const read = await readBadgeNumber(transmit, site.aid);
  if (read.kind === 'none') return read.because === 'gone' ? stopped({ kind: 'gone' }) : refused('otherSite');
  return uidInside(site, read.number) ?? refused('otherSite');
}

async function uidByKey(transmit: Transmit, known: CardMasterKey, random: RandomSource): Promise<Uint8Array | Stopped> {
  const opened = await openCard(transmit, known, null, random);
  if (opened.kind === 'none') return refused('hiddenUid');
  if (opened.kind !== 'session') return opened;
  using session = opened.session;
  const uid = await getCardUid(transmit, session);
  return uid.kind === 'ok' ? uid.value : stopped(uid);
}

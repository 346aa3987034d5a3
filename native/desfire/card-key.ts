/** A card and what is known of its own master key come in; a session with that key goes out, after the factory's was replaced by one of this badge's own. */
import type { Transmit } from '../../core/ports.ts';
import { authenticateFirst, type RandomSource } from './authentication.ts';
import { fixed } from './bytes.ts';
import { changeKeySettings, changeOwnKey, getKeySettings, keySettings, piccAid, selectApplication } from './commands.ts';
import { keyLength } from './diversification.ts';
import { type Answer, ok, status } from './exchange.ts';
import { piccKeyNo, replaceFactoryKey } from './factory-key.ts';
import { refused, type Stopped, stopped } from './refusals.ts';
import type { Session } from './session.ts';

/** The card's own master key as it is now. `factory`: zeros, or already this badge's own; it becomes this badge's own. `aes`: the site's or another issuer's; used, never changed. `unknown`: left alone. */
export type CardMasterKey = { readonly kind: 'factory' } | { readonly kind: 'aes'; readonly key: Uint8Array } | { readonly kind: 'unknown' };

/** This badge's own card master key and its version. */
export type OwnKey = { readonly key: Uint8Array; readonly keyVersion: number };

export type CardSession = { readonly kind: 'session'; readonly session: Session } | { readonly kind: 'none' } | Stopped;

/** Selects the card itself and begins a session there; changes nothing. `none`: no key is known, or perhaps the factory's is still in place. */
export async function openCard(transmit: Transmit, known: CardMasterKey, own: Uint8Array | null, random: RandomSource): Promise<CardSession> {
  const selected = await selectApplication(transmit, piccAid);
  if (selected.kind !== 'ok') return stopped(selected);
  const key = known.kind === 'aes' ? known.key : own;
  if (known.kind === 'unknown' || key === null) return { kind: 'none' };
  const begun = await authenticateFirst(transmit, { keyNo: 0, key }, random);
  if (begun.kind === 'ok') return { kind: 'session', session: begun.value };
  if (begun.kind === 'gone') return stopped(begun);
  // A DES key refuses the command itself; an AES key that differs, perhaps one of zeros, refuses the cryptogram.
  return known.kind === 'factory' && begun.kind !== 'malformed' ? { kind: 'none' } : refused('cardKey');
}

/** With the card itself selected and a key of zeros in place, DES as delivered or AES: the key becomes `own`. */
export async function takeCard(transmit: Transmit, own: OwnKey, random: RandomSource): Promise<CardSession> {
  const delivered = await replaceFactoryKey(transmit, own.key, own.keyVersion, random);
  const replaced = delivered.kind === 'status' && delivered.status === status.authentication ? await replaceZeroKey(transmit, own, random) : delivered;
  if (replaced.kind === 'gone') return stopped(replaced);
  if (replaced.kind !== 'ok') return refused('cardKey');
  const begun = await authenticateFirst(transmit, { keyNo: 0, key: own.key }, random);
  return begun.kind === 'ok' ? { kind: 'session', session: begun.value } : stopped(begun);
}

async function replaceZeroKey(transmit: Transmit, own: OwnKey, random: RandomSource): Promise<Answer<null>> {
  const begun = await authenticateFirst(transmit, { keyNo: 0, key: fixed(keyLength) }, random);
  return begun.kind === 'ok' ? changeOwnKey(transmit, begun.value, { keyNo: piccKeyNo, key: own.key }, own.keyVersion) : begun;
}

/** Sets the settings of what is selected to `closed`, unless they are. */
export async function closeSettings(transmit: Transmit, session: Session): Promise<Answer<null>> {
  const settings = await getKeySettings(transmit, session);
  if (settings.kind !== 'ok') return settings;
  return settings.value[0] === keySettings.closed ? ok(null) : changeKeySettings(transmit, session, keySettings.closed);
}

/** Our application on a card, new or half done, comes in; with its keys changed and its number written it remains, and the number goes out. */
import type { Transmit } from '../../core/ports.ts';
import { authenticateFirst, type CardKey, type RandomSource } from './authentication.ts';
import { makeNumber, numberFile, uidInside } from './badge-number.ts';
import { fixed, isSame } from './bytes.ts';
import { closeSettings } from './card-key.ts';
import {
  changeOtherKey,
  changeOwnKey,
  createDataFile,
  fileSettings,
  getFileIds,
  getFileSettings,
  getKeySettings,
  getKeyVersion,
  readData,
  selectApplication,
  writeData,
} from './commands.ts';
import { keyLength, type Site } from './diversification.ts';
import { type Answer, ok } from './exchange.ts';
import { refused, type Stopped, stopped } from './refusals.ts';
import type { Session } from './session.ts';

/** `isNew`: this run has just created it, so that its keys are zero. */
export type Plan = {
  readonly site: Site;
  readonly uid: Uint8Array;
  readonly keyVersion: number;
  readonly master: CardKey;
  readonly proof: CardKey;
  readonly isNew: boolean;
};
export type Laid = { readonly kind: 'laid'; readonly number: Uint8Array } | Stopped;

/** As a new AES application has them. */
const zeroKey: Uint8Array = fixed(keyLength);
const twoAesKeys = 0x82;

/** The master key first, so that everything after it needs the site's key; then file, number and proof key, each only where it is not as it must be. */
export async function layOut(transmit: Transmit, plan: Plan, random: RandomSource): Promise<Laid> {
  const selected = await selectApplication(transmit, plan.site.aid);
  if (selected.kind !== 'ok') return stopped(selected);
  // As every station reads it, before a session: within one, cards differ on the mode of what is free for all.
  const written = plan.isNew ? null : await readData(transmit, null, numberFile.fileNo, numberFile.length);
  if (written?.kind === 'gone') return stopped(written);
  const begun = await masterSession(transmit, plan, random);
  if (begun.kind !== 'session') return begun;
  using session = begun.session;
  const settings = await getKeySettings(transmit, session);
  if (settings.kind !== 'ok') return stopped(settings);
  if (settings.value[1] !== twoAesKeys) return refused('otherLayout');
  const closed = await closeSettings(transmit, session);
  if (closed.kind !== 'ok') return stopped(closed);
  const filed = await numberWithin(transmit, session, plan, written?.kind === 'ok' ? written.value : null, random);
  if (filed.kind !== 'laid') return filed;
  const version = await getKeyVersion(transmit, session, plan.proof.keyNo);
  if (version.kind !== 'ok') return stopped(version);
  if (version.value === plan.keyVersion) return filed;
  if (version.value !== 0) return refused('otherVersion');
  const changed = await changeOtherKey(transmit, session, plan.proof, plan.keyVersion, zeroKey);
  return changed.kind === 'ok' ? filed : stopped(changed);
}

type Begun = { readonly kind: 'session'; readonly session: Session } | Stopped;

/** With the application selected: a session with our master key, which replaces the zero one where that still stands. */
async function masterSession(transmit: Transmit, plan: Plan, random: RandomSource): Promise<Begun> {
  const { keyVersion, master, isNew } = plan;
  if (!isNew) {
    const begun = await authenticateFirst(transmit, master, random);
    if (begun.kind === 'ok') return { kind: 'session', session: begun.value };
    if (begun.kind !== 'wrong') return stopped(begun);
  }
  const zero = await authenticateFirst(transmit, { keyNo: master.keyNo, key: zeroKey }, random);
  if (zero.kind === 'wrong') return whoseKeys(transmit, plan);
  if (zero.kind !== 'ok') return stopped(zero);
  const others = isNew ? null : await othersWork(transmit, zero.value);
  if (others) return others;
  const changed = await changeOwnKey(transmit, zero.value, master, keyVersion);
  if (changed.kind !== 'ok') return stopped(changed);
  const begun = await authenticateFirst(transmit, master, random);
  return begun.kind === 'ok' ? { kind: 'session', session: begun.value } : stopped(begun);
}

/** Where our master key is not set yet, ours has two keys and no file: anything else was begun by somebody else, and stays. */
async function othersWork(transmit: Transmit, session: Session): Promise<Stopped | null> {
  const settings = await getKeySettings(transmit, session);
  if (settings.kind !== 'ok') return stopped(settings);
  const files = await getFileIds(transmit, session);
  if (files.kind !== 'ok') return stopped(files);
  return settings.value[1] === twoAesKeys && files.value.length === 0 ? null : refused('otherLayout');
}

/** A card tells the version of a key to anyone. */
async function whoseKeys(transmit: Transmit, { master, keyVersion }: Plan): Promise<Stopped> {
  const version = await getKeyVersion(transmit, null, master.keyNo);
  if (version.kind === 'gone') return stopped(version);
  return refused(version.kind === 'ok' && version.value !== 0 && version.value !== keyVersion ? 'otherVersion' : 'otherSite');
}

/** `current`: what the file says, if it is there. */
async function numberWithin(transmit: Transmit, session: Session, { site, uid }: Plan, current: Uint8Array | null, random: RandomSource): Promise<Laid> {
  const { fileNo, rights, length } = numberFile;
  const files = await getFileIds(transmit, session);
  if (files.kind !== 'ok') return stopped(files);
  const made = files.value.includes(fileNo) ? await fileAsOurs(transmit, session) : await createDataFile(transmit, session, fileNo, rights, length);
  if (made.kind !== 'ok') return made.kind === 'wrong' ? refused('otherLayout') : stopped(made);
  const inside = current && uidInside(site, current);
  if (current && inside && isSame(inside, uid)) return { kind: 'laid', number: current };
  const number = makeNumber(site, uid, random);
  const written = await writeData(transmit, session, fileNo, number);
  return written.kind === 'ok' ? { kind: 'laid', number } : stopped(written);
}

/** `wrong`: the file is there and is another. */
async function fileAsOurs(transmit: Transmit, session: Session): Promise<Answer<null>> {
  const { fileNo, rights, length } = numberFile;
  const settings = await getFileSettings(transmit, session, fileNo);
  if (settings.kind !== 'ok') return settings;
  const expected = fileSettings(rights, length);
  return isSame(settings.value.subarray(0, expected.length), expected) ? ok(null) : { kind: 'wrong' };
}

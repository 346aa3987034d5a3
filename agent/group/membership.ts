/** An administrator's wish about the station group comes in; the station is in it, or a new one is invited, durable and in the ledger, or one reason why not goes out. */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Ledger } from '../../core/ports.ts';
import { rawPublicKey, stationIdentity } from '../station/identity.ts';
import { type GroupKey, newRawKey, type Purpose, type RawKey } from '../store/group-keys.ts';
import { signingKey } from '../store/keys.ts';
import { type GroupRecord, groupId } from '../store/records.ts';
import { take } from '../store/sealing.ts';
import type { Store } from '../store/store.ts';
import { type GroupSecrets, isCode, type May, newInvitationId, openInvitation, readInvitation, writeInvitation } from './invitation.ts';
import { type GroupRefusal, groupRefusal } from './refusal.ts';

export type GroupState = {
  readonly kind: 'group';
  readonly station: string;
  readonly group: string;
  readonly may: May;
  readonly exported: GroupRecord['exported'];
  readonly heard: GroupRecord['heard'];
};
export type Invited = { readonly kind: 'invited'; readonly invitation: string; readonly id: string; readonly may: May; readonly until: number };
export type Membership = {
  /** null: in none. */
  readonly state: () => GroupState | null;
  /** The first station of a new group: its people's PINs and badges are the group's from now on. */
  readonly create: (actor: string) => GroupState | GroupRefusal;
  /** `code`: stays with the caller; the invitation opens with it alone. */
  readonly invite: (may: May, hours: number, code: Uint8Array, actor: string) => Invited | GroupRefusal;
  /** Only a station where nobody was enrolled. `code`: as above. */
  readonly join: (invitation: string, code: Uint8Array, actor: string) => GroupState | GroupRefusal;
};
export type MembershipParts = { readonly store: Store; readonly ledger: Ledger /** Unix milliseconds. */; readonly wall: () => number };

const shared: readonly Purpose[] = ['pepper', 'badgeIndex', 'bundle'];

/** Every method throws where store or ledger could not be written. */
export function createMembership({ store, ledger, wall }: MembershipParts): Membership {
  const state = (): GroupState | null => {
    const record = store.membership;
    return record && { kind: 'group', station: stationIdentity(store).id, group: record.group, may: mayOf(store), exported: record.exported, heard: record.heard };
  };
  const joined = (record: GroupRecord, keys: readonly RawKey[], change: 'created' | 'joined', invitation: string | null, actor: string): GroupState => {
    const station = stationIdentity(store).id;
    const may: May = keys.some(({ purpose }) => purpose === 'authority') ? 'export' : 'import';
    ledger.append({ kind: 'group', change, group: record.group, station, may, invitation, actor });
    store.addKeys(keys, [record]);
    return { kind: 'group', station, group: record.group, may, exported: null, heard: {} };
  };

  return {
    state,
    create: (actor) => {
      if (store.membership !== null) return groupRefusal('inGroup');
      const keys = [newRawKey('bundle'), newRawKey('authority')];
      try {
        const authority = publicText(keys.find(({ purpose }) => purpose === 'authority')?.raw ?? new Uint8Array());
        return joined({ kind: 'group', id: groupId, group: randomBytes(8).toString('hex'), authority, exported: null, heard: {} }, keys, 'created', null, actor);
      } finally {
        for (const { raw } of keys) raw.fill(0);
      }
    },
    invite: (may, hours, code, actor) => {
      const record = store.membership;
      if (record === null) return groupRefusal('noGroup');
      if (mayOf(store) !== 'export') return groupRefusal('mayNotInvite');
      if (!isCode(code)) return groupRefusal('mistypedCode');
      const about = { id: newInvitationId(), group: record.group, may, until: Math.round(wall() + hours * 3_600_000) };
      const given: readonly Purpose[] = may === 'export' ? [...shared, 'authority'] : shared;
      const secrets: GroupSecrets = { authority: record.authority, keys: given.flatMap((purpose) => store.keysFor(purpose).map((key) => rawOf(purpose, key))) };
      const invitation = writeInvitation(about, secrets, code);
      ledger.append({ kind: 'invited', group: about.group, invitation: about.id, may, until: about.until, actor });
      return { kind: 'invited', invitation, id: about.id, may, until: about.until };
    },
    join: (text, code, actor) => {
      const invitation = readInvitation(text);
      if (invitation === null) return groupRefusal('notInvitation');
      if (store.membership !== null) return groupRefusal('inGroup');
      if (store.ids('subscriber').length > 0) return groupRefusal('hasPeople');
      if (!isCode(code)) return groupRefusal('mistypedCode');
      const secrets = openInvitation(invitation, code);
      if (secrets === null) return groupRefusal('wrongCode');
      if (wall() >= invitation.until) return groupRefusal('expired');
      const keys = secrets.keys.map(({ id, purpose, raw }): RawKey => ({ id, purpose, raw: Buffer.from(raw, 'base64url') }));
      try {
        if (!isWhole(keys, secrets.authority, invitation.may)) return groupRefusal('notInvitation');
        return joined({ kind: 'group', id: groupId, group: invitation.group, authority: secrets.authority, exported: null, heard: {} }, keys, 'joined', invitation.id, actor);
      } finally {
        for (const { raw } of keys) raw.fill(0);
      }
    },
  };
}

/** By what it was given: who has the authority's key may export. */
export const mayOf = (store: Store): May => (store.keysFor('authority').length > 0 ? 'export' : 'import');

/** null: this station only imports. */
export function authorityKey(store: Store): KeyObject | null {
  const seed = store.keysFor('authority').at(-1);
  return seed === undefined ? null : signingKey(seed.key);
}

function isWhole(keys: readonly RawKey[], authority: string, may: May): boolean {
  const own = keys.filter(({ purpose }) => purpose === 'authority');
  const isVouched = may === 'export' ? own.length === 1 && own.every(({ raw }) => publicText(raw) === authority) : own.length === 0;
  return isVouched && shared.every((purpose) => keys.some((key) => key.purpose === purpose)) && new Set(keys.map(({ id }) => id)).size === keys.length;
}

/** Of an Ed25519 seed, which stays with the caller. */
const publicText = (seed: Uint8Array): string => rawPublicKey(createPublicKey(signingKey(take(Buffer.from(seed))))).toString('base64url');

function rawOf(purpose: Purpose, { id, key }: GroupKey): GroupSecrets['keys'][number] {
  const raw = key.export();
  const text = raw.toString('base64url');
  raw.fill(0);
  return { id, purpose: purpose as GroupSecrets['keys'][number]['purpose'], raw: text };
}
